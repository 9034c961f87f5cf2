"""Classes of review on whole commands: a plan in two parts leaves what the whole plan leaves; what is held stays."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from proxbox_plan.demo.cluster import ClusterDescription, DemoNic, DemoNode
from proxbox_plan.documents import read_document
from proxbox_plan.model.outcome import Outcome
from proxbox_plan.model.plan import HoldReason, Plan
from proxbox_plan.model.policy import ReviewClass
from tests.cases import sample
from tests.end_to_end.conftest import SetUp
from tests.end_to_end.stage import Stage
from tests.end_to_end.test_forged_documents import edited
from tests.end_to_end.test_moves import guest
from tests.testbed_command import run_testbed

RULES = """mapping: {create_sites: true}
review:
  - when: {guest: "frozen*"}
    class: hold
    message: its owner moves it by hand
  - when: {reason: gone-from-proxmox}
    class: review
  - when: {kind: virtual-machine, action: update, field: [status, memory, vcpus]}
    class: auto
  - when: {kind: virtual-disk, action: update, field: size}
    class: auto
"""
PATHS = (
    "virtualization/virtual-machines",
    "virtualization/interfaces",
    "virtualization/virtual-disks",
    "ipam/ip-addresses",
    "ipam/vlans",
    "dcim/devices",
    "dcim/mac-addresses",
    "extras/tags",
)
_OWN = frozenset({"id", "url", "display_url", "created", "last_updated", "proxbox_applied", "object_count"})
AUTO = {
    "virtual-machine:lab/qemu/900",
    "virtual-machine:lab/qemu/901",
    "virtual-disk:lab/qemu/905/disk/scsi0",
    "virtual-machine:lab/qemu/905",
}


def estate() -> ClusterDescription:
    """Return a cluster of a few guests with two NICs and two disks each."""
    made = ClusterDescription(name="lab", nodes={name: DemoNode(name, number) for number, name in enumerate("ab", 1)})
    for vmid, name in enumerate(("app", "db", "mail", "old", "blue", "disk", "green", "frozen-1"), 900):
        made.add_guest(guest(vmid, "a", name, 0, 1))
    return made


def next_day(made: ClusterDescription) -> None:
    """Let administrators change some of each class."""
    made.set_memory(900, 65_536)
    made.set_power(901, running=False)
    made.set_memory(902, 65_536)
    made.add_nic(902, DemoNic(mac="BC:24:11:09:02:07", tag=777, seen=("10.99.7.2/24",)))
    made.delete_guest(903)
    made.rename(904, "green")
    made.rename(906, "blue")
    made.resize_disk(905, "scsi0", "32G")
    made.set_memory(905, 65_536)
    made.set_memory(907, 65_536)
    made.remove_disk(907, "scsi1")
    made.add_guest(guest(910, "b", "new", 2))


def settled(stage: Stage) -> None:
    """Document everything, before there are any rules."""
    stage.good("plan")
    stage.apply()
    stage.configure(rest=RULES)


def planned(stage: Stage, cluster: ClusterDescription) -> Plan:
    """Settle, let a day pass, and plan it with its parts."""
    settled(stage)
    next_day(cluster)
    stage.good("plan", "--split", ".")
    return read_document(stage.folder / "plan.json", Plan)


def content(stage: Stage) -> list[str]:
    """Return what NetBox says, but for its ids and times."""
    return sorted(str(_plain(row)) for path in PATHS for row in stage.netbox(path))


def _is_own(name: str) -> bool:
    return name in _OWN or name.endswith("_id")


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in sorted(value.items()) if not _is_own(name)}
    return sorted((_plain(item) for item in value), key=str) if isinstance(value, list) else value


@pytest.fixture
def after(set_up: SetUp, tmp_path: Path) -> Callable[[Callable[[Stage], None]], list[str]]:
    """Give what NetBox says after the same days, applied in some way; each time from an empty NetBox."""
    empty: list[Any] = []

    def run(how: Callable[[Stage], None]) -> list[str]:
        cluster = estate()
        stage = set_up(cluster)
        if empty and stage.fake is not None:
            stage.fake.restore(empty[0])
        elif empty:
            run_testbed("reset")
        empty.append(stage.fake.snapshot() if stage.fake is not None else None)
        for file in tmp_path.glob("*.json*"):
            file.unlink()
        planned(stage, cluster)
        how(stage)
        found = content(stage)
        stage.good("plan")
        left = read_document(stage.folder / "plan.json", Plan)
        assert (left.changes, len(left.held)) == ((), 2)
        return found

    return run


def whole(stage: Stage) -> None:
    """Apply the whole plan."""
    stage.apply()


def both(stage: Stage) -> None:
    """Apply one part, then the other."""
    stage.good("apply", "auto.json")
    stage.good("apply", "review.json")


def other_way_round(stage: Stage) -> None:
    """Apply what was reviewed before the nightly job runs."""
    stage.good("apply", "review.json")
    stage.good("apply", "auto.json")


def killed_in_between(stage: Stage) -> None:
    """Kill each apply once it has written anything, and finish it."""
    for part in ("auto", "review"):
        with stage.start("apply", f"{part}.json") as process:
            journal = stage.folder / f"{part}.journal.jsonl"
            while process.poll() is None and not (journal.exists() and journal.stat().st_size):
                time.sleep(0.001)
            process.kill()
            process.communicate()
        outcome = stage.folder / f"{part}.outcome.json"
        if not (outcome.exists() and read_document(outcome, Outcome).complete):
            stage.good("apply", f"{part}.json", "--resume")


@pytest.mark.slow
def test_the_parts_leave_what_the_whole_plan_leaves(
    after: Callable[[Callable[[Stage], None]], list[str]],
) -> None:
    """In any order, and also when each is killed on its way."""
    expected = after(whole)
    for how in (both, other_way_round, killed_in_between):
        assert after(how) == expected, how.__doc__


@pytest.mark.covering
def test_each_change_is_in_one_part(set_up: SetUp) -> None:
    """What is routine is `auto`; what belongs to a guest that needs a review is reviewed with it."""
    cluster = estate()
    stage = set_up(cluster)
    plan = planned(stage, cluster)
    auto, review = (read_document(stage.folder / f"{name}.json", Plan) for name in ("auto", "review"))
    assert {change.address for change in auto.changes} == AUTO
    assert {change.address for change in (*auto.changes, *review.changes)} == {item.address for item in plan.changes}
    assert {str(item.address) for item in plan.held} == {
        "virtual-machine:lab/qemu/907",
        "virtual-disk:lab/qemu/907/disk/scsi1",
    }
    assert {item.reason for item in plan.held} == {HoldReason.RULE}
    assert (auto.part, review.part, plan.part) == (ReviewClass.AUTO, ReviewClass.REVIEW, None)
    assert auto.binding == review.binding == plan.binding


@pytest.mark.covering
def test_an_apply_of_a_part_expects_its_own_changes(set_up: SetUp) -> None:
    """The digest of the whole plan is of other changes."""
    cluster = estate()
    stage = set_up(cluster)
    whole_plan = planned(stage, cluster)
    said = stage.run("apply", "auto.json", "--expect", whole_plan.changes_digest)
    assert (said.code, "as expected" in said.err) == (4, True)
    own = read_document(stage.folder / "auto.json", Plan).changes_digest
    stage.good("apply", "auto.json", "--expect", own)


@pytest.mark.covering
def test_the_whole_plan_after_a_part_is_stale(set_up: SetUp) -> None:
    """Nothing of it is written a second time."""
    cluster = estate()
    stage = set_up(cluster)
    planned(stage, cluster)
    stage.good("apply", "auto.json")
    said = stage.run("apply", "plan.json")
    assert said.code == 4
    assert "NetBox was edited since the plan was made" in said.err


@pytest.mark.covering
def test_a_plan_of_held_changes_has_nothing_to_apply(set_up: SetUp) -> None:
    """They are shown by plan and drift, count for neither, and an apply does nothing."""
    cluster = estate()
    stage = set_up(cluster)
    settled(stage)
    cluster.set_memory(907, 65_536)
    before = content(stage)
    out = stage.good("plan", "--detailed-exitcode")
    assert "virtual-machine:lab/qemu/907  frozen-1: `review[0]`: its owner moves it by hand" in out
    assert "No changes. NetBox agrees with Proxmox, but for what is held; 1 held." in out
    stage.apply()
    assert content(stage) == before
    drift = stage.good("drift", "--detailed-exitcode")
    assert "Held, and never applied: 1 difference" in drift


def _applied(data: dict[str, Any]) -> None:
    """Move what is held to what is applied."""
    data["changes"] += [{**item["change"], "review": "review"} for item in data.pop("held")]
    data["applicable"] = True


def _another_class(data: dict[str, Any]) -> None:
    """Let the nightly job have what needs a review."""
    for change in data["changes"]:
        change["review"] = "auto"


def _held(data: dict[str, Any]) -> None:
    """Leave what is held among what is applied."""
    data["changes"] += [item["change"] for item in data.pop("held")]


EDITS: tuple[tuple[Callable[[dict[str, Any]], None], str], ...] = (
    (_applied, "virtual-machine:lab/qemu/907 is held (`review[0]`: its owner moves it by hand)"),
    (_another_class, "is of the class review, and the plan says auto"),
    (_held, "is of the class hold, in the changes to apply"),
)


@pytest.mark.covering
@pytest.mark.parametrize(("edit", "words"), sample(EDITS, quick=3))
def test_edited_classes_are_refused(set_up: SetUp, edit: Callable[[dict[str, Any]], None], words: str) -> None:
    """The digest of a document is no signature: classes are computed again from the configuration."""
    cluster = estate()
    stage = set_up(cluster)
    planned(stage, cluster)
    edited(stage.folder / "plan.json", lambda data: resealed(data, edit))
    said = stage.run("apply", "plan.json")
    assert (said.code, words in said.err) == (3, True), said.err


def resealed(data: dict[str, Any], edit: Callable[[dict[str, Any]], None]) -> None:
    """Compute the digest of the changes anew after an edit, as a forger would."""
    edit(data)
    data["changes_digest"] = Plan.model_validate({"held": [], **data}).remade().changes_digest
