"""What a guest does not show of its inside is gone only where it shows everything: NIC by NIC, value by value."""

from __future__ import annotations

from typing import Any

import pytest

from proxbox_plan.core.key import Key
from proxbox_plan.model.plan import Action, Plan
from proxbox_plan.model.policy import ClusterPolicy, Scope
from proxbox_plan.model.problem import ProblemCode
from proxbox_plan.model.state import (
    Coverage,
    Guest,
    GuestAddress,
    GuestCoverage,
    GuestDisk,
    GuestInterface,
    Incomplete,
)
from tests.plan import everything as full
from tests.plan.lab import container, disk, lab, nic, now, seen, vm, world
from tests.plan.world import World, fields_of, policy, summary

FIRST, SECOND = "ip-address:lab/qemu/100/net0/ip/10.0.1.100", "ip-address:lab/qemu/100/net1/ip/10.9.1.100"
TWO = (nic(100), nic(100, 1))
BOTH = (*seen(100, "10.0.1.100/24"), *seen(100, "10.9.1.100/24", number=1))
DOCKER = GuestAddress(interface="docker0", mac="02:42:AC:11:00:01", address="172.17.0.1/16")
LACKING = Coverage(complete=False, reason=Incomplete.VALUE_MISSING, detail="because of the test")
ELSEWHERE = "02:00:5E:00:53:01"


def lacks(*names: str, **parts: Coverage) -> GuestCoverage:
    """Return the coverage of a guest that lacks single values."""
    return GuestCoverage(values=tuple((name, LACKING) for name in sorted(names)), **parts)


def planned(before: Guest, after: Guest) -> Plan:
    """Return what is planned when a guest changes."""
    return now(world(before), after).plan()


def deferred(plan: Plan) -> dict[str, Incomplete]:
    """Return why what is deferred is."""
    return {item.address: item.reason for item in plan.deferred}


def test_a_booting_guest_keeps_its_addresses() -> None:
    """Link-local addresses and those of docker0 do not show that the NIC has all of its addresses."""
    booting = (*seen(100, "fe80::1/64"), DOCKER)
    plan = planned(vm(), vm(addresses=booting))
    assert plan.changes == ()
    assert deferred(plan) == {FIRST: Incomplete.NIC_SILENT}


def test_a_nic_that_shows_an_address_shows_all_of_them() -> None:
    """The other one keeps what it had."""
    plan = planned(vm(nics=TWO, addresses=BOTH), vm(nics=TWO, addresses=seen(100, "10.0.1.101/24")))
    assert ("delete", FIRST, "gone-from-proxmox") in summary(plan)
    assert deferred(plan) == {SECOND: Incomplete.NIC_SILENT}


def test_an_interface_that_is_skipped_proves_nothing() -> None:
    """It may have the NIC's own MAC: a bridge takes that of its first port."""
    bridge = GuestAddress(interface="docker0", mac=nic(100).mac, address="10.5.5.5/24")
    assert deferred(planned(vm(), vm(addresses=(bridge,)))) == {FIRST: Incomplete.NIC_SILENT}


def test_what_is_not_understood_of_a_nic_proves_nothing() -> None:
    """The addresses of its interface may be among what was not understood; those of another are not."""
    inside = tuple(GuestInterface(name=f"eth{number}", mac=TWO[number].mac) for number in range(2))
    before = vm(nics=TWO, addresses=BOTH, interfaces=inside)
    after = before.model_copy(
        update={
            "addresses": (*seen(100, "10.0.1.101/24"), *seen(100, "10.9.1.101/24", number=1)),
            "coverage": lacks("interfaces.eth1"),
        }
    )
    plan = planned(before, after)
    assert ("delete", FIRST, "gone-from-proxmox") in summary(plan)
    assert deferred(plan) == {SECOND: Incomplete.VALUE_MISSING}


def test_a_nic_without_a_mac_is_not_seen() -> None:
    """What has no MAC inside is not on it."""
    bare = nic(100, mac=None, addresses=("10.0.1.100/24",))
    tunnel = GuestAddress(interface="tun0", address="10.8.0.1/24")
    plan = planned(vm(nics=(bare,), addresses=(tunnel,)), vm(nics=(nic(100, mac=None),), addresses=(tunnel,)))
    assert deferred(plan)[FIRST] is Incomplete.NIC_SILENT
    assert [change.action for change in plan.changes] == []


@pytest.mark.parametrize("mac", [ELSEWHERE, None])
def test_what_is_seen_on_another_mac_is_not_gone(mac: str | None) -> None:
    """The MAC was changed inside, or the NIC is a passed-through one; which one is said, unless there is none."""
    moved = GuestAddress(interface="eth0", mac=mac, address="10.0.1.100/24")
    plan = planned(vm(), vm(addresses=(moved, *seen(100, "10.0.1.101/24"))))
    assert deferred(plan) == {FIRST: Incomplete.SEEN_ELSEWHERE}
    problems = [(item.code, item.address) for item in plan.problems]
    assert problems == ([(ProblemCode.UNKNOWN_NIC, FIRST)] if mac else [])
    assert not plan.problems or ELSEWHERE in plan.problems[0].message


def test_an_address_on_a_changed_mac_is_reported_before_it_is_documented() -> None:
    """None of the NICs is seen with its own MAC, so it is one of theirs."""
    inside = (GuestInterface(name="eth0", mac=ELSEWHERE),)
    moved = GuestAddress(interface="", mac=ELSEWHERE, address="10.0.1.100/24")
    plan = World(lab(vm(addresses=(moved,), interfaces=inside)), policy()).plan()
    assert [item.code for item in plan.problems] == [ProblemCode.UNKNOWN_NIC]


def test_an_address_on_a_mac_of_its_own_is_nothing_special() -> None:
    """A bridge or tunnel inside a guest, whose NICs are all seen, is not documented, without a word."""
    inside = (GuestInterface(name="eth0", mac=nic(100).mac), GuestInterface(name="wan0", mac=ELSEWHERE))
    other = GuestAddress(interface="wan0", mac=ELSEWHERE, address="100.64.1.2/24")
    plan = World(lab(vm(addresses=(*seen(100, "10.0.1.100/24"), other), interfaces=inside)), policy()).plan()
    assert plan.problems == ()


def test_an_address_that_is_configured_too_is_nothing_special() -> None:
    """It is documented at its NIC, whatever is seen."""
    static = nic(100, addresses=("10.0.1.100/24",))
    moved = GuestAddress(interface="eth0", mac=ELSEWHERE, address="10.0.1.100/24")
    assert planned(vm(nics=(static,)), vm(nics=(static,), addresses=(moved,))).problems == ()


def test_the_primary_address_stays_until_it_is_proven_gone() -> None:
    """Although another address could be chosen."""
    made = world(vm(nics=TWO, addresses=BOTH))
    plan = now(made, vm(nics=TWO, addresses=seen(100, "10.9.1.100/24", number=1))).plan()
    assert plan.changes == ()
    assert deferred(plan) == {FIRST: Incomplete.NIC_SILENT}


def test_a_primary_address_of_a_cluster_that_is_not_planned_does_not_stay() -> None:
    """The state says nothing about it, and the guest has one of its own."""
    made = World(lab(vm()), policy(full.cluster_policy(), full.cluster_policy("other")))
    made.settle()
    row = made.find("ip-address", "lab/qemu/100/net0/ip/10.0.1.100")
    key = Key("other/qemu/100/net0/ip/10.0.1.100")
    made.rows["ip-address"][row.id] = row.model_copy(
        update={"key": key, "fields": {**row.fields, "address": "10.7.7.7/24"}}
    )
    plan = made.plan()
    assert "primary_ip4" in {item.field for change in plan.changes for item in change.fields}


UNPREFIXED = GuestAddress(interface="eth0", mac=nic(100).mac, address="10.0.1.100/32")


def unprefixed(**fields: Any) -> Guest:
    """Return a guest whose agent does not say how long the prefix is."""
    return vm(addresses=(UNPREFIXED,), coverage=lacks("addresses.eth0 10.0.1.100/32"), **fields)


def test_a_prefix_length_that_is_unknown_is_what_netbox_has() -> None:
    """Nothing is changed, and nothing waits."""
    plan = planned(vm(), unprefixed())
    assert (plan.changes, plan.deferred) == ((), ())


def test_a_prefix_length_that_is_unknown_is_what_is_configured() -> None:
    """The static address wins."""
    plan = World(lab(unprefixed(nics=(nic(100, addresses=("10.0.1.100/25",)),))), policy()).plan()
    assert fields_of(plan, FIRST)["address"] == (None, "10.0.1.100/25")


def test_an_address_without_a_prefix_length_is_documented() -> None:
    """As a single one; or with the length of one in NetBox that is not managed, which is adopted."""
    plan = World(lab(unprefixed()), policy()).plan()
    assert fields_of(plan, FIRST)["address"] == (None, "10.0.1.100/32")
    made = World(lab(unprefixed()), policy())
    made.add("ip-address", "10.0.1.100/24", address="10.0.1.100/24")
    plan = made.plan()
    assert {change.action for change in plan.changes if change.address == FIRST} == {Action.ADOPT}
    assert "address" not in fields_of(plan, FIRST)


# The inside in the plugin's tables


def plugin(*guests: Guest) -> World:
    """Return a world with the plugin."""
    return World(lab(*guests), policy(full.cluster_policy()), plugins=full.PLUGIN)


def both(before: Guest, after: Guest) -> Plan:
    """Return what is planned with the plugin when a guest changes."""
    made = plugin(before)
    made.settle()
    return now(made, after).plan()


ETH0 = GuestInterface(name="eth0", mac=nic(100).mac)
VLAN = GuestInterface(name="eth0.20", mac=nic(100).mac)
WG0 = GuestInterface(name="wg0", mac=ELSEWHERE)
ON_VLAN = GuestAddress(interface="eth0.20", mac=nic(100).mac, address="10.20.0.5/24")
OS, OS_VLAN, OS_WG0 = (f"proxbox-guest-interface:lab/qemu/100/os/{name}" for name in ("eth0", "eth0.20", "wg0"))
OS_FIRST = "proxbox-guest-address:lab/qemu/100/os/eth0/10.0.1.100"


def test_an_interface_of_a_nic_that_is_not_shown_stays() -> None:
    """Nor does another interface of the same MAC get its NIC; one of no NIC is gone."""
    plan = both(vm(interfaces=(ETH0, VLAN, WG0)), vm(interfaces=(VLAN,), addresses=(DOCKER,)))
    assert summary(plan) == [("delete", OS_WG0, "gone-from-proxmox")]
    assert set(deferred(plan)) == {FIRST, OS, OS_FIRST}


def test_an_interface_is_gone_when_its_nic_shows_an_address_without_it() -> None:
    """It was renamed, or the VLAN on it has the addresses now."""
    plan = both(vm(interfaces=(ETH0, VLAN)), vm(interfaces=(VLAN,), addresses=(ON_VLAN,)))
    assert {("delete", OS, "gone-from-proxmox"), ("delete", OS_FIRST, "gone-from-proxmox")} <= set(summary(plan))
    assert "vm_interface" in fields_of(plan, OS_VLAN)


def test_no_interface_is_gone_while_one_has_no_name() -> None:
    """It may be that one; and its NIC stays its own."""
    seen_unnamed = seen(100, "10.0.1.100/24")[0].model_copy(update={"interface": ""})
    after = vm(interfaces=(VLAN,), addresses=(seen_unnamed,), coverage=lacks("interfaces"))
    plan = both(vm(interfaces=(ETH0, VLAN, WG0)), after)
    assert plan.changes == ()
    assert set(deferred(plan)) == {OS, OS_FIRST, OS_WG0}


def test_an_interface_without_its_mac_keeps_it() -> None:
    """With the link to its NIC, which no other interface gets."""
    bare = GuestInterface(name="eth0")
    address = GuestAddress(interface="eth0", address="10.0.1.100/24")
    plan = both(vm(interfaces=(ETH0, VLAN)), vm(interfaces=(bare, VLAN), addresses=(address,)))
    assert plan.changes == ()
    assert deferred(plan)[OS] is Incomplete.VALUE_MISSING
    assert {item.fields for item in plan.deferred if item.address == OS} == {("mac_address", "vm_interface")}


def test_a_tunnel_has_no_mac() -> None:
    """Nothing waits for one."""
    tunnel = GuestInterface(name="tun0")
    plan = both(vm(interfaces=(ETH0, tunnel)), vm(interfaces=(ETH0, tunnel)))
    assert (plan.changes, plan.deferred) == ((), ())


def test_an_address_moves_from_one_interface_to_another() -> None:
    """Its place on the first is gone when the NIC it is on shows it elsewhere."""
    on_vlan = ON_VLAN.model_copy(update={"address": "10.0.1.100/24"})
    plan = both(vm(interfaces=(ETH0, VLAN)), vm(interfaces=(ETH0, VLAN), addresses=(on_vlan,)))
    assert ("delete", OS_FIRST, "gone-from-proxmox") in summary(plan)


# Disks and snapshots


def sizeless(**fields: Any) -> GuestDisk:
    """Return a disk whose line has no size."""
    return disk().model_copy(update={"size_bytes": None, **fields})


DISK = "virtual-disk:lab/qemu/100/disk/scsi0"
UNSIZED = lacks("disks.scsi0.size_bytes")


def test_a_disk_without_a_size_keeps_the_one_it_had() -> None:
    """It is configured; the other values are synced."""
    plan = planned(vm(), vm(disks=(sizeless(storage="other"),), coverage=UNSIZED))
    assert {change.address for change in plan.changes} <= {DISK}
    assert set(fields_of(plan, DISK)) == {"description"}
    assert [(item.address, item.fields) for item in plan.deferred] == [(DISK, ("size",))]


def test_a_new_disk_without_a_size_waits() -> None:
    """NetBox refuses one; what hangs off it waits, too. A device that never had one is omitted."""
    for found, waiting in ((sizeless(), {DISK}), (sizeless(storage=None, volume="/dev/sdb"), set())):
        plan = plugin(vm(disks=(found,), coverage=UNSIZED)).plan()
        assert not [change for change in plan.changes if "disk" in change.kind]
        assert set(deferred(plan)) == waiting


def test_a_directory_of_the_node_has_no_size() -> None:
    """A bind mount is no disk."""
    mount = sizeless(slot="mp0", storage=None, volume="/srv")
    plan = World(lab(container(disks=(disk("rootfs"), mount))), policy()).plan()
    assert [change.name for change in plan.changes if change.kind == "virtual-disk"] == ["ct-200 rootfs"]
    assert plan.deferred == ()


def test_a_template_with_a_disk_without_a_size_keeps_its_sum() -> None:
    """A new one gets what is known."""
    before, after = vm(template=True), vm(template=True, disks=(sizeless(),), coverage=UNSIZED)
    made = plugin(before, container())
    made.settle()
    plan = now(made, after, container()).plan()
    assert plan.changes == ()
    assert [item.fields for item in plan.deferred] == [("disk", "disk_config")]
    assert plugin(after, container()).plan().deferred == ()


def test_a_snapshot_without_its_time_keeps_the_one_it_had() -> None:
    """A new one is created without."""
    areas = policy(full.cluster_policy(), areas=full.ALL)
    listed = {"snapshots": Coverage(complete=True)}
    made = World(lab(vm(snapshots=(full.snapshot(),), coverage=lacks(**listed))), areas, plugins=full.PLUGIN)
    made.settle()
    untimed = full.snapshot(created=None)
    after = vm(snapshots=(untimed,), coverage=lacks(f"snapshots.{untimed.name}.created", **listed))
    plan = now(made, after).plan()
    assert plan.changes == ()
    assert [item.fields for item in plan.deferred] == [("snaptime",)]


# Scope and status


def test_a_machine_that_becomes_a_template_is_reported() -> None:
    """It stays as it is until a person decides; a decommissioned one has been decided."""
    made = now(world(), vm(template=True), container())
    plan = made.plan()
    assert plan.changes == ()
    assert [(item.code, item.address) for item in plan.problems] == [
        (ProblemCode.OUT_OF_SCOPE, "virtual-machine:lab/qemu/100")
    ]
    made.edit("virtual-machine", "lab/qemu/100", status="decommissioning")
    assert made.plan().problems == ()
    made.policy = policy(ClusterPolicy(name="lab", site="DC1", scope=Scope(templates="include")))
    assert made.plan().problems == ()


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("running", "active"),
        ("paused", "paused"),
        ("io-error", "failed"),
        ("internal-error", "failed"),
        ("guest-panicked", "failed"),
        ("save-vm", "active"),
        ("inmigrate", "active"),
        ("stopped", "offline"),
    ],
)
def test_what_qemu_says_of_a_machine(status: str, expected: str) -> None:
    """One that saves its memory or migrates is not offline, and one that failed has a status of its own."""
    plan = World(lab(vm(status=status)), policy()).plan()
    assert fields_of(plan, "virtual-machine:lab/qemu/100")["status"] == (None, expected)


def test_a_container_nic_without_a_configured_mac_is_known_by_its_name() -> None:
    """E8: what it shows under that name is its own, and is gone when it shows another one there."""
    bare = nic(200, mac=None, name="eth0", model="veth")
    first = GuestAddress(interface="eth0", mac="02:00:00:00:00:05", address="10.0.2.5/24")
    made = world(container(200, nics=(bare,), addresses=(first,)))
    assert made.keys("ip-address") >= {"lab/lxc/200/net0/ip/10.0.2.5"}
    second = first.replace(address="10.0.2.6/24")
    plan = now(made, container(200, nics=(bare,), addresses=(second,))).plan()
    assert ("delete", "ip-address:lab/lxc/200/net0/ip/10.0.2.5") in [item[:2] for item in summary(plan)]
    assert plan.problems == ()


def test_one_mac_on_two_nics() -> None:
    """E7: a bond inside the guest: its addresses are on the first."""
    both = (nic(100), nic(100, 1, mac=nic(100).mac))
    made = world(vm(100, nics=both))
    assert made.keys("ip-address") >= {"lab/qemu/100/net0/ip/10.0.1.100"}
    assert not any("/net1/" in key for key in made.keys("ip-address"))


def test_a_cleared_primary_address_is_chosen_again() -> None:
    """E16: `prefer` counts for new ones only, until a person clears the primary address in NetBox."""
    guest = vm(100, addresses=seen(100, "10.0.1.100/24", "10.9.1.100/24"))
    made = world(guest)
    made.policy = policy(prefer=("10.9.0.0/16",))
    assert made.plan().changes == ()
    made.edit("virtual-machine", "lab/qemu/100", primary_ip4=None)
    made.settle()
    assert made.find("virtual-machine", "lab/qemu/100").fields["primary_ip4"]["name"] == "10.9.1.100/24"


def test_a_template_that_is_a_machine_again() -> None:
    """Its row of templates is gone when its configuration was read; else nothing is known of it."""
    template = vm(100, template=True)
    assert [str(change.address) for change in both(template, vm(100)).changes if change.action is Action.DELETE] == [
        "proxbox-template:lab/template/qemu/100"
    ]
    unread = vm(100, coverage=GuestCoverage(config=LACKING))
    assert Action.DELETE not in {change.action for change in both(template, unread).changes}
