"""Approvals through the API: an apply and a merge ask for the same, of a plan that is what its digest says."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from proxbox_plan import api
from proxbox_plan.api.approvals.counting import approved
from proxbox_plan.api.events import Reporter
from proxbox_plan.cli.main import run
from proxbox_plan.core.errors import ConfigError, DocumentError, RefusedError, StaleError, UsageError
from proxbox_plan.core.moment import moment_text
from proxbox_plan.documents import write_document
from proxbox_plan.model.branch import Branch
from proxbox_plan.model.plan import Plan
from proxbox_plan.policy.approvals import Tally
from proxbox_plan.report.subject import ReviewedPlan
from tests.api.test_calls import UNREACHABLE
from tests.builders import busy_plan, plan
from tests.ssh_keys import new_key, signed, signers, unsigned

PLAN = busy_plan()
NOON = "2026-11-21T12:00:00Z"
BOB = ("bob@example.com",)
WOULD_COUNT = "plan.json: is for another plan with the same changes: one of `proxbox approve --changes` would count"


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


def test_what_another_configuration_planned_is_neither_applied_nor_merged(settings: api.Settings) -> None:
    """It may hold by now what the branch has."""
    for call in (api.apply, api.merge):
        with pytest.raises(StaleError, match="The configuration changed since the plan was made"):
            call(settings, PLAN, approvals=given(settings, "alice"))


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


def replanned(settings: api.Settings) -> Plan:
    """Return the same changes, planned again after another edit in NetBox."""
    binding = PLAN.binding.replace(config_digest=settings.digest, inventory_digest="sha256:1")
    return PLAN.remade(binding=binding, limits=(), checks=(), applicable=True)


def test_an_approval_of_the_changes_outlives_other_edits_in_netbox(settings: api.Settings) -> None:
    """One of the plan does not; neither is one of other changes, of another state, branch or NetBox."""
    first, folder = replanned(settings), settings.file.parent
    (folder / "approvals").mkdir()
    for name, changes in (("plan", False), ("changes", True)):
        write_document(
            api.approve(settings, first, key=folder / "alice", changes=changes), folder / "approvals" / f"{name}.json"
        )
    binding = first.binding
    stamped = [
        change.replace(last_updated="2026-11-21T13:00:00Z") if change.planned_stamp else change
        for change in first.changes
    ]
    edited = first.remade(binding=binding.replace(inventory_digest="sha256:2"), changes=tuple(stamped))
    (why,) = _counted(settings, edited, "approvals/plan.json", authors=BOB).ignored
    assert why.endswith(
        "plan.json: is for another plan with the same changes: one of `proxbox approve --changes` would count"
    )
    assert _counted(settings, edited, "approvals/changes.json", authors=BOB).enough
    assert approved(settings, edited, api.Approvals([folder / "approvals"], authors=BOB)) is not None
    for other in (
        first.remade(binding=binding.replace(state_digest="sha256:3")),
        first.remade(binding=binding.replace(config_digest="sha256:3")),
        first.remade(binding=binding.replace(netbox_url="https://other.example.com")),
        first.remade(binding=binding.replace(branch=Branch(name="other"))),
        first.remade(changes=(first.changes[0].replace(name="another name"), *first.changes[1:])),
        first.remade(machines={key: one.replace(name="another name") for key, one in first.machines.items()}),
    ):
        found = _counted(settings, other, "approvals", authors=BOB)
        assert [line.partition(": ")[2] for line in found.ignored] == [
            "is for the same changes of another state, configuration, NetBox or branch, or with other names"
        ] * 2
    other = first.remade(changes=first.changes[1:])
    assert _counted(settings, other, "approvals/changes.json", authors=BOB).ignored[0].endswith(": is for another plan")
    with pytest.raises(RefusedError, match="and 0 count\n2 more approvals are for other plans"):
        approved(settings, other, api.Approvals([folder / "approvals"], authors=BOB))


def _counted(settings: api.Settings, of: Plan, *names: str, **more: Any) -> Tally:
    shown = api.reviewed(of, api.Approvals([settings.file.parent / name for name in names], **more), settings=settings)
    assert isinstance(shown, ReviewedPlan)
    return shown.approvals


def test_a_folder_may_hold_anything(settings: api.Settings) -> None:
    """What is no approval does not count, neither in a report nor in an apply; named, it is an error of the apply."""
    folder = settings.file.parent / "approvals"
    folder.mkdir()
    now = moment_text(datetime.now(UTC))
    write_document(signed(unsigned(PLAN, approved_at=now), settings.file.parent / "alice"), folder / "a.json")
    write_document(signed(unsigned(PLAN, "bob@example.com"), settings.file.parent / "carol"), folder / "forged.json")
    (folder / "broken.json").write_text("{\x1b[31m")
    (folder / "deep.json").write_text("[" * 60_000)
    (folder / "huge.json").write_text(" " * 70_000)
    (folder / "notes.txt").write_text("not looked at")
    (folder / "sub.json").mkdir()
    found = _counted(settings, PLAN, "approvals", authors=["bob@example.com"])
    assert found.people == ("alice@example.com",)
    assert sorted(Path(one.file).name for one in found.judged) == [
        "a.json",
        "broken.json",
        "deep.json",
        "forged.json",
        "huge.json",
    ]
    given = api.Approvals([folder], authors=["bob@example.com"])
    counted = approved(settings, PLAN, given)
    assert counted is not None
    assert len(counted.check(None)) == 4
    for name in ("broken.json", "deep.json", "huge.json"):
        with pytest.raises(DocumentError):
            approved(settings, PLAN, api.Approvals([folder / name], authors=["bob@example.com"]))


def test_more_than_can_be_verified(settings: api.Settings) -> None:
    """A bounded number of signatures is looked at."""
    many = api.Approvals([*given(settings, "alice").files] * 101)
    with pytest.raises(UsageError, match="More than 100 approvals"):
        approved(settings, PLAN, many)


def test_a_folder_where_nothing_is_required(settings: api.Settings) -> None:
    """It says nothing; an approval that is named asks for a number."""
    settings.file.write_text(UNREACHABLE)
    open_to_all, (file,) = api.load(settings.file), given(settings, "alice").files
    assert approved(open_to_all, PLAN, api.Approvals([settings.file.parent])) is None
    with pytest.raises(UsageError, match="none is required"):
        approved(open_to_all, PLAN, api.Approvals([file]))


def test_nothing_to_say_of_approvals(settings: api.Settings) -> None:
    """A plan without changes needs none, and one of which none is given or required is shown as it is."""
    assert api.reviewed(plan(), given(settings, "alice"), settings=settings) == plan()
    assert api.reviewed(PLAN, api.Approvals(authors=["bob@example.com"])) is PLAN


def test_show_says_which_count(
    settings: api.Settings, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the configuration in the folder, or by options alone; without either they are not verified. Never an error."""
    monkeypatch.chdir(settings.file.parent)
    write_document(PLAN, "plan.json")
    now = moment_text(datetime.now(UTC))
    given(settings, "alice", "bob", at=now)
    Path("broken.json").write_text("\x1b[31m{")
    options = ["--approval", "alice.json", "--approval", "bob.json", "--approval", "broken.json"]
    by_bob = [*options, "--author", "bob@example.com"]
    for more, line in (
        (
            ["-c", "proxbox.yaml"],
            "The plan requires 2 approvals, one of them because its author is unknown, and 0 count.",
        ),
        (by_bob, "The plan requires 1 approval, and 1 counts (alice@example.com)."),
        ([*by_bob, "--require-approvals", "2"], "The plan requires 2 approvals, and 1 counts (alice@example.com)."),
        ([*by_bob, "--allowed-signers", "signers"], "The plan requires 1 approval, and 1 counts (alice@example.com)."),
    ):
        assert run(["show", "plan.json", *more]) == 0
        assert line in capsys.readouterr().out
    assert run(["show", "plan.json", *by_bob]) == 0
    said = capsys.readouterr().out
    assert "alice.json by alice@example.com counts\n" in said
    assert "bob.json by bob@example.com does not count: bob@example.com made the plan\n" in said
    assert "broken.json does not count: " in said
    assert "\x1b" not in said
    settings.file.unlink()
    assert run(["show", "plan.json", *by_bob]) == 0
    said = capsys.readouterr().out
    assert "The plan requires no approvals, and 0 count." in said
    assert "alice.json by alice@example.com does not count: cannot be verified" in said
    assert run(["show", "--drift", "plan.json", *options]) == 1
    assert "Approvals are those of exactly one plan" in capsys.readouterr().err


def test_a_file_of_allowed_signers_that_is_none(settings: api.Settings) -> None:
    """A folder, or a file that is no text: an error of the configuration."""
    file = settings.file.parent / "signers"
    approvals = given(settings, "alice")
    file.write_bytes(b"\xff\xfe\xff")
    with pytest.raises(ConfigError, match="is not a text file"):
        approved(settings, PLAN, approvals)
    file.unlink()
    file.mkdir()
    with pytest.raises(ConfigError, match="cannot be read"):
        approved(settings, PLAN, approvals)
