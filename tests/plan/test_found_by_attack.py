"""What a hostile tester broke: each test is one break, as small as it gets."""

from __future__ import annotations

from typing import Any

import pytest

from proxbox_plan.model.inventory import Lookup
from proxbox_plan.model.kind import OnMissing
from proxbox_plan.model.plan import Action, Plan
from proxbox_plan.model.policy import ClusterPolicy, NodeRule, Rule
from proxbox_plan.model.problem import ProblemCode
from proxbox_plan.model.state import Guest
from tests.plan.lab import container, lab, nic, node, now, offline, seen, silent, vm, world
from tests.plan.world import World, asked, fields_of, policy, summary

VERSIONS = ("4.2.9", "4.7.3")
HELD = "10.0.1.100/24"


def at(vmid: int, *addresses: str, **fields: Any) -> Guest:
    """Return a guest that shows these addresses on its first NIC."""
    return vm(vmid, addresses=seen(vmid, *addresses), **fields)


def other(**fields: Any) -> Guest:
    """Return another guest with the vmid 100."""
    sound: dict[str, Any] = {
        "name": "other",
        "uuid": "99999999-0000-4000-8000-000000000100",
        "vmgenid": "99999999-1111-4000-8000-000000000100",
        "addresses": seen(100, "10.0.1.9/24"),
    }
    return vm(100, **(sound | fields))


def sound(plan: Plan) -> Plan:
    """Check that whatever a change refers to by address is created by the plan, or has an id: an apply refuses else."""
    created = {change.address for change in plan.changes if change.action is Action.CREATE}
    for change in plan.changes:
        for item in change.fields:
            ref = item.after
            if isinstance(ref, dict) and "address" in ref and ref.get("id") is None:
                assert ref["address"] in created, f"{change.address} refers to {ref['address']}"
    return plan


# Promise 6: vmids that are reused


def test_a_vmid_that_is_reused_twice() -> None:
    """A retired machine was judged as a part of the guest that is replaced: every later plan ended in IndexError."""
    made = now(world(vm(100)), other())
    made.apply()
    third = "33333333-0000-4000-8000-000000000100"
    made = now(made, vm(100, name="third", uuid=third, vmgenid=None, addresses=seen(100, "10.0.1.8/24")))
    made.apply()
    keys = made.keys("virtual-machine")
    assert keys == {"lab/qemu/100", "lab/qemu/100~00000000", "lab/qemu/100~99999999"}
    assert made.plan().changes == ()


def test_a_machine_in_use_and_its_guest_twice() -> None:
    """Two machines of one guest were set apart under one key and one name, which NetBox has once."""
    made = now(world(vm(100)), other())
    made.apply()
    made.tag("virtual-machine", "lab/qemu/100~00000000", "proxbox-protect")
    for guest in (vm(100), other(), vm(100)):
        made = now(made, guest)
        made.apply()
        assert made.plan().changes == ()
        rows = made.rows["virtual-machine"].values()
        assert len({row.key for row in rows}) == len({row.name for row in rows}) == len(rows)


def test_two_guests_restored_from_one_that_was_replaced() -> None:
    """Both were the same machine: the plan could not be applied. The first one is, the second one is new."""
    made = now(world(vm(100)), other())
    number = made.find("virtual-machine", "lab/qemu/100").id
    made.apply()
    back = [vm(vmid, name=f"r{vmid}", uuid=vm(100).uuid, vmgenid=None) for vmid in (107, 108)]
    made = now(made, other(), *back)
    sound(made.plan())
    made.apply()
    assert made.find("virtual-machine", "lab/qemu/107").id == number
    assert made.find("virtual-machine", "lab/qemu/108").id != number
    assert made.plan().changes == ()


@pytest.mark.parametrize("revived", [False, True])
def test_a_new_guest_has_an_address_of_the_one_it_replaced_on_another_nic(*, revived: bool) -> None:
    """The machine that is set apart keeps its primary address, and NetBox moves none."""
    first = vm(100, nics=(nic(100), nic(100, 1)), addresses=seen(100, HELD, number=1))
    made = world(*((other(),) if revived else (first,)))
    if revived:
        made = now(made, first)
        made.apply()
    made = now(made, other(addresses=seen(100, HELD)))
    made.apply()
    assert made.plan().changes == ()


def test_undo_of_a_vmid_that_was_reused() -> None:
    """The parts of the new guest go before those of the old one come back: NetBox has each key once."""
    made = now(world(vm(100)), other())
    made.apply()
    made = now(made, vm(100))
    undone = made.undo(made.outcome(made.plan()))
    assert undone.problems == ()
    carried: set[tuple[str, str]] = set()
    for change in reversed(undone.changes):  # what is written later must not be held by what gives up even later
        before = getattr(change, "ownership_before", None)
        key = getattr(change, "key", None)
        if change.action is not Action.DELETE and key is not None and (before is None or before.key != key):
            assert (change.kind, key) not in carried, f"{change.address} takes a key before it is free"
        if before is not None and (change.action is Action.DELETE or before.key != key):
            carried.add((change.kind, before.key))


def test_a_guest_that_gets_another_vmid_while_its_own_is_reused_has_its_machine() -> None:
    """Between two plans a guest was restored as 107 and another one got 100."""
    made = world(vm(100))
    number = made.find("virtual-machine", "lab/qemu/100").id
    made = now(made, other(), vm(107, name="vm-100", uuid=vm(100).uuid, vmgenid=vm(100).vmgenid))
    made.apply()
    assert made.find("virtual-machine", "lab/qemu/107").id == number
    assert made.find("virtual-machine", "lab/qemu/100").id != number
    assert made.plan().changes == ()


# Promise 5: tags


@pytest.mark.parametrize(
    ("first", "second", "slugs"),
    [("c++", "c", ("c", "c-2")), ("C#", "c", ("c", "c-2")), ("v1.2", "v1-2", ("v1-2", "v1-2-2"))],
)
def test_a_tag_that_came_first(first: str, second: str, slugs: tuple[str, str]) -> None:
    """`c++` has the slug `c` when it comes first: a guest with `c` got `c++` then."""
    made = World(lab(vm(100, tags=(first,))), policy())
    made.settle()
    for guests in ((vm(50, tags=(second,)),), (vm(50, tags=(second,)), vm(100, tags=(first,)))):
        made = now(made, *guests)
        made.apply()
        assert set(made.find("virtual-machine", "lab/qemu/50").tags) == {slugs[1], "proxbox"}
        assert made.plan().changes == ()
    assert set(made.find("virtual-machine", "lab/qemu/100").tags) == {slugs[0], "proxbox"}


def test_a_tag_that_is_called_like_a_number_of_another() -> None:
    """`c` and `C#` have `c` and `c-2`; then comes `c-2`."""
    made = World(lab(vm(100, tags=("C#", "c"))), policy())
    made.settle()
    made = now(made, vm(100), vm(101, tags=("c-2",)))
    made.apply()
    names = {row.fields["slug"]: row.name for row in made.rows["tag"].values()}
    tags = made.find("virtual-machine", "lab/qemu/101").tags
    assert [names[tag] for tag in tags if tag != "proxbox"] == ["c-2"]


def test_a_tag_of_people_with_spaces() -> None:
    """Their `Web Server` is `web-server`."""
    made = World(lab(vm(tags=("web-server",))), policy())
    made.add("tag", "Web Server", slug="web-server")
    made.settle()
    assert made.find("virtual-machine", "lab/qemu/100").tags == ("proxbox", "web-server")


# Promise 4: addresses that are on another NIC or guest now

NEXT = "10.0.1.101/24"
MOVES: dict[str, tuple[tuple[Guest, ...], tuple[Guest, ...]]] = {
    "swap": ((vm(100), vm(101)), (at(100, NEXT), at(101, HELD))),
    "ring": ((vm(100), vm(101), vm(102)), (at(100, NEXT), at(101, "10.0.1.102/24"), at(102, HELD))),
    "gone": ((vm(100), vm(101)), (at(101, NEXT, HELD),)),
    "gone, as the primary one": ((vm(100), vm(101)), (at(101, HELD),)),
    "chain behind one that is gone": ((vm(100), vm(101), vm(102)), (at(101, HELD), at(102, NEXT))),
    "to one with its name": ((vm(100), vm(101)), (at(101, HELD, name="vm-100"),)),
}


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("name", MOVES)
def test_undo_of_moves(name: str, version: str) -> None:
    """Each ended in a dependency cycle, and was not reverted."""
    before, after = MOVES[name]
    made = World(lab(*before), policy(), version)
    made.settle()
    number = made.find("ip-address", "lab/qemu/100/net0/ip/10.0.1.100").id
    primaries = {str(row.key): row.fields["primary_ip4"]["name"] for row in made.rows["virtual-machine"].values()}
    made = now(made, *after)
    undone = made.undo(made.outcome(made.plan()))
    assert undone.problems == ()
    assert made.find("ip-address", "lab/qemu/100/net0/ip/10.0.1.100").id == number
    for key, primary in primaries.items():
        assert made.find("virtual-machine", key).fields["primary_ip4"]["name"] == primary
    made = now(made, *before)
    assert [change for change in made.plan().changes if change.action is not Action.UPDATE] == []


def test_undo_of_a_move_to_a_new_guest() -> None:
    """The guest that is deleted gives its primary address up first."""
    made = now(world(vm(100), vm(101)), at(101, NEXT), at(102, HELD))
    number = made.find("ip-address", "lab/qemu/100/net0/ip/10.0.1.100").id
    assert made.undo(made.outcome(made.plan())).problems == ()
    assert made.find("virtual-machine", "lab/qemu/100").fields["primary_ip4"]["id"] == number
    assert made.keys("virtual-machine") == {"lab/qemu/100", "lab/qemu/101"}


def test_a_primary_address_that_moves_while_its_successor_cannot_be() -> None:
    """The new address of the first guest may still be another's: its links are omitted, with them the release."""
    made = world(vm(100), vm(101), vm(102))
    made = now(made, at(100, "10.0.1.102/24"), at(101, NEXT, HELD), silent(vm(102)))
    made.apply()
    assert made.plan().changes == ()


def test_a_primary_address_of_a_machine_that_nothing_is_written_to_stays() -> None:
    """Its new name is another machine's: it keeps its primary address, and the other guest comes without it."""
    made = world(vm(100), vm(101))
    cluster = made.find("cluster", "lab/cluster")
    made.add("virtual-machine", "taken", cluster=made.ref("cluster", cluster.id), status="active")
    made = now(made, at(100, "10.0.1.9/24", name="taken"), at(101, NEXT, HELD))
    plan = sound(made.apply())
    assert "ip-address:lab/qemu/101/net0/ip/10.0.1.100" in {problem.address for problem in plan.problems}
    assert made.find("virtual-machine", "lab/qemu/100").fields["primary_ip4"]["name"] == HELD
    assert made.plan().changes == ()


def test_two_guests_that_show_the_address_of_a_third() -> None:
    """In a VRF where that may be: both were the same object, and the plan could not be applied."""
    made = World(lab(vm(100), vm(101), vm(102)), policy(ClusterPolicy(name="lab", site="DC1", vrf="red")))
    made.add("vrf", "red", enforce_unique=False)
    made.settle()
    made = now(made, at(100, "10.0.1.9/24"), at(101, HELD), at(102, HELD))
    made.apply()
    assert {"lab/qemu/101/net0/ip/10.0.1.100", "lab/qemu/102/net0/ip/10.0.1.100"} <= made.keys("ip-address")
    numbers = [row.id for row in made.rows["ip-address"].values() if row.name == HELD]
    assert len(set(numbers)) == len(numbers) == 2
    assert made.plan().changes == ()


def test_a_primary_address_stays_where_its_move_is_refused() -> None:
    """Its new prefix length makes it a network's own address: it is not moved, and is no loss for the first guest."""
    made = world(at(100, "10.0.1.128/24"), vm(101))
    made = now(made, at(100, "2001:db8::9/64"), at(101, NEXT, "10.0.1.128/25"))
    plan = made.plan()
    assert ProblemCode.NOT_ALLOWED in {problem.code for problem in plan.problems}
    assert "primary_ip4" not in fields_of(plan, "virtual-machine:lab/qemu/100#links")


def test_a_vmid_that_is_reused_where_machines_are_deleted() -> None:
    """With `on_missing: delete` the second plan still holds a change."""
    made = now(world(vm(100), on_missing={"virtual-machine": OnMissing.DELETE}), other())
    made.apply()
    assert made.plan().changes == ()


# Promise 3: what NetBox would refuse


def test_a_prefix_length_that_makes_it_a_networks_own() -> None:
    """10.0.1.128/24 is a host, 10.0.1.128/25 is none: an address that is there is judged again when it changes."""
    made = now(world(at(100, "10.0.1.128/24")), at(100, "10.0.1.128/25"))
    plan = made.plan()
    assert plan.changes == ()
    assert [problem.code for problem in plan.problems] == [ProblemCode.NOT_ALLOWED]


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("kind", ["virtualization.vminterface", "dcim.interface", "ipam.vlangroup", "dcim.macaddress"])
def test_a_required_field_of_what_addresses_hang_off(kind: str, version: str) -> None:
    """The primary address was still planned, and the plan could not be applied at all."""
    made = World(lab(vm(), container()), policy(), version)
    made.add("custom-field", "cc", type="text", object_types=[kind], required=True)
    sound(made.plan())
    made.apply()
    assert made.plan().changes == ()


def test_two_vlan_groups_of_one_name() -> None:
    """NICs come without the VLAN; before, the plan could not be applied at all."""
    made = World(lab(vm()), policy(ClusterPolicy(name="lab", site="DC1", vlan_group="Servers")))
    for slug in ("one", "two"):
        made.add("vlan-group", "Servers", slug=slug, vid_ranges=[[1, 4094]])
    sound(made.plan())
    made.apply()
    assert made.find("vm-interface", "lab/qemu/100/net0").fields.get("untagged_vlan") is None
    assert made.plan().changes == ()


POPULATED: dict[str, tuple[tuple[Guest, ...], tuple[Guest, ...]]] = {
    "the guest that replaced it": ((vm(100), vm(101)), (other(addresses=seen(100, HELD)), vm(101))),
    "another guest than the replaced": ((vm(100), vm(101)), (other(), at(101, NEXT, HELD))),
}


@pytest.mark.parametrize("name", POPULATED)
def test_an_address_in_a_populated_range_is_not_deleted_for_nothing(name: str) -> None:
    """NetBox creates none there: what is there stays."""
    before, after = POPULATED[name]
    made = world(*before)
    made.add("ip-range", "10.0.1.1/24", end_address="10.0.1.200/24", mark_populated=True)
    made = now(made, *after)
    deleted = [address for action, address, _ in summary(made.plan()) if action == "delete"]
    assert not any(address.startswith("ip-address:") and "10.0.1.100" in address for address in deleted)


def test_an_address_of_a_guest_that_a_node_has_now_in_a_populated_range() -> None:
    """A node takes none over, and NetBox would create none again: it stays with the guest."""
    made = world(at(100, "10.0.0.77/24"))
    made.add("ip-range", "10.0.0.1/24", end_address="10.0.0.200/24", mark_populated=True)
    first = node()
    bridge = first.interfaces[-1].model_copy(update={"addresses": ("10.0.0.1/24", "10.0.0.77/24")})
    first = first.model_copy(update={"interfaces": (*first.interfaces[:-1], bridge)})
    made = now(made, at(100, "10.0.1.9/24"), nodes=(first, node("pve2", 2)))
    assert not [item for item in summary(made.plan()) if item[0] == "delete"]


def documented(made: World, **cluster: Any) -> World:
    """Let people document the cluster without a scope, and the machine of the guest at another site."""
    sites = {name: made.add("site", name, slug=name.lower(), status="active") for name in ("DC1", "DC2")}
    row = made.add("cluster", "labcluster", status="active", **cluster)
    made.add(
        "virtual-machine",
        "vm-100",
        cluster=made.ref("cluster", row.id),
        site=made.ref("site", sites["DC2"].id),
        status="active",
    )
    return made


def test_adopting_a_cluster_without_a_scope_moves_no_machine() -> None:
    """People filed a machine of it at DC2, and a scope would overwrite that: the cluster keeps none."""
    made = documented(World(lab(vm()), policy()))
    assert "scope" not in fields_of(made.plan(), "cluster:lab/cluster")


def test_adopting_a_cluster_with_a_host_at_another_site() -> None:
    """NetBox would refuse a scope then: the cluster keeps none."""
    made = documented(World(lab(vm()), policy()))
    cluster = next(iter(made.rows["cluster"].values()))
    site = next(row for row in made.rows["site"].values() if row.name == "DC2")
    made.add("device", "old-host", cluster=made.ref("cluster", cluster.id), site=made.ref("site", site.id))
    assert "scope" not in fields_of(made.plan(), "cluster:lab/cluster")


@pytest.mark.parametrize("people", [False, True])
def test_a_machine_and_its_node_at_two_sites(*, people: bool) -> None:
    """Of a cluster without a scope NetBox still compares the sites of a machine and of the device it is on."""
    rules = (NodeRule.model_validate({"when": {"name": "pve1"}, "set": {"site": "DC1" if people else "DC2"}}),)
    made = World(lab(vm()), policy(ClusterPolicy(name="lab", site="DC1", cluster_scope="none"), node_rules=rules))
    if people:
        documented(made)
    plan = made.plan()
    assert "device" not in fields_of(plan, "virtual-machine:lab/qemu/100")
    assert plan.problems != ()


def test_an_adopted_machine_that_lacks_a_required_field() -> None:
    """The field was made required after the machine was made: only new objects are judged."""
    made = documented(World(lab(vm()), policy()))
    made.add("custom-field", "team", type="text", object_types=["virtualization.virtualmachine"], required=True)
    assert "custom-field:team" in {problem.address for problem in made.plan().problems}


def test_a_platform_that_is_limited_to_another_manufacturer() -> None:
    """NetBox takes it on devices of that one's types only: the nodes come without it."""
    made = World(lab(vm()), policy())
    maker = made.add("manufacturer", "Acme", slug="acme")
    made.add("platform", "Proxmox VE 9", slug="proxmox-ve-9", manufacturer=made.ref("manufacturer", maker.id))
    assert "platform" not in fields_of(made.plan(), "device:lab/node/pve1")


def test_a_vlan_name_that_the_group_has_already() -> None:
    """NetBox has a name once in a group, too; the VLAN fails, and the NIC with its address is blocked."""
    made = World(lab(vm()), policy(ClusterPolicy(name="lab", site="DC1", vlan_group="Servers")))
    group = made.add("vlan-group", "Servers", slug="servers", vid_ranges=[[1, 4094]])
    made.add("vlan", "VLAN 20", vid=30, group=made.ref("vlan-group", group.id), status="active")
    made.apply()
    assert len({row.name for row in made.rows["vlan"].values()}) == len(made.rows["vlan"])
    assert "lab/qemu/100/net0/ip/10.0.1.100" in made.keys("ip-address")
    assert made.plan().changes == ()


def test_a_cluster_group_that_has_a_cluster_of_the_name() -> None:
    """NetBox has a name once in a cluster group, too; the cluster fails, and all of it is blocked."""
    made = World(lab(vm()), policy(ClusterPolicy(name="lab", site="DC1", cluster_group="G")))
    group = made.add("cluster-group", "G", slug="g")
    site = made.add("site", "DC2", slug="dc2", status="active")
    made.add("cluster", "labcluster", group=made.ref("cluster-group", group.id), scope=made.ref("site", site.id))
    assert "group" not in fields_of(made.plan(), "cluster:lab/cluster")


def test_a_location_of_another_site_than_the_device_has() -> None:
    """People moved the device to DC2; then a rule gives it a location of DC1."""
    made = World(lab(vm()), policy(ClusterPolicy(name="lab", site="DC1", cluster_scope="none")))
    made.settle()
    other_site = made.add("site", "DC2", slug="dc2", status="active")
    first = next(row for row in made.rows["site"].values() if row.name == "DC1")
    made.add("location", "Room 1", slug="room-1", site=made.ref("site", first.id))
    made.edit("device", "lab/node/pve1", site=made.ref("site", other_site.id))
    made.policy = policy(
        ClusterPolicy(name="lab", site="DC1", cluster_scope="none"),
        node_rules=(NodeRule.model_validate({"set": {"location": "Room 1"}}),),
    )
    changed = {change.address: change for change in made.plan().changes}
    fields = changed.get("device:lab/node/pve1")  # type: ignore[call-overload]
    assert fields is None or "location" not in {item.field for item in fields.fields}


def test_a_site_that_the_location_which_people_gave_is_not_in() -> None:
    """A rule moves the device, and it is in a room of its old site: it stays there."""
    made = World(lab(vm()), policy(ClusterPolicy(name="lab", site="DC1", cluster_scope="none")))
    made.settle()
    first = next(row for row in made.rows["site"].values() if row.name == "DC1")
    room = made.add("location", "Room 1", slug="room-1", site=made.ref("site", first.id))
    made.edit("device", "lab/node/pve1", location=made.ref("location", room.id))
    made.policy = policy(
        ClusterPolicy(name="lab", site="DC1", cluster_scope="none"),
        node_rules=(NodeRule.model_validate({"set": {"site": "DC2"}}),),
    )
    assert Lookup("location", "id", str(room.id)) in asked(made)
    plan = made.plan()
    assert "device:lab/node/pve2" in {change.address for change in plan.changes}
    assert "device:lab/node/pve1" not in {change.address for change in plan.changes}
    assert "the node stays at its site" in next(item.message for item in plan.problems)


def test_a_cluster_that_is_renamed_in_a_group_which_has_the_name() -> None:
    """People put it there: it keeps its name."""
    made = world(vm())
    group = made.add("cluster-group", "G", slug="g")
    made.edit("cluster", "lab/cluster", group=made.ref("cluster-group", group.id))
    made.add("cluster", "renamed", group=made.ref("cluster-group", group.id))
    made.policy = policy(ClusterPolicy(name="lab", site="DC1", netbox_name="renamed"))
    assert Lookup("cluster", "name", "renamed") in asked(made)
    plan = made.plan()
    assert plan.changes == ()
    assert ["the cluster keeps its name" in problem.message for problem in plan.problems] == [True]


def test_a_port_that_people_called_virtual() -> None:
    """NetBox takes no virtual interface into a bond."""
    made = world(vm())
    made.edit("interface", "lab/node/pve1/net/nic0", type="virtual", lag=None)
    made.rewrite("interface", "lab/node/pve1/net/nic0", key=None, last_applied=None)
    assert "lag" not in fields_of(made.plan(), "interface:lab/node/pve1/net/nic0")


# Promise 7: ignorance


@pytest.mark.parametrize("name", MOVES)
def test_nothing_moves_while_it_may_be_where_it_was(name: str) -> None:
    """With silent agents or a node that is down no address is moved or deleted."""
    before, after = MOVES[name]
    made = world(*before)
    quiet = [silent(guest) for guest in before]
    for guests, fields in ((quiet, {}), (before, {"nodes": (offline("pve1"), node("pve2", 2))})):
        then = now(made, *guests, **fields)
        assert {change.action for change in then.plan().changes} <= {Action.UPDATE}
    mixed = [silent(guest) for guest in before if guest.vmid == 100] + [guest for guest in after if guest.vmid != 100]
    then = now(made, *mixed)
    assert ("move", "ip-address:lab/qemu/101/net0/ip/10.0.1.100") not in [item[:2] for item in summary(then.plan())]


def test_a_rule_that_gives_a_required_field() -> None:
    """Held: what a rule gives counts for all parts of a guest, on both versions."""
    rule = Rule.model_validate({"set": {"custom_fields": {"cc": "x"}}})
    for version in VERSIONS:
        made = World(lab(vm()), policy(rules=(rule,)), version)
        made.add("custom-field", "cc", type="text", object_types=["virtualization.vminterface"], required=True)
        sound(made.plan())
