"""The tags `proxbox-ignore` and `proxbox-protect`: on a guest in Proxmox and on an object in NetBox, never copied."""

from __future__ import annotations

from typing import Any

import pytest

from proxbox_plan.model.kind import OnMissing
from proxbox_plan.model.plan import Delete, Plan
from proxbox_plan.model.policy import Scope
from proxbox_plan.model.policy.policy import ClusterPolicy
from proxbox_plan.model.policy.rules import Condition, Rule, Targets
from proxbox_plan.report.summary import verdict
from proxbox_plan.report.text.plan import plan_text
from tests.plan.lab import container, disk, now, silent, vm, world
from tests.plan.world import World, fields_of, policy, summary

VM, DISK = "virtual-machine", "virtual-disk"
GUEST, NET0 = "lab/qemu/100", "lab/qemu/100/net0"
ADDRESS = f"{VM}:{GUEST}"
IGNORE, PROTECT = "proxbox-ignore", "proxbox-protect"
SPELLED = pytest.mark.parametrize("tag", [IGNORE, "Proxbox-Ignore", "proxbox_ignore"])


def left_alone(plan: Plan) -> set[tuple[str, str, str]]:
    """Return what is left alone: address, tag and side."""
    return {(item.address, item.tag, item.side) for item in plan.left_alone}


def written_tags(made: World) -> set[str]:
    """Return the slugs of every tag in NetBox."""
    return {str(row.fields["slug"]) for row in made.rows["tag"].values()}


@pytest.mark.parametrize("tag", [IGNORE, PROTECT, "Proxbox-Protect"])
def test_they_are_never_written_to_netbox(tag: str) -> None:
    """A tag that came from Proxmox would bind in NetBox for ever."""
    made = world(vm(tags=(tag, "web")), container())
    assert not written_tags(made) & {IGNORE, PROTECT}
    after = now(made, vm(memory_mib=8192), container())
    after.settle()
    assert after.find(VM, GUEST).fields["memory"] == 8192


def test_a_template_of_a_rule_sets_none_of_them() -> None:
    """What the configuration cannot say literally, a template cannot say either."""
    rule = Rule(when=Condition(), set=Targets(tags=("{{ 'proxbox-' ~ 'ignore' }}", "web")))
    made = world(vm(), rules=(rule,))
    assert made.find(VM, GUEST).tags == ("proxbox", "web")


@SPELLED
def test_an_ignored_guest_is_out_of_scope(tag: str) -> None:
    """Nothing of it is created, changed or deleted, and the plan says how much that is."""
    plan = now(world(), vm(memory_mib=8192, disks=(), tags=(tag,)), container()).plan()
    assert plan.changes == ()
    assert (ADDRESS, IGNORE, "proxmox") in left_alone(plan)
    assert (f"{DISK}:{GUEST}/disk/scsi0", IGNORE, "proxmox") in left_alone(plan)
    assert f"{len(plan.left_alone)} objects left alone because of proxbox-ignore" in verdict(plan)
    assert f"{ADDRESS}  vm-100: proxbox-ignore, on the guest in Proxmox" in plan_text(plan)


def test_an_ignored_guest_that_netbox_lacks() -> None:
    """It is not created, and named."""
    plan = now(world(), vm(), container(), vm(101, tags=(IGNORE,))).plan()
    assert plan.changes == ()
    assert left_alone(plan) == {(f"{VM}:lab/qemu/101", IGNORE, "proxmox")}


def test_an_ignored_guest_that_a_filter_excludes() -> None:
    """The filter says enough."""
    excluded = ClusterPolicy(name="lab", site="DC1", scope=Scope(exclude=(Condition(name=("vm-101",)),)))
    made = now(world(), vm(), container(), vm(101, tags=(IGNORE,)))
    made.policy = policy(excluded)
    assert left_alone(made.plan()) == set()


def test_a_guest_that_is_ignored_no_longer_is_synced() -> None:
    """Without any trace of the tag in NetBox."""
    made = now(world(), vm(memory_mib=8192, tags=(IGNORE,)), container())
    assert made.plan().changes == ()
    assert fields_of(now(made, vm(memory_mib=8192), container()).plan(), ADDRESS) == {"memory": (2048, 8192)}


@pytest.mark.parametrize("policy_", [OnMissing.DECOMMISSION, OnMissing.DELETE])
def test_a_protected_guest_loses_nothing(policy_: OnMissing) -> None:
    """While it is there it is updated and none of its parts is deleted; when it is gone it stays as it is."""
    made = world(vm(tags=(PROTECT,), disks=(disk(), disk("scsi1"))), container(), on_missing={VM: policy_})
    made = now(made, vm(tags=(PROTECT,), memory_mib=8192), container())
    plan = made.plan()
    assert fields_of(plan, ADDRESS) == {"memory": (2048, 8192)}
    assert left_alone(plan) == {(f"{DISK}:{GUEST}/disk/scsi1", PROTECT, "proxmox")}
    made.settle()
    gone = now(made, container()).plan()
    assert gone.changes == ()
    assert {(ADDRESS, PROTECT, "proxmox"), (f"{DISK}:{GUEST}/disk/scsi0", PROTECT, "proxmox")} <= left_alone(gone)
    assert "left alone because of proxbox-protect" in verdict(gone)


def test_the_protection_of_a_guest_is_remembered_until_it_ends() -> None:
    """The tag is gone with its guest; removed from a guest that is there, it protects no longer."""
    made = now(world(), vm(tags=(PROTECT,)), container())
    assert summary(made.plan()) == [("update", ADDRESS, "changed-in-proxmox")]
    made.settle()
    assert now(made, container()).plan().changes == ()
    made = now(made, vm(), container())
    made.settle()
    assert ADDRESS in {change.address for change in now(made, container()).plan().changes}


def test_what_is_unknown_of_a_guest_changes_no_protection() -> None:
    """Of a guest whose row was not read the tags are not known."""
    made = world(vm(tags=(PROTECT,)), container())
    assert now(made, silent(vm(tags=(PROTECT,))), container()).plan().changes == ()
    applied = made.find(VM, GUEST).last_applied
    assert applied is not None
    assert applied.protected


def copied(tag: str, **guest: Any) -> World:
    """Return a world in which an earlier version copied a tag from Proxmox."""
    made = world()
    row = made.find(VM, GUEST)
    assert row.last_applied is not None
    tags = tuple(sorted((*row.tags, tag)))
    applied = type(row.last_applied)(row.last_applied.fields, row.last_applied.fingerprint, tags)
    made.rewrite(VM, GUEST, tags=tags, last_applied=applied)
    return now(made, vm(**guest), container())


@pytest.mark.parametrize("tag", [IGNORE, PROTECT])
def test_a_tag_that_was_copied_does_not_bind(tag: str) -> None:
    """It is among the tags we applied, so no person put it there: it is removed, and the guest is synced."""
    made = copied(tag, memory_mib=8192)
    assert fields_of(made.plan(), ADDRESS) == {"memory": (2048, 8192), "tags": (["proxbox", tag], ["proxbox"])}
    made.settle()
    gone = copied(tag)
    gone = now(gone, container())
    assert ADDRESS in {change.address for change in gone.plan().changes}


@pytest.mark.parametrize("tag", [IGNORE, PROTECT])
def test_a_tag_of_a_person_binds_and_is_counted(tag: str) -> None:
    """A plan that leaves a difference alone says so."""
    made = world()
    made.tag(VM, GUEST, "proxbox", tag)
    plan = now(made, container()).plan()
    assert plan.changes == ()
    assert (ADDRESS, tag, "netbox") in left_alone(plan)


def test_a_new_guest_on_an_ignored_node() -> None:
    """The plan says which ignored objects it refers to: an apply refuses those that were marked since."""
    made = world()
    node = made.rewrite("device", "lab/node/pve1", tags=(IGNORE,))
    plan = now(made, vm(), container(), vm(101)).plan()
    assert (f"{VM}:lab/qemu/101") in {change.address for change in plan.changes}
    assert plan.ignored == {"device": (node.id,)}


def test_what_an_ignored_object_differs_in_is_no_silent_agreement() -> None:
    """`memory 2048 -> 8192` is not "No changes" without a word."""
    made = world()
    made.tag(VM, GUEST, "proxbox", IGNORE)
    plan = now(made, vm(memory_mib=8192), container()).plan()
    assert plan.changes == ()
    assert left_alone(plan) == {(ADDRESS, IGNORE, "netbox")}
    assert verdict(plan).endswith("1 object left alone because of proxbox-ignore.")
    assert plan.unchanged[VM] == 1


@pytest.mark.parametrize("tag", ["proxbox-protect", "proxbox-ignore"])
def test_nothing_of_a_protected_machine_is_deleted(tag: str) -> None:
    """The tag on the machine in NetBox is for its disks, NICs and addresses, too, while the guest is there."""
    made = world(vm())
    made.tag("virtual-machine", "lab/qemu/100", tag)
    plan = now(made, vm(disks=(), nics=(), addresses=())).plan()
    assert [change for change in plan.changes if isinstance(change, Delete)] == []
    assert {item.tag for item in plan.left_alone} == {tag}
