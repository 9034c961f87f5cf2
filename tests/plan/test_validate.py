"""What NetBox would refuse is a problem of the plan that names both sides, and costs only the part it is about."""

from __future__ import annotations

from typing import Any

import pytest

from proxbox_plan.model.plan import Plan
from proxbox_plan.model.policy import ClusterPolicy, Rule
from proxbox_plan.model.problem import Problem, ProblemCode
from tests.plan.lab import container, disk, lab, nic, now, seen, vm, world
from tests.plan.world import World, policy

VM = "virtualization.virtualmachine"


def not_allowed(plan: Plan) -> list[Problem]:
    """Return the problems with rules of NetBox, and be sure that there are no others."""
    assert {problem.code for problem in plan.problems} <= {ProblemCode.NOT_ALLOWED}, plan.problems
    return list(plan.problems)


def planned(plan: Plan) -> set[str]:
    """Return the addresses of what is planned."""
    return {str(change.address) for change in plan.changes}


def settled_but_for_problems(made: World) -> Plan:
    """Apply, and be sure that the next plan has the same problems and nothing to do."""
    plan = made.apply()
    again = made.plan()
    assert again.changes == ()
    assert again.problems == plan.problems
    return plan


@pytest.mark.parametrize(
    ("address", "says"),
    [
        ("10.0.1.5/0", "an address with the mask /0"),
        ("10.0.1.0/24", "a network's own address"),
        ("10.0.1.255/24", "a broadcast address"),
        ("2001:db8::/64", "a network's own address"),
    ],
)
def test_addresses_that_are_no_hosts(address: str, says: str) -> None:
    """D10: they are not planned, for ever and without an error; the guest's other address is."""
    made = World(lab(vm(addresses=seen(100, address, "10.0.1.100/24"))), policy())
    (problem,) = not_allowed(settled_but_for_problems(made))
    assert (
        f"vm-100 net0 has the address {address} in Proxmox, and NetBox assigns {says} to no interface"
        == problem.message
    )
    assert made.keys("ip-address") >= {"lab/qemu/100/net0/ip/10.0.1.100"}


@pytest.mark.parametrize("address", ["10.0.1.0/31", "10.0.1.1/31", "10.0.1.0/32", "2001:db8::/127", "2001:db8::/128"])
def test_addresses_of_links_and_single_ones(address: str) -> None:
    """In them every address is a host's."""
    assert World(lab(vm(addresses=seen(100, address))), policy()).plan().problems == ()


def populated(made: World, first: str, last: str, vrf: dict[str, Any] | None = None) -> None:
    """Let people mark a range populated."""
    made.add("ip-range", f"{first}/24", end_address=f"{last}/24", vrf=vrf, mark_populated=True)


def test_a_new_address_in_a_populated_range() -> None:
    """D7: NetBox creates none there."""
    made = World(lab(vm(), vm(101)), policy())
    populated(made, "10.0.1.100", "10.0.1.100")
    (problem,) = not_allowed(settled_but_for_problems(made))
    assert "the IP range 10.0.1.100 - 10.0.1.100, which is marked populated" in problem.message
    assert "lab/qemu/101/net0/ip/10.0.1.101" in made.keys("ip-address")


def test_a_populated_range_of_another_vrf() -> None:
    """It says nothing of the global table."""
    made = World(lab(vm()), policy())
    vrf = made.add("vrf", "red")
    populated(made, "10.0.1.1", "10.0.1.200", made.ref("vrf", vrf.id))
    assert made.plan().problems == ()


def test_a_vrf_that_is_not_there_yet() -> None:
    """It has no ranges; what is in the way of the address is the VRF itself."""
    made = World(lab(vm()), policy(ClusterPolicy(name="lab", site="DC1", vrf="red")))
    populated(made, "10.0.1.1", "10.0.1.200")
    assert ProblemCode.NOT_ALLOWED not in {problem.code for problem in made.plan().problems}


def test_a_range_without_the_mark() -> None:
    """It only describes."""
    made = World(lab(vm()), policy())
    made.add("ip-range", "10.0.1.1/24", end_address="10.0.1.200/24", vrf=None, mark_populated=False)
    assert made.plan().problems == ()


def test_an_address_that_is_there_moves_inside_a_populated_range() -> None:
    """It is not created anew, so the range does not matter."""
    made = world(vm(100), vm(101))
    populated(made, "10.0.1.1", "10.0.1.200")
    left = seen(100, "2001:db8::9/64")
    made = now(made, vm(100, addresses=left), vm(101, addresses=seen(101, "10.0.1.101/24", "10.0.1.100/24")))
    assert made.apply().problems == ()
    assert "lab/qemu/101/net0/ip/10.0.1.100" in made.keys("ip-address")


def test_a_vlan_outside_the_ranges_of_its_group() -> None:
    """D11: the NIC comes without it."""
    made = World(lab(vm(nics=(nic(100, tag=20),))), policy(ClusterPolicy(name="lab", site="DC1", vlan_group="Servers")))
    made.add("vlan-group", "Servers", slug="servers", vid_ranges=[[100, 199], [300, 300]])
    (problem,) = not_allowed(settled_but_for_problems(made))
    assert problem.message == "Proxmox uses the VLAN 20, and the VLAN group 'Servers' of NetBox has only 100-199, 300"
    assert made.find("vm-interface", "lab/qemu/100/net0").fields.get("untagged_vlan") is None


def test_a_trunk_keeps_the_vlans_that_can_be() -> None:
    """Only the one outside is missing."""
    made = World(
        lab(vm(nics=(nic(100, tag=None, trunks=((101, 102), (20, 20))),))),
        policy(ClusterPolicy(name="lab", site="DC1", vlan_group="Servers")),
    )
    made.add("vlan-group", "Servers", slug="servers", vid_ranges=[[100, 199]])
    assert len(not_allowed(settled_but_for_problems(made))) == 1
    tagged = made.find("vm-interface", "lab/qemu/100/net0").fields["tagged_vlans"]
    assert [item["name"] for item in tagged] == ["VLAN 101", "VLAN 102"]


def test_vlans_outside_are_one_problem() -> None:
    """With their ids as ranges."""
    trunk = nic(100, tag=5, trunks=((30, 32), (40, 40)))
    made = World(lab(vm(nics=(trunk,))), policy(ClusterPolicy(name="lab", site="DC1", vlan_group="Servers")))
    made.add("vlan-group", "Servers", slug="servers", vid_ranges=[[1, 9]])
    (problem,) = not_allowed(settled_but_for_problems(made))
    assert problem.message.startswith("Proxmox uses the VLANs 30-32, 40, and the VLAN group 'Servers'")


@pytest.mark.parametrize("site", ["DC1", "DC2"])
def test_a_vlan_of_another_site(site: str) -> None:
    """D11: NetBox takes only one of the machine's own site, or of none."""
    made = World(lab(vm()), policy(ClusterPolicy(name="lab", site="DC1", vlan_group="Servers")))
    sites = {name: made.add("site", name, slug=name.lower(), status="active") for name in ("DC1", "DC2")}
    group = made.add("vlan-group", "Servers", slug="servers", vid_ranges=[[1, 4094]])
    row = made.add(
        "vlan",
        "Office",
        vid=20,
        group=made.ref("vlan-group", group.id),
        site=made.ref("site", sites[site].id),
        status="active",
    )
    plan = settled_but_for_problems(made)
    untagged = made.find("vm-interface", "lab/qemu/100/net0").fields.get("untagged_vlan")
    if site == "DC1":
        assert plan.problems == ()
        assert untagged is not None
        assert untagged["id"] == row.id
    else:
        (problem,) = not_allowed(plan)
        assert (
            "The VLAN 'Office' (20) belongs to the site 'DC2' in NetBox, and is used on interfaces outside of it: "
            in (problem.message)
        )
        assert untagged is None


def test_a_tag_that_is_not_for_machines() -> None:
    """D11: the guest comes without it, and keeps its others."""
    made = World(lab(vm(tags=("prod", "web"))), policy())
    made.add("tag", "prod", slug="prod", object_types=["dcim.site"])
    (problem,) = not_allowed(settled_but_for_problems(made))
    assert problem.address == "tag:prod"
    assert "The tag 'prod' of NetBox is only for dcim.site: 1 virtual machine comes without" in problem.message
    assert made.find("virtual-machine", "lab/qemu/100").tags == ("proxbox", "web")


def test_a_tag_that_is_there_twice() -> None:
    """The guest comes without it, rather than with one of the two."""
    made = World(lab(vm(tags=("prod",))), policy())
    for slug in ("one", "two"):
        made.add("tag", "prod", slug=slug)
    assert [problem.code for problem in settled_but_for_problems(made).problems] == [ProblemCode.AMBIGUOUS_MATCH]
    assert made.find("virtual-machine", "lab/qemu/100").tags == ("proxbox",)


def test_a_tag_that_is_restricted_later() -> None:
    """What carries it keeps it: NetBox looks at new ones only."""
    made = world(vm(tags=("prod",)))
    row = next(row for row in made.rows["tag"].values() if row.name == "prod")
    made.rows["tag"][row.id] = row.replace(fields={**row.fields, "object_types": ["dcim.site"]})
    assert made.plan().changes == ()
    assert made.plan().problems == ()


def test_a_tag_with_another_slug() -> None:
    """It is put on machines by the slug that it has."""
    made = World(lab(vm(tags=("prod",))), policy())
    made.add("tag", "prod", slug="production")
    made.settle()
    assert made.find("virtual-machine", "lab/qemu/100").tags == ("production", "proxbox")


@pytest.mark.parametrize("default", [None, "none"])
def test_a_custom_field_that_is_required(default: str | None) -> None:
    """D11: objects that would lack it are not created, unless the field has a default; what needs them waits.

    NetBox does not give the default to an object that is sent with other custom fields, as ours are.
    """
    made = World(lab(vm(), container()), policy())
    made.add("custom-field", "owner", type="text", object_types=[VM], required=True, default=default)
    plan = settled_but_for_problems(made)
    if default:
        assert plan.problems == ()
        (guest,) = (change for change in plan.changes if change.address == "virtual-machine:lab/qemu/100")
        assert [item.after for item in guest.fields if item.field == "cf_owner"] == [default]
        return
    required, *_ = (problem for problem in plan.problems if problem.code is ProblemCode.NOT_ALLOWED)
    assert required.address == "custom-field:owner"
    assert (
        "requires the custom field 'owner' of every virtual machine, and no rule gives it: 2 are not"
        in required.message
    )
    assert made.keys("virtual-machine") == set()
    assert "device:lab/node/pve1" in planned(plan)


def test_a_required_field_that_a_rule_gives() -> None:
    """Then there is no problem."""
    rule = Rule.model_validate({"set": {"custom_fields": {"owner": "ops"}}})
    made = World(lab(vm()), policy(rules=(rule,)))
    made.add("custom-field", "owner", type="text", object_types=[VM], required=True)
    assert made.plan().problems == ()


def test_a_rule_gives_what_is_required_of_the_parts_of_a_guest() -> None:
    """D11: the same rule that sets it on the guest; of a guest that has no such field it is no problem."""
    rule = Rule.model_validate({"set": {"custom_fields": {"cost_center": "17"}}})
    made = World(lab(vm()), policy(rules=(rule,)))
    parts = ["virtualization.virtualdisk", "virtualization.vminterface", "ipam.ipaddress"]
    made.add("custom-field", "cost_center", type="integer", object_types=parts, required=True)
    plan = made.apply()
    assert {problem.address for problem in plan.problems} == {"custom-field:cost_center"}  # the nodes' addresses
    for kind in ("virtual-disk:lab/qemu/100/disk/scsi0", "vm-interface:lab/qemu/100/net0"):
        (change,) = (change for change in plan.changes if change.address == kind)
        assert [item.after for item in change.fields if item.field == "cf_cost_center"] == [17]
    assert made.plan().changes == ()


def test_a_field_that_is_required_since_is_no_matter_of_what_does_not_change() -> None:
    """NetBox asks for it with the next change only."""
    made = world(vm(), container())
    made.add("custom-field", "owner", type="text", object_types=[VM], required=True)
    plan = made.plan()
    assert (plan.changes, plan.problems) == ((), ())


def test_a_change_of_an_object_that_lacks_what_is_required_since() -> None:
    """NetBox would refuse it, and a decommission as well: it is a problem, and what hangs off it is changed."""
    made = world(vm(), vm(101), container())
    made.add("custom-field", "owner", type="text", object_types=[VM], required=True)
    made = now(made, vm(memory_mib=4096, disks=(disk(gib=9),)), container())
    plan = made.apply()
    assert not [change for change in plan.changes if change.kind == "virtual-machine"]
    assert "virtual-disk:lab/qemu/100/disk/scsi0" in planned(plan)
    (problem,) = plan.problems
    assert problem.address == "custom-field:owner"
    assert "of every virtual machine, and no rule gives it: 2 without it are not changed" in problem.message
    assert made.plan().problems == (problem,)


def test_a_rule_gives_what_is_required_since() -> None:
    """To the guest, and to its parts, which NetBox would not change without."""
    made = world(vm())
    made.add("custom-field", "owner", type="text", object_types=[VM, "virtualization.virtualdisk"], required=True)
    rule = Rule.model_validate({"set": {"custom_fields": {"owner": "ops"}}})
    made = now(made, vm(memory_mib=4096, disks=(disk(gib=9),)))
    made.policy = policy(rules=(rule,))
    assert made.apply().problems == ()
    for kind, key in (("virtual-machine", "lab/qemu/100"), ("virtual-disk", "lab/qemu/100/disk/scsi0")):
        assert made.find(kind, key).fields["cf_owner"] == "ops"
    assert made.plan().changes == ()


@pytest.mark.parametrize("value", ["seventeen", "6"])
def test_a_rule_that_gives_no_fitting_value(value: str) -> None:
    """Neither one of another type nor one outside of the limits is given to the parts of a guest."""
    rule = Rule.model_validate({"set": {"custom_fields": {"cost_center": value}}})
    made = World(lab(vm()), policy(rules=(rule,)))
    parts = ["virtualization.virtualdisk"]
    limits = {"validation_minimum": 7}
    made.add("custom-field", "cost_center", type="integer", object_types=parts, required=True, **limits)
    plan = made.plan()
    assert {problem.address for problem in plan.problems} == {"custom-field:cost_center"}
    assert "virtual-disk:lab/qemu/100/disk/scsi0" not in planned(plan)


def test_a_field_that_is_required_of_shared_objects() -> None:
    """A platform that cannot be made is omitted; a tenant that is only looked up is no matter of it."""
    made = World(lab(vm()), policy(ClusterPolicy(name="lab", site="DC1", tenant="Acme")))
    kinds = ["dcim.platform", "tenancy.tenant"]
    made.add("custom-field", "owner", type="text", object_types=kinds, required=True)
    plan = made.plan()
    found = {(problem.code, str(problem.address)) for problem in plan.problems}
    assert (ProblemCode.NOT_ALLOWED, "custom-field:owner") in found
    assert (ProblemCode.REFERENCE_MISSING, "tenant:acme") in found
    (guest,) = (change for change in plan.changes if change.address == "virtual-machine:lab/qemu/100")
    assert {item.field for item in guest.fields}.isdisjoint({"platform", "tenant"})


@pytest.mark.parametrize(
    ("limits", "value", "says"),
    [
        ({"type": "integer", "validation_maximum": 5}, 6, "and NetBox takes at most 5"),
        ({"type": "integer", "validation_minimum": 7}, 6, "and NetBox takes at least 7"),
        ({"type": "text", "validation_regex": "^[A-Z]+$"}, "ops", "which its pattern '^[A-Z]+$' does not match"),
        ({"type": "text", "validation_regex": "ps"}, "ops", "which its pattern 'ps' does not match"),
        ({"type": "text", "validation_regex": "o(?!x)"}, "ops", ""),
        ({"type": "text", "validation_regex": "o"}, "ops", ""),
        ({"type": "integer", "validation_maximum": 6, "validation_minimum": 6}, 6, ""),
    ],
)
def test_a_value_that_the_field_does_not_take(limits: dict[str, Any], value: Any, says: str) -> None:
    """It is omitted, and the machine comes without; a pattern that RE2 lacks is NetBox's to judge."""
    rule = Rule.model_validate({"set": {"custom_fields": {"owner": value}}})
    made = World(lab(vm()), policy(rules=(rule,)))
    made.add("custom-field", "owner", object_types=[VM], **limits)
    messages = [problem.message for problem in not_allowed(made.plan())]
    assert bool(messages) is bool(says)
    assert all(says in message for message in messages)
    assert "virtual-machine:lab/qemu/100" in planned(made.plan())


@pytest.mark.parametrize("kind", ["platform", "device-role"])
def test_two_of_one_name(kind: str) -> None:
    """D12: NetBox has two of them, nested or of two manufacturers: the guest comes without, and all else is planned."""
    name = {"platform": "Linux (kernel 2.6 or newer)", "device-role": "Virtual Machine (QEMU)"}[kind]
    made = World(lab(vm()), policy())
    for slug in ("one", "two"):
        made.add(kind, name, slug=slug, color="9e9e9e", vm_role=True)
    plan = settled_but_for_problems(made)
    assert [problem.code for problem in plan.problems] == [ProblemCode.AMBIGUOUS_MATCH]
    field = {"platform": "platform", "device-role": "role"}[kind]
    assert made.find("virtual-machine", "lab/qemu/100").fields.get(field) is None


def test_tags_that_would_share_a_slug() -> None:
    """D13: `c` and `c++` are two tags; the second is numbered, and found by its name ever after."""
    made = World(lab(vm(100, tags=("c",)), vm(101, tags=("c++",)), vm(102, tags=("v1.2", "v1_2", "_"))), policy())
    made.settle()
    tags = {number: made.find("virtual-machine", f"lab/qemu/{number}").tags for number in (100, 101, 102)}
    assert tags == {100: ("c", "proxbox"), 101: ("c-2", "proxbox"), 102: ("_", "proxbox", "v1-2", "v1_2")}
    made = now(made, vm(101, tags=("c++",)))
    made.apply()
    assert made.find("virtual-machine", "lab/qemu/101").tags == ("c-2", "proxbox")


def test_a_tag_of_people_under_that_slug() -> None:
    """Their `C` is no `c++`; their `Production` is `production`, as the slug says it all."""
    made = World(lab(vm(tags=("c++", "production"))), policy())
    made.add("tag", "C", slug="c")
    made.add("tag", "Live systems", slug="production")
    made.settle()
    assert made.find("virtual-machine", "lab/qemu/100").tags == ("c-2", "production", "proxbox")
    assert {row.name for row in made.rows["tag"].values()} == {"C", "Live systems", "Proxbox", "c++"}
