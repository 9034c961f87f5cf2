"""A plan says who did it in Proxmox, where the task log of the state does; no change depends on that."""

from __future__ import annotations

from html import unescape

from proxbox_plan.model.plan import Change
from proxbox_plan.model.state import COMPLETE, NodeCoverage, State, Task
from proxbox_plan.report.format import Format
from proxbox_plan.report.rendering import render
from tests.plan.lab import disk, now, vm, world
from tests.plan.test_drift_causes import task
from tests.plan.world import World

GUEST = "virtual-machine:lab/qemu/100"


def told(made: World, *tasks: Task) -> dict[str, Change]:
    """Return the changes by address, planned of a state whose task log holds these."""
    (cluster,) = made.state.clusters
    first, *rest = cluster.nodes
    first = first.replace(tasks=tasks, coverage=NodeCoverage(tasks=COMPLETE))
    made.state = State.make(clusters=(cluster.replace(nodes=(first, *rest)),))
    return {str(change.address): change for change in made.plan().changes}


def users(change: Change) -> list[str]:
    """Return who is named."""
    return [task.user for task in change.tasks]


def test_each_thing_that_a_change_does_has_its_author() -> None:
    """Resized by one, stopped by another; the newest first."""
    made = now(world(vm(100)), vm(100, memory_mib=8192, status="stopped"))
    found = told(made, task("qmconfig", "alice@pve", 1), task("qmstop", "bob@pve", 2), task("vzdump", "root@pam"))
    assert users(found[GUEST]) == ["bob@pve", "alice@pve"]
    words = "by bob@pve, qmstop, 2025-11-21T12:02:00Z; alice@pve, qmconfig, 2025-11-21T12:01:00Z"
    for format_ in (Format.TEXT, Format.MARKDOWN, Format.HTML):
        assert words in unescape(render(made.plan(), format_)).replace("<!-- -->", "")


def test_two_that_fit_are_no_claim() -> None:
    """A configuration leaves no trace of which value a task changed."""
    made = now(world(vm(100)), vm(100, memory_mib=8192))
    found = told(made, task("qmconfig", "alice@pve", 1), task("qmconfig", "bob@pve", 2))
    assert users(found[GUEST]) == []


def test_who_made_a_guest_and_who_destroyed_it() -> None:
    """What belongs to it came and went with it; a disk that a guest got has an author of its own."""
    made = now(world(vm(100), vm(101)), vm(101, disks=(disk(), disk("scsi1"))), vm(102))
    found = told(made, task("qmdestroy"), task("qmclone", "bob@pve", vmid=102), task("qmconfig", "carol@pve", vmid=101))
    assert {address: users(change) for address, change in found.items() if users(change)} == {
        GUEST: ["alice@pve"],
        "virtual-machine:lab/qemu/102": ["bob@pve"],
        "virtual-disk:lab/qemu/101/disk/scsi1": ["carol@pve"],
    }


def test_what_a_person_did_in_netbox_has_no_author_in_proxmox() -> None:
    """A task that fits by its type did not do it."""
    made = world(vm(100))
    made.edit("virtual-machine", "lab/qemu/100", memory=1)
    found = told(made, task("qmconfig"))
    assert users(found[GUEST]) == []


def test_a_plan_is_the_same_whoever_did_it() -> None:
    """What is reviewed is what is written: the digest of the changes knows no author."""
    plans = [now(world(vm(100)), vm(100, memory_mib=8192)) for _ in range(2)]
    told(plans[0], task("qmconfig"))
    one, other = (made.plan() for made in plans)
    assert one.changes != other.changes
    assert one.changes_digest == other.changes_digest
