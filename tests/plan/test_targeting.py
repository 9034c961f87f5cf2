"""`plan --target` and `--exclude`: a part of the difference, with all it depends on, that says it is one."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxbox_plan.core.errors import UsageError
from proxbox_plan.model.plan import Action, Plan
from proxbox_plan.model.policy import ClusterPolicy
from proxbox_plan.model.state import Cluster, State
from tests.plan.lab import container, disk, lab, node, now, vm, world
from tests.plan.test_properties import SETTINGS, labs
from tests.plan.world import World, policy


def changed(plan: Plan) -> list[str]:
    """Return the addresses of the changes to what is ours, sorted."""
    return sorted(change.address for change in plan.changes if change.key is not None)


def edited() -> World:
    """Return a world where two guests changed, one came and one went."""
    made = world(vm(100), vm(101), vm(102), container(200))
    return now(made, vm(100, memory_mib=4096), vm(101, memory_mib=4096), vm(103), container(200))


@pytest.mark.parametrize("word", ["vm-100", "100", "lab/qemu/100"])
def test_a_guest_is_named_by_name_vmid_or_key(word: str) -> None:
    """Whatever people know it by; nothing else is planned."""
    assert changed(edited().plan(word)) == ["virtual-machine:lab/qemu/100"]


def test_a_guest_comes_with_what_hangs_off_it_and_what_it_needs() -> None:
    """A first plan of one guest: its cluster, site, type and node, its children, and none of the other guest."""
    made = World(lab(vm(100), vm(101)), policy())
    plan = made.plan("vm-100")
    addresses = {change.address for change in plan.changes}
    assert {
        "site:dc1",
        "cluster:lab/cluster",
        "virtual-machine:lab/qemu/100",
        "virtual-disk:lab/qemu/100/disk/scsi0",
        "vm-interface:lab/qemu/100/net0",
        "virtual-machine:lab/qemu/100#links",
    } <= addresses
    assert not [address for address in addresses if "/qemu/101" in address]
    made.apply(plan)
    assert made.plan("vm-100").changes == ()


def test_a_vanished_guest_is_known_by_its_name_in_netbox() -> None:
    """It no longer exists in Proxmox, and that is what is to be planned."""
    plan = edited().plan("vm-102")
    assert "virtual-machine:lab/qemu/102" in changed(plan)
    assert {change.address.split(":")[1][:12] for change in plan.changes} == {"lab/qemu/102"}


def test_a_kind() -> None:
    """Only virtual disks, and what new ones need."""
    made = now(world(vm(100)), vm(100, memory_mib=4096, disks=(disk(gib=16), disk("scsi1"))))
    assert changed(made.plan("virtual-disk")) == [
        "virtual-disk:lab/qemu/100/disk/scsi0",
        "virtual-disk:lab/qemu/100/disk/scsi1",
    ]


def test_an_address_or_a_pattern_of_addresses() -> None:
    """As the plan itself shows them."""
    assert changed(edited().plan("virtual-machine:lab/qemu/10[01]")) == [
        "virtual-machine:lab/qemu/100",
        "virtual-machine:lab/qemu/101",
    ]


def test_a_node() -> None:
    """Its device and interfaces."""
    made = now(world(vm(100)), vm(100), nodes=(node(version="9.3.0"), node("pve2", 2, version="9.3.0")))
    assert {change.address.rpartition(":")[2] for change in made.plan("pve2").changes} <= {"lab/node/pve2"}


def test_a_cluster() -> None:
    """One of two."""
    two = (ClusterPolicy(name="lab", site="DC1"), ClusterPolicy(name="prod", site="DC1"))
    clusters = tuple(
        Cluster(name=name, proxmox_name=name, nodes=(node(f"{name}1", number),), guests=(vm(100 + number),))
        for number, name in enumerate(("lab", "prod"), 1)
    )
    plan = World(State.make(clusters=clusters), policy(*two)).plan("prod")
    assert {change.cluster for change in plan.changes} == {None, "prod"}


def test_excluding_leaves_out_what_depends_on_it() -> None:
    """Without its virtual machine a new guest has no interfaces; others are planned."""
    plan = edited().plan(without=("vm-103",))
    assert not [change for change in plan.changes if "/qemu/103" in change.address]
    assert "virtual-machine:lab/qemu/100" in changed(plan)
    supported = World(lab(vm(100)), policy()).plan(without=("site:dc1",))
    assert not [change for change in supported.changes if change.kind in {"site", "device", "virtual-machine"}]


def test_an_excluded_dependency_takes_the_target_along() -> None:
    """What cannot be done without something excluded is not done."""
    plan = World(lab(vm(100)), policy()).plan("vm-100", without=("cluster",))
    assert changed(plan) == []


def test_a_partial_plan_says_what_it_is() -> None:
    """What was asked for, and how much is not in it."""
    made = edited()
    plan, whole = made.plan("vm-100", without=("virtual-disk",)), made.plan()
    assert plan.targeting is not None
    assert (plan.targeting.targets, plan.targeting.excludes) == (("vm-100",), ("virtual-disk",))
    assert plan.targeting.omitted == len(whole.changes) - 1
    assert whole.targeting is None


def test_limits_count_what_is_planned() -> None:
    """Half of all guests changed, but one is asked for."""
    made = world(*(vm(100 + number) for number in range(20)))
    made = now(made, *(vm(100 + number, memory_mib=4096) for number in range(20)))
    assert not made.plan().applicable
    assert made.plan("vm-101").applicable


@pytest.mark.parametrize("word", ["vm-999", "lab/qemu/999", "virtual-machines", "", "LAB"])
def test_what_there_is_not_is_an_error(word: str) -> None:
    """A typing error must not give an empty plan."""
    with pytest.raises(UsageError, match="No kind, cluster, node or guest"):
        edited().plan(word)


def test_a_typing_error_gets_a_suggestion() -> None:
    """The nearest name."""
    with pytest.raises(UsageError, match="did you mean 'virtual-disk'"):
        edited().plan(without=("virtual-dsik",))


def test_a_word_with_several_meanings_is_an_error() -> None:
    """Two guests of one name: the keys are shown, to choose from."""
    made = World(lab(vm(100, name="web"), container(200, name="web")), policy())
    with pytest.raises(UsageError, match="matches 2 objects: lab/lxc/200, lab/qemu/100"):
        made.plan("web")


@SETTINGS
@given(labs(), labs(), st.data())
def test_part_by_part_ends_where_the_whole_ends(before: tuple, after: tuple, data: st.DataObject) -> None:  # type: ignore[type-arg]
    """Whatever is asked for first can be applied by itself, and the whole plan after it does the rest."""
    made = World(lab(*before), policy())
    made.settle()
    made = replace(made, state=lab(*after))
    whole = made.plan()
    kinds = sorted({change.kind for change in whole.changes}) or ["cluster"]
    word = data.draw(st.sampled_from([*kinds, *(f"lab/{guest.type}/{guest.vmid}" for guest in after)]))
    made.apply(made.plan(word) if data.draw(st.booleans()) else made.plan(without=(word,)))
    made.settle()


def test_deleting_one_guest_deletes_its_children_first() -> None:
    """The part holds the order of the whole."""
    made = world(vm(100), vm(101), on_missing={"virtual-machine": "delete"})
    plan = now(made, vm(101)).plan("vm-100")
    assert [change.kind for change in plan.changes if change.action is Action.DELETE][-1] == "virtual-machine"
