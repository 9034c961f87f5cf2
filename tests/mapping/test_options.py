"""What the mapping's options switch off, and what is not written down at all."""

from __future__ import annotations

from proxbox_plan.model.policy.rules import Rule
from proxbox_plan.model.state import NodeInterface
from tests.plan.lab import container, lab, nic, node, vm
from tests.plan.world import World, fields_of, policy

VM, NIC = "virtual-machine:lab/qemu/100", "vm-interface:lab/qemu/100/net0"


def test_without_a_tag_on_what_is_managed() -> None:
    """No tag is made, and nothing carries one."""
    plan = World(lab(vm()), policy(tag_managed=False)).plan()
    assert "tag" not in {change.kind for change in plan.changes}
    assert "tags" not in fields_of(plan, VM)


def test_without_the_tags_of_guests() -> None:
    """Only our own tag is on a guest then."""
    plan = World(lab(vm(tags=("prod", "web"))), policy(guest_tags=False)).plan()
    assert fields_of(plan, VM)["tags"] == (None, ["proxbox"])


def test_a_trunk_too_wide_to_list_is_reported() -> None:
    """In NetBox it carries all VLANs, which is more than it does: the problem says how to list them."""
    plan = World(lab(vm(nics=(nic(100, tag=None, trunks=((10, 59),)),))), policy(max_trunk_vlans=49)).plan()
    assert fields_of(plan, NIC)["mode"] == (None, "tagged-all")
    (problem,) = plan.problems
    assert (problem.code.value, problem.address) == ("too-many-vlans", NIC)
    assert "trunks 50 VLANs, more than 49" in problem.message
    assert "max_trunk_vlans" in problem.hint


def test_link_local_addresses_are_not_documented() -> None:
    """Neither the static ones of guests nor those of nodes: they say nothing beyond their link."""
    static = nic(200, name="eth0", model="veth", addresses=("fe80::1/64", "10.0.2.200/24"))
    bridge = NodeInterface(name="vmbr0", type="bridge", addresses=("10.0.0.1/24", "fe80::2/64"))
    plan = World(lab(container(nics=(static,)), nodes=(node(interfaces=(bridge,)),)), policy()).plan()
    assert {change.name for change in plan.changes if change.kind == "ip-address"} == {"10.0.0.1/24", "10.0.2.200/24"}


def test_a_nic_without_a_mac_address() -> None:
    """Before NetBox 4.7 a MAC address is an object of its own: there is none to make."""
    plan = World(lab(vm(nics=(nic(100, mac=None),))), policy(), version="4.6.1").plan()
    assert "mac-address" not in {change.kind for change in plan.changes}
    assert "primary_mac_address" not in fields_of(plan, NIC)


def test_two_guests_with_values_for_one_custom_field() -> None:
    """The field is looked up once, and filled in both."""
    rule = Rule.model_validate({"set": {"custom_fields": {"owner": "{{ guest.name }}"}}})
    made = World(lab(vm(), vm(101)), policy(rules=(rule,)))
    made.add("custom-field", "owner", type="text", object_types=["virtualization.virtualmachine"])
    plan = made.plan()
    assert fields_of(plan, VM)["cf_owner"] == (None, "vm-100")
    assert fields_of(plan, "virtual-machine:lab/qemu/101")["cf_owner"] == (None, "vm-101")
