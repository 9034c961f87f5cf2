"""Who counts: each person once, not who made the plan, for this plan and this NetBox, and not for ever."""

from __future__ import annotations

from typing import Any

import pytest

from proxbox_plan.core.errors import RefusedError
from proxbox_plan.policy.approvals import Requirement, Signed, check_approvals, tally
from tests.builders import busy_plan
from tests.ssh_keys import unsigned

PLAN = busy_plan()
OTHER = "sha256:" + "0" * 64
NOON, LATER = "2026-11-21T12:00:00Z", "2026-11-21T13:30:00Z"
BY_BOB = Requirement(people=1, authors=frozenset({"bob"}), max_age=1.0)


def by(name: str, key: str = "", names: tuple[str, ...] = (), **content: Any) -> Signed:
    """Return an approval whose signature is valid."""
    approval = unsigned(PLAN, name, **{"approved_at": NOON} | content)
    return Signed(f"{key or name}.json", approval, key or name, frozenset({name.casefold(), *names}))


@pytest.mark.parametrize(
    ("signed", "why"),
    [
        (by("alice", plan_digest=OTHER), "is for another plan"),
        (by("alice", changes_digest=OTHER), "is for another plan"),
        (by("alice", netbox_url="https://another.example.com"), "is for another NetBox, https://another.example.com"),
        (by("bob"), "bob made the plan"),
        (by("BOB"), "BOB made the plan"),
        (by("robert", names=("bob",)), "robert made the plan"),
        (by("alice", approved_at="2026-11-21T10:59:59Z"), "is older than 1 hours"),
        (by("alice", approved_at="2026-11-21T12:05:01Z"), "is from the future"),
    ],
)
def test_what_does_not_count(signed: Signed, why: str) -> None:
    """It is named with its file and the reason, and the plan is refused."""
    found = tally(PLAN, [signed], BY_BOB, NOON)
    assert found.people == ()
    assert found.ignored[0].startswith(f"{signed.file}: {why}")
    with pytest.raises(RefusedError, match=r"requires 1 approval, and 0 count\n.*json: ") as refused:
        check_approvals(found)
    assert why in refused.value.message


def test_what_counts() -> None:
    """Of a clock that is a little ahead, too; the age counts only when it is known what time it is."""
    ahead = by("alice", approved_at="2026-11-21T12:04:59Z")
    assert tally(PLAN, [ahead], BY_BOB, NOON).people == ("alice",)
    check_approvals(tally(PLAN, [ahead], BY_BOB, NOON))
    assert tally(PLAN, [by("alice")], BY_BOB, LATER).people == ()
    assert tally(PLAN, [by("alice")], BY_BOB, None).people == ("alice",)


@pytest.mark.parametrize(
    "second",
    [by("alice"), by("alice", "another key"), by("Alice", "another key"), by("al", "alice"), by("al", "k", ("alice",))],
)
def test_a_person_counts_once(second: Signed) -> None:
    """Twice the same file, under another key, in another case, with the same key or under another of their names."""
    two = Requirement(people=2, authors=frozenset({"bob"}))
    found = tally(PLAN, [by("alice"), second], two, NOON)
    assert found.people == ("alice",)
    assert "is by alice again, as is alice.json" in found.ignored[0]
    with pytest.raises(RefusedError, match=r"requires 2 approvals, and 1 counts \(alice\)"):
        check_approvals(found)


def test_an_unknown_author_is_one_more() -> None:
    """Whoever made the plan may be one of those who approve it."""
    unknown = Requirement(people=1, authors=frozenset(), unknown="its author is unknown")
    with pytest.raises(
        RefusedError, match="requires 2 approvals, one of them because its author is unknown"
    ) as refused:
        check_approvals(tally(PLAN, [by("alice")], unknown, NOON))
    assert "--author NAME" in refused.value.hint
    check_approvals(tally(PLAN, [by("alice"), by("bob")], unknown, NOON))
