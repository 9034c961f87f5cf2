"""Adoption: what people documented is taken over, and nothing that Proxmox does not say is wiped."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from proxbox_plan.model.inventory import Row
from proxbox_plan.model.plan import Action, Adopt, Plan
from tests.plan.lab import lab, nic, node, now, seen, vm
from tests.plan.world import World, fields_of, policy

PORT = "interface:lab/node/pve1/net/nic0"
NET0, NET1 = "vm-interface:lab/qemu/100/net0", "vm-interface:lab/qemu/100/net1"


def with_objects(*guests: Any, **fields: Any) -> World:
    """Return a world in which site, cluster, devices and machines are there and ours, and nothing below them."""
    made = World(lab(*(guests or (vm(),)), **fields), policy())
    made.settle()
    for kind in ("vm-interface", "interface", "ip-address", "virtual-disk"):
        made.rows.pop(kind, None)
    return made


def ref_to(made: World, kind: str, key: str) -> dict[str, Any]:
    """Return a reference to one of our objects."""
    return made.ref(kind, made.find(kind, key).id)


def documented_port(made: World, **fields: Any) -> Row:
    """Let people document the first port of the node."""
    device = ref_to(made, "device", "lab/node/pve1")
    return made.add("interface", "nic0", device=device, **{"enabled": True, "description": "", **fields})


def documented_nic(made: World, name: str, mac: str | None, **fields: Any) -> Row:
    """Let people document a NIC of the guest."""
    machine = ref_to(made, "virtual-machine", "lab/qemu/100")
    return made.add("vm-interface", name, virtual_machine=machine, mac_address=mac, enabled=True, **fields)


def change_of(plan: Plan, address: str) -> Any:
    """Return the change with an address."""
    return next(change for change in plan.changes if change.address == address)


def test_a_node_port_keeps_what_proxmox_does_not_know() -> None:
    """Its type, MTU, 802.1Q mode and VLANs stay: Proxmox says nothing of them."""
    made = with_objects()
    vlan = made.add("vlan", "uplink", vid=5, group=None)
    known = {
        "type": "25gbase-x-sfp28",
        "mtu": 9000,
        "mode": "access",
        "untagged_vlan": made.ref("vlan", vlan.id),
        "tagged_vlans": [],
        "parent": None,
        "bridge": None,
        "lag": None,
    }
    row = documented_port(made, **known)
    plan = made.apply()
    assert isinstance(change_of(plan, PORT), Adopt)
    kept = made.rows["interface"][row.id].fields
    assert {name: kept[name] for name in known} == {**known, "lag": kept["lag"]}
    assert kept["lag"]["name"] == "bond0"  # of which Proxmox does know
    assert not [item for item in plan.preserved if item.field == "type"]
    made.settle()


def test_a_value_that_proxmox_takes_back_is_removed() -> None:
    """What we set ourselves is not people's: an MTU goes with the line in Proxmox."""
    first = node()
    port = first.interfaces[0].replace(mtu=9000)
    made = World(lab(vm(), nodes=(first.replace(interfaces=(port, *first.interfaces[1:])),)), policy())
    made.settle()
    made = replace(made, state=lab(vm(), nodes=(first,)))
    assert fields_of(made.plan(), PORT) == {"mtu": (9000, None)}


def test_a_port_without_a_type_of_its_own_is_other() -> None:
    """A port we make ourselves has the type `other`, until people say what it is; a bridge has its type at once."""
    made = with_objects()
    made.settle()
    assert made.find("interface", "lab/node/pve1/net/nic0").fields["type"] == "other"
    made.edit("interface", "lab/node/pve1/net/nic0", type="10gbase-t")
    made.edit("interface", "lab/node/pve1/net/vmbr0", type="virtual")
    plan = made.plan()
    assert fields_of(plan, "interface:lab/node/pve1/net/vmbr0") == {"type": ("virtual", "bridge")}
    assert [change.address for change in plan.changes] == ["interface:lab/node/pve1/net/vmbr0"]


def test_a_nic_with_the_same_mac_is_adopted_whatever_its_name() -> None:
    """People call it `eth0`, Proxmox `net0`: it is one NIC, it keeps its name, and its address is ours."""
    made = with_objects()
    row = documented_nic(made, "eth0", nic(100).mac)
    made.add("ip-address", "10.0.1.100/24", vrf=None, assigned_object=made.ref("vm-interface", row.id), role="")
    plan = made.apply()
    adopted = change_of(plan, NET0)
    assert (adopted.action, adopted.netbox_id, adopted.name) == (Action.ADOPT, row.id, "vm-100 eth0")
    assert change_of(plan, "ip-address:lab/qemu/100/net0/ip/10.0.1.100").action is Action.ADOPT
    assert plan.problems == ()
    assert made.rows["vm-interface"][row.id].fields["name"] == "eth0"
    made.settle()


def test_a_kept_name_stays_whatever_changes() -> None:
    """Also when the NIC is changed in Proxmox, and when another takes Proxmox's word for it."""
    made = with_objects()
    documented_nic(made, "eth0", nic(100).mac)
    made.settle()
    made = now(made, vm(nics=(nic(100, mtu=1400), nic(100, 1))))
    plan = made.apply()
    assert fields_of(plan, NET0) == {"mtu": (None, 1400)}
    assert change_of(plan, NET0).name == "vm-100 eth0"
    assert made.find("vm-interface", "lab/qemu/100/net0").fields["name"] == "eth0"
    made.settle()


def test_names_that_people_numbered_otherwise() -> None:
    """MAC addresses tell them apart, so none is taken for the other."""
    made = with_objects(vm(nics=(nic(100), nic(100, 1)), addresses=seen(100, "10.0.1.100/24")))
    first, second = documented_nic(made, "net1", nic(100).mac), documented_nic(made, "net0", nic(100, 1).mac)
    plan = made.apply()
    assert (change_of(plan, NET0).netbox_id, change_of(plan, NET1).netbox_id) == (first.id, second.id)
    assert plan.problems == ()
    made.settle()


@pytest.mark.parametrize("mac", [None, "BC:24:11:FF:FF:FF"])
def test_a_nic_with_another_mac_is_another_one(mac: str | None) -> None:
    """Without the same MAC address or name nothing says that it is the guest's `net0`."""
    made = with_objects()
    documented_nic(made, "eth0", mac)
    assert change_of(made.plan(), NET0).action is Action.CREATE


def test_two_nics_with_one_mac_are_a_guess() -> None:
    """Neither is adopted."""
    made = with_objects()
    documented_nic(made, "eth0", nic(100).mac)
    documented_nic(made, "eth0.5", nic(100).mac)
    assert change_of(made.plan(), NET0).action is Action.CREATE


def test_a_node_port_is_found_by_its_mac_when_no_name_fits() -> None:
    """The name that the operating system has for it is tried first."""
    first = node()
    port = first.interfaces[0].replace(mac="02:00:00:00:00:01")
    made = with_objects(vm(), nodes=(first.replace(interfaces=(port, *first.interfaces[1:])),))
    device = ref_to(made, "device", "lab/node/pve1")
    row = made.add("interface", "Port 1", device=device, mac_address="02:00:00:00:00:01", type="10gbase-t")
    plan = made.apply()
    assert (change_of(plan, PORT).action, change_of(plan, PORT).netbox_id) == (Action.ADOPT, row.id)
    assert made.rows["interface"][row.id].fields["name"] == "Port 1"
    made.settle()


def test_before_netbox_4_7_the_mac_address_of_an_adopted_nic_is_adopted_with_it() -> None:
    """It is an object of its own there, and there must not be two of it."""
    made = World(lab(vm()), policy(), version="4.6.8")
    made.settle()
    for kind in ("vm-interface", "ip-address", "virtual-disk", "mac-address"):
        made.rows.pop(kind, None)
    row = documented_nic(made, "eth0", None)
    mac = made.add("mac-address", str(nic(100).mac), assigned_object=made.ref("vm-interface", row.id))
    made.rows["vm-interface"][row.id] = row.replace(
        fields={**row.fields, "primary_mac_address": made.ref("mac-address", mac.id)}
    )
    plan = made.apply()
    adopted = change_of(plan, "mac-address:lab/qemu/100/net0/mac")
    assert (adopted.action, adopted.netbox_id) == (Action.ADOPT, mac.id)
    assert [row.id for row in made.rows["mac-address"].values() if row.name == nic(100).mac] == [mac.id]
    made.settle()


def documented_address(made: World, row: Row, address: str = "10.0.1.100/24", **fields: Any) -> Row:
    """Let people document an address on a NIC."""
    return made.add("ip-address", address, vrf=None, assigned_object=made.ref("vm-interface", row.id), **fields)


def test_a_nic_without_a_mac_is_adopted_by_its_address() -> None:
    """It is no conflict of the guest with itself: their `eth0` is the NIC that shows the address."""
    made = with_objects()
    row = documented_nic(made, "eth0", None)
    documented_address(made, row, role="", description="theirs")
    plan = made.apply()
    adopted = change_of(plan, NET0)
    assert (adopted.action, adopted.netbox_id, adopted.matched_by) == (Action.ADOPT, row.id, ("address",))
    assert plan.problems == ()
    assert (found := made.rows["vm-interface"][row.id].fields)["name"] == "eth0"
    assert found["mac_address"] == nic(100).mac
    assert made.find("ip-address", "lab/qemu/100/net0/ip/10.0.1.100").fields["description"] == "theirs"
    made.settle()


@pytest.mark.parametrize("what", ["another address", "a MAC address", "the name", "two of them", "another guest"])
def test_what_does_not_say_which_nic_it_is(what: str) -> None:
    """It stays people's."""
    made = with_objects(vm(), vm(101))
    row = documented_nic(made, "eth0", "BC:24:11:99:99:99" if what == "a MAC address" else None)
    if what == "another guest":
        machine = ref_to(made, "virtual-machine", "lab/qemu/101")
        made.rows["vm-interface"][row.id] = row.replace(fields={**row.fields, "virtual_machine": machine})
    documented_address(made, row, "10.0.1.7/24" if what == "another address" else "10.0.1.100/24", role="vip")
    if what == "the name":
        documented_nic(made, "net0", None)
    if what == "two of them":
        documented_address(made, documented_nic(made, "eth1", None), role="vip")
    assert row.id not in {change.netbox_id for change in made.plan().changes if isinstance(change, Adopt)}


def test_a_nic_with_addresses_of_two_is_a_guess() -> None:
    """Two NICs of Proxmox are not one of NetBox."""
    made = with_objects(
        vm(
            nics=(nic(100), nic(100, 1)),
            addresses=(*seen(100, "10.0.1.100/24"), *seen(100, "10.0.2.100/24", number=1)),
        )
    )
    row = documented_nic(made, "eth0", None)
    for address in ("10.0.1.100/24", "10.0.2.100/24"):
        documented_address(made, row, address)
    plan = made.plan()
    assert change_of(plan, NET0).action is Action.CREATE
    assert len(plan.problems) == 2
