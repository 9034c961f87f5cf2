"""Approvals through the API: an apply and a merge ask for the same, of a plan that is what its digest says."""

from __future__ import annotations

from pathlib import Path

import pytest

from proxbox_plan import api
from proxbox_plan.api.approving import approved
from proxbox_plan.api.events import Reporter
from proxbox_plan.core.errors import DocumentError, RefusedError
from proxbox_plan.documents import write_document
from tests.api.test_calls import UNREACHABLE
from tests.builders import busy_plan
from tests.ssh_keys import new_key, signed, signers, unsigned

PLAN = busy_plan()
NOON = "2026-11-21T12:00:00Z"


@pytest.fixture
def settings(tmp_path: Path) -> api.Settings:
    """Give a configuration that requires one approval, and keys of three people."""
    for name in ("alice", "bob", "carol"):
        new_key(tmp_path, name)
    (tmp_path / "signers").write_text(signers(**{name: tmp_path / name for name in ("alice", "bob", "carol")}))
    more = "apply: {require_approvals: 1, allowed_signers: signers, max_approval_age: 1}\n"
    (tmp_path / "proxbox.yaml").write_text(UNREACHABLE + more)
    return api.load(tmp_path / "proxbox.yaml")


def given(settings: api.Settings, *people: str, at: str = NOON) -> api.Approvals:
    """Return approvals of people of a plan that bob made."""
    folder = settings.file.parent
    for name in people:
        approval = unsigned(PLAN, f"{name}@example.com", approved_at=at)
        write_document(signed(approval, folder / name), folder / f"{name}.json")
    return api.Approvals([folder / f"{name}.json" for name in people], authors=["bob@example.com"])


def test_an_apply_and_a_merge_are_refused_before_netbox_is_asked(settings: api.Settings) -> None:
    """A merge writes to main what an apply wrote to the branch."""
    for call in (api.apply, api.merge):
        with pytest.raises(RefusedError, match="requires 1 approval, and 0 count"):
            call(settings, PLAN, approvals=given(settings))
        with pytest.raises(RefusedError, match=r"bob@example\.com made the plan"):
            call(settings, PLAN, approvals=given(settings, "bob"))


def test_a_plan_that_is_not_what_its_digest_says(settings: api.Settings) -> None:
    """A caller may have changed it: approvals are of the digests."""
    approvals = given(settings, "alice")
    assert approved(settings, PLAN, approvals) is not None
    for content in ({"changes": PLAN.changes[1:]}, {"changes_digest": "sha256:0"}):
        with pytest.raises(DocumentError, match="is not what its digest says"):
            approved(settings, PLAN.model_copy(update=content), approvals)


def test_the_age_is_by_the_clock_of_netbox(settings: api.Settings) -> None:
    """What is too old is told when others are enough, and refused when they are not."""
    found = approved(settings, PLAN, given(settings, "alice"))
    assert found is not None
    heard: list[api.Event] = []
    found.check_at("Sat, 21 Nov 2026 12:59:00 GMT", Reporter(heard.append))
    for date in ("Sat, 21 Nov 2026 13:01:00 GMT", "Sat, 21 Nov 2026 11:00:00 GMT", "", "nonsense"):
        with pytest.raises(RefusedError, match=r"is older than 1 hours|is from the future"):
            found.check_at(date, Reporter(heard.append))
    assert heard == []


def test_what_does_not_count_is_told(settings: api.Settings) -> None:
    """When others are enough: a warning for each."""
    both = approved(settings, PLAN, given(settings, "alice", "bob"))
    assert both is not None
    heard: list[api.Event] = []
    both.check_at("Sat, 21 Nov 2026 12:00:00 GMT", Reporter(heard.append))
    (warned,) = heard
    assert isinstance(warned, api.Warned)
    assert warned.message.endswith("bob.json: bob@example.com made the plan")


def test_a_plan_is_approved_by_a_call(settings: api.Settings) -> None:
    """As on the command line; the plan may be in a file."""
    plan = PLAN.remade(
        binding=PLAN.binding.replace(config_digest=settings.digest), limits=(), checks=(), applicable=True
    )
    folder = settings.file.parent
    write_document(plan, folder / "plan.json")
    approval = api.approve(settings, folder / "plan.json", key=folder / "carol")
    assert (approval.approver, approval.plan_digest) == ("carol@example.com", plan.digest)
    write_document(approval, folder / "carol.json")
    assert approved(settings, plan, api.Approvals([folder / "carol.json"], authors=["bob@example.com"])) is not None
    with pytest.raises(RefusedError, match="of them because its author is unknown"):
        approved(settings, plan, api.Approvals([folder / "carol.json"]))
