"""The VLAN of a NIC: by its tag, its vnet and its bridge; inside of another one, and while a source is unknown."""

from __future__ import annotations

from typing import Any

import pytest

from proxbox_plan.core.address import Address
from proxbox_plan.model.policy import AddressRule, ClusterPolicy, Condition, Rule, Scope, Targets
from proxbox_plan.model.policy.areas import Areas
from proxbox_plan.model.policy.rules import AddressCondition, AddressTargets
from proxbox_plan.model.state import Coverage, Guest, Incomplete, Node, NodeCoverage, NodeInterface
from proxbox_plan.model.state.coverage import COMPLETE
from proxbox_plan.model.state.sdn import Sdn, SdnVnet, SdnZone
from tests.plan.lab import incomplete, lab, nic, node, now, vm
from tests.plan.world import World, fields_of, policy

NIC = "vm-interface:lab/qemu/100/net0"
ASKED = Areas(sdn=True)
ZONES = (
    SdnZone(name="vz", type="vlan", bridge="vmbr0"),
    SdnZone(name="qz", type="qinq", bridge="vmbr0", tag=777),
    SdnZone(name="vx", type="vxlan"),
    SdnZone(name="sz", type="simple"),
)
OFFICE = SdnVnet(name="office", zone="vz", tag=30)


def sdn(*vnets: SdnVnet, coverage: Coverage = COMPLETE, zones: tuple[SdnZone, ...] = ZONES) -> Sdn:
    """Return the SDN of a cluster."""
    return Sdn(zones=zones, vnets=vnets, coverage=coverage, pending_coverage=COMPLETE)


def on(bridge: str | None, tag: int | None = None, **fields: Any) -> Guest:
    """Return a guest with one NIC on a bridge or vnet."""
    return vm(nics=(nic(100, bridge=bridge, tag=tag, **fields),))


def host(*interfaces: NodeInterface, **fields: Any) -> tuple[Node, ...]:
    """Return nodes with more interfaces."""
    return node(interfaces=(*node().interfaces, *interfaces), **fields), node("pve2", 2)


def port(name: str, vid: int | None = None) -> NodeInterface:
    """Return a port, or a VLAN on one."""
    kind = "eth" if vid is None else "vlan"
    return NodeInterface(
        name=name, type=kind, active=True, vlan_id=vid, vlan_raw_device=None if vid is None else "nic0"
    )


def bridge(name: str, *ports: str, type: str = "bridge") -> NodeInterface:  # noqa: A002 # as the state calls it
    """Return a bridge."""
    return NodeInterface(name=name, type=type, active=True, ports=ports)


def settled(guest: Guest, areas: Areas = ASKED, rules: tuple[Rule, ...] = (), **fields: Any) -> World:
    """Return a NetBox that agrees."""
    made = World(lab(guest, **fields), policy(areas=areas, rules=rules))
    made.settle()
    return made


def vlan(made: World, field: str = "untagged_vlan") -> Any:
    """Return id and service VLAN of the VLAN that NetBox has the NIC in; of tagged ones all of them."""
    found = made.find("vm-interface", "lab/qemu/100/net0").fields.get(field)
    return [_place(made, item) for item in found] if isinstance(found, list) else found and _place(made, found)


def _place(made: World, ref: dict[str, Any]) -> tuple[int, int | None]:
    fields = made.rows["vlan"][ref["id"]].fields
    service = fields.get("qinq_svlan")
    return fields["vid"], made.rows["vlan"][service["id"]].fields["vid"] if service else None


def names(made: World) -> dict[str, str]:
    """Return the names of the VLANs by key."""
    return {str(row.key): row.name for row in made.rows["vlan"].values()}


@pytest.mark.parametrize(
    ("guest", "vnet", "expected"),
    [
        (on("office"), OFFICE, (30, None)),
        (on("office", 5), OFFICE.model_copy(update={"vlanaware": True}), (5, 30)),
        (on("inner"), SdnVnet(name="inner", zone="qz", tag=5), (5, 777)),
        (on("inner", 9), SdnVnet(name="inner", zone="qz", tag=5, vlanaware=True), (5, 777)),
        (on("far"), SdnVnet(name="far", zone="vx", tag=100), None),
        (on("far", 5), SdnVnet(name="far", zone="vx", tag=100, vlanaware=True), (5, None)),
        (on("flat"), SdnVnet(name="flat", zone="sz"), None),
        (on("odd"), SdnVnet(name="odd", zone="vz", tag=5000), None),
        (on("vmbr0", 20), OFFICE, (20, None)),
        (on("vmbr0"), OFFICE, None),
        (on(None), OFFICE, None),
        (on("gone"), OFFICE, None),
    ],
)
def test_the_vlan_of_a_vnet(guest: Guest, vnet: SdnVnet, expected: tuple[int, int | None] | None) -> None:
    """Of a vlan zone its tag, of a qinq zone inside of the zone's; of the other types none."""
    made = settled(guest, sdn=sdn(vnet))
    assert vlan(made) == expected
    mode = made.find("vm-interface", "lab/qemu/100/net0").fields.get("mode")
    assert mode == ("access" if expected else None)


@pytest.mark.parametrize(
    ("interfaces", "guest", "expected"),
    [
        ((bridge("vmbr40", "nic0.40"), port("nic0.40", 40)), on("vmbr40"), (40, None)),
        ((bridge("vmbr40", "up40"), port("up40", 40)), on("vmbr40"), (40, None)),
        ((bridge("vmbr40", "bond0.40"),), on("vmbr40"), (40, None)),
        ((bridge("vmbr40", "bond0.4095"),), on("vmbr40"), None),
        ((bridge("vmbr40", "nic0.40", "nic1.40"),), on("vmbr40"), (40, None)),
        ((bridge("vmbr40", "nic0.40", "nic1"), port("nic1")), on("vmbr40"), None),
        ((bridge("vmbr40", "nic0.40", "nic1.41"),), on("vmbr40"), None),
        ((bridge("vmbr40"),), on("vmbr40"), None),
        ((bridge("vmbr40", "eth.x"), port("eth.x")), on("vmbr40"), None),
        ((bridge("vmbr9", "nic0.40", type="OVSBridge"),), on("vmbr9"), None),
        ((bridge("vmbr40", "nic0.40"),), on("vmbr40", 7), (7, 40)),
        ((), on("vmbr0v20"), (20, None)),
        ((), on("vmbr0v4095"), None),
    ],
)
def test_the_vlan_of_a_bridge(
    interfaces: tuple[NodeInterface, ...], guest: Guest, expected: tuple[int, int | None] | None
) -> None:
    """All of its ports are in it; a tag on such a bridge is inside of it."""
    assert vlan(settled(guest, sdn=sdn(), nodes=host(*interfaces))) == expected


def test_trunks_are_inside_too() -> None:
    """Of a VLAN; of a vnet with Q-in-Q they would be a third level, which NetBox does not have."""
    nodes = host(bridge("vmbr40", "nic0.40"))
    made = settled(on("vmbr40", 5, trunks=((7, 8),)), sdn=sdn(), nodes=nodes)
    assert vlan(made, "tagged_vlans") == [(7, 40), (8, 40)]
    made = settled(on("inner", trunks=((7, 8),)), sdn=sdn(SdnVnet(name="inner", zone="qz", tag=5)))
    assert (vlan(made), vlan(made, "tagged_vlans")) == ((5, 777), [])


def test_one_id_in_two_networks_is_two_vlans() -> None:
    """The inner VLAN 5 of a service VLAN and the cluster's own: in groups of their own, the service VLAN marked."""
    guest = vm(nics=(nic(100, 0, bridge="inner", tag=None), nic(100, 1, bridge="vmbr0", tag=5)))
    made = settled(guest, sdn=sdn(SdnVnet(name="inner", zone="qz", tag=5, alias="Customer 5")))
    found = {str(row.key): row.fields for row in made.rows["vlan"].values()}
    assert {key: fields["group"]["name"] for key, fields in found.items()} == {
        "lab/vlan/5": "Proxmox lab",
        "lab/vlan/777": "Proxmox lab",
        "lab/vlan/777/5": "Proxmox lab Q-in-Q 777",
    }
    roles = {key: fields.get("qinq_role") for key, fields in found.items()}
    assert roles == {"lab/vlan/5": None, "lab/vlan/777": "svlan", "lab/vlan/777/5": "cvlan"}
    assert found["lab/vlan/777/5"]["description"] == "Customer 5"
    assert names(made) == {"lab/vlan/5": "VLAN 5", "lab/vlan/777": "VLAN 777", "lab/vlan/777/5": "inner"}


def test_vlans_of_a_configured_group() -> None:
    """Those inside of another one cannot be in it, as it has each id once; the service VLAN is."""
    cluster = ClusterPolicy(name="lab", site="DC1", vlan_group="Campus")
    made = World(lab(on("inner"), sdn=sdn(SdnVnet(name="inner", zone="qz", tag=5))), policy(cluster, areas=ASKED))
    made.settle()
    assert vlan(made) == (5, 777)
    groups = {row.name: row.fields["group"]["name"] for row in made.rows["vlan"].values()}
    assert groups == {"VLAN 777": "Campus", "inner": "Proxmox lab Q-in-Q 777"}


def test_a_rule_that_files_vlans() -> None:
    """The VLAN of a vnet is filed as that of a tag."""
    made = settled(on("office"), rules=(Rule(set=Targets(vlan_group="Campus")),), sdn=sdn(OFFICE))
    [row] = made.rows["vlan"].values()
    assert (row.name, row.fields["group"]["name"]) == ("office", "Campus")


def moved(vnet: SdnVnet, tag: int) -> SdnVnet:
    """Return a vnet with another tag."""
    return vnet.model_copy(update={"tag": tag})


def test_a_vnet_gets_another_tag() -> None:
    """NetBox has a name once in a group: the new VLAN has the id in its name, and keeps it."""
    made = settled(on("office"), sdn=sdn(OFFICE))
    made = now(made, on("office"), sdn=sdn(moved(OFFICE, 31)))
    made.settle()
    assert names(made) == {"lab/vlan/30": "office", "lab/vlan/31": "office 31"}


def test_two_vnets_swap_their_tags() -> None:
    """After one plan there is nothing left to do."""
    guest = vm(nics=(nic(100, 0, bridge="a", tag=None), nic(100, 1, bridge="b", tag=None)))
    first, second = SdnVnet(name="a", zone="vz", tag=30), SdnVnet(name="b", zone="vz", tag=31)
    made = settled(guest, sdn=sdn(first, second))
    made = now(made, guest, sdn=sdn(moved(first, 31), moved(second, 30)))
    made.settle()
    assert names(made) == {"lab/vlan/30": "b 30", "lab/vlan/31": "a 31"}


def test_vlans_of_people_do_not_matter() -> None:
    """One of another group may have the name of a vnet, and so may one without a group."""
    made = World(lab(on("office"), sdn=sdn(OFFICE)), policy(areas=ASKED))
    made.add("vlan", "office", vid=99, group=None)
    group = made.add("vlan-group", "Campus", slug="campus")
    made.add("vlan", "office", vid=98, group=made.ref("vlan-group", group.id))
    made.settle()
    assert names(made)["lab/vlan/30"] == "office"


def test_a_vlan_without_its_vnet_keeps_its_name() -> None:
    """The VLAN is used all the same, and no name is better; an edit of people stays."""
    made = now(settled(on("office"), sdn=sdn(OFFICE)), on("vmbr0", 30), sdn=sdn())
    assert [change.address for change in made.plan().changes] == [NIC]  # its description
    made.edit("vlan", "lab/vlan/30", name="theirs")
    plan = now(made, on("office"), sdn=sdn(OFFICE)).plan()
    assert (plan.changes, [item.field for item in plan.preserved]) == ((), ["name"])


LOST = incomplete(Incomplete.FORBIDDEN)
BRIDGED = (bridge("vmbr40", "nic0.40"),)
VNETS = (OFFICE.model_copy(update={"vlanaware": True}), SdnVnet(name="inner", zone="qz", tag=5))
UNREAD: list[dict[str, Any]] = [
    {"sdn": sdn(coverage=LOST, zones=())},
    {"sdn": None},
    {"sdn": sdn(*VNETS, coverage=LOST, zones=())},
    {"sdn": sdn(*VNETS), "nodes": (node(interfaces=(), coverage=NodeCoverage(network=LOST)), node("pve2", 2))},
    {"sdn": sdn(*VNETS), "nodes": (node("pve2", 2),)},
    {"sdn": None, "nodes": (node(interfaces=(), coverage=NodeCoverage(network=LOST)), node("pve2", 2))},
]


@pytest.mark.covering
@pytest.mark.parametrize("unread", UNREAD)
@pytest.mark.parametrize(
    "guest",
    [
        on("office"),
        on("office", 5),
        on("office", 5, trunks=((7, 8),)),
        on("office", trunks=((7, 8),)),
        on("inner"),
        on("vmbr40"),
        on("vmbr40", 7),
        on("vmbr40", 7, trunks=((8, 9),)),
        on("vmbr0", 20),
        on("vmbr0"),
    ],
)
def test_what_is_not_known_changes_no_vlan(guest: Guest, unread: dict[str, Any]) -> None:
    """Whatever NIC it is, and whatever of bridges and vnets cannot be read."""
    made = settled(guest, sdn=sdn(*VNETS), nodes=host(*BRIDGED))
    plan = now(made, guest, **{"nodes": host(*BRIDGED)} | unread).plan()
    assert [change.address for change in plan.changes if change.kind in ("vm-interface", "vlan", "vlan-group")] == []


def test_a_tag_counts_whatever_its_bridge_is() -> None:
    """It is known although the network of the node is not; a new NIC is in the VLAN of its tag."""
    dark = (node(interfaces=(), coverage=NodeCoverage(network=LOST)), node("pve2", 2))
    made = settled(on("vmbr0", 20), sdn=sdn())
    made = now(made, on("vmbr0", 21), sdn=sdn(), nodes=dark)
    made.apply()
    assert vlan(made) == (21, None)
    assert vlan(settled(on("vmbr0", 22), sdn=None, nodes=dark)) == (22, None)


def test_a_new_nic_waits_for_its_vlan_alone() -> None:
    """It is created without one, and gets it once its vnet can be read; the plan says so."""
    made = World(lab(on("office"), sdn=sdn(coverage=LOST, zones=())), policy(areas=ASKED))
    plan = made.plan()
    assert NIC in {change.address for change in plan.changes}
    assert {item.fields for item in plan.deferred if item.address == NIC} == {("mode", "untagged_vlan")}
    made.settle()
    made = now(made, on("office"), sdn=sdn(OFFICE))
    made.settle()
    assert vlan(made) == (30, None)


ADDRESS = "ip-address:lab/qemu/100/net0/ip/10.0.1.100"
NODE_ADDRESS = "ip-address:lab/node/pve1/net/vmbr40/ip/10.0.40.1"
OF_ADDRESSES = (
    AddressRule(when=AddressCondition(vlan=("30", "5", "40")), set=AddressTargets(tags="filed")),
    AddressRule(set=AddressTargets(description="in {{ address.vlan }}")),
)


def addressed(guest: Guest, **fields: Any) -> World:
    """Return a world with rules for addresses, whose NetBox agrees."""
    made = World(lab(guest, **{"sdn": sdn(*VNETS), "nodes": host(*BRIDGED)} | fields), policy(areas=ASKED))
    made.policy = made.policy.replace(address_rules=OF_ADDRESSES)
    made.settle()
    return made


@pytest.mark.parametrize(
    ("guest", "tags", "text"),
    [
        (on("office"), ("filed",), "in 30"),
        (on("inner"), ("filed",), "in 5"),
        (on("vmbr40"), ("filed",), "in 40"),
        (on("vmbr0", 30), ("filed",), "in 30"),
        (on("vmbr0"), (), "in"),
    ],
)
def test_rules_for_addresses_read_them(guest: Guest, tags: tuple[str, ...], text: str) -> None:
    """By condition, and in templates."""
    row = addressed(guest).find("ip-address", ADDRESS.partition(":")[2])
    assert (row.tags, row.fields["description"]) == (tags, text)


def test_the_address_of_a_node_on_such_a_bridge() -> None:
    """It is in the VLAN that the bridge gives its guests."""
    own = BRIDGED[0].model_copy(update={"addresses": ("10.0.40.1/24",)})
    row = addressed(on("vmbr0"), nodes=host(own)).find("ip-address", NODE_ADDRESS.partition(":")[2])
    assert (row.tags, row.fields["description"]) == (("filed",), "in 40")


def test_a_rule_for_addresses_on_a_vlan_that_is_not_known() -> None:
    """What depends on it stays as it is, and a new address comes without it; the plan says so."""
    dark = sdn(coverage=LOST, zones=())
    plan = now(addressed(on("office")), on("office"), sdn=dark, nodes=host(*BRIDGED)).plan()
    assert ADDRESS not in {change.address for change in plan.changes}
    assert {item.address: item.fields for item in plan.deferred}[Address(ADDRESS)] == ("description", "tags")
    fresh = World(lab(on("office"), sdn=dark), policy(areas=ASKED))
    fresh.policy = fresh.policy.replace(address_rules=OF_ADDRESSES)
    assert set(fields_of(fresh.plan(), ADDRESS)) == {"address", "vrf", "assigned_object", "status"}


def test_an_address_whose_vrf_depends_on_a_vlan_that_is_not_known() -> None:
    """It is not made in the wrong one, and one that is there stays in its own."""
    made = addressed(on("office"))
    made.add("vrf", "red")
    in_red = AddressRule(when=AddressCondition(vlan=30), set=AddressTargets(vrf="red"))
    made.policy = made.policy.replace(address_rules=(in_red,))
    made.settle()
    dark = now(made, on("office"), sdn=sdn(coverage=LOST, zones=()), nodes=host(*BRIDGED))
    assert dark.plan().changes == ()
    fresh = World(dark.state, made.policy)
    fresh.add("vrf", "red")
    assert ADDRESS not in {change.address for change in fresh.plan().changes}


RULES = (
    Rule(when=Condition(vlan=("30", "5")), set=Targets(role="Office", tags="office")),
    Rule(set=Targets(role="Other", description="in {{ guest.vlans|join(' ') }}")),
)


@pytest.mark.parametrize(
    ("guest", "role", "text"),
    [
        (on("office"), "Office", "in 30"),
        (on("inner"), "Office", "in 5"),
        (on("vmbr0", 30), "Office", "in 30"),
        (on("vmbr40"), "Other", "in 40"),
        (on("vmbr0"), "Other", "in"),
    ],
)
def test_rules_read_the_vlans_of_vnets_and_bridges(guest: Guest, role: str, text: str) -> None:
    """By condition, and in templates."""
    made = World(lab(guest, sdn=sdn(*VNETS), nodes=host(*BRIDGED)), policy(areas=ASKED, rules=RULES))
    found = fields_of(made.plan(), "virtual-machine:lab/qemu/100")
    assert (found["role"][1], found["description"][1].strip()) == (role, text)


def test_a_rule_on_a_vlan_that_is_not_known() -> None:
    """It decides nothing: role, tags and description stay, and a new guest waits for it."""
    made = settled(on("office"), rules=RULES, sdn=sdn(*VNETS))
    made = now(made, on("office"), sdn=sdn(coverage=LOST, zones=()))
    plan = made.plan()
    machine = Address("virtual-machine:lab/qemu/100")
    assert machine not in {change.address for change in plan.changes}
    assert {item.address: item.fields for item in plan.deferred}[machine] == ("description", "role", "tags")
    fresh = World(made.state, policy(areas=ASKED, rules=RULES)).plan()
    assert machine not in {change.address for change in fresh.changes}


@pytest.mark.parametrize("bridge", ["inner", "vmbr0"])
def test_a_tag_on_a_bridge_that_may_be_a_vnet(bridge: str) -> None:
    """In a vnet of a Q-in-Q zone it is not the VLAN: while the vnets are unknown, it decides nothing."""
    made = settled(on(bridge, 30), rules=RULES, sdn=sdn(*VNETS))
    made = now(made, on(bridge, 30), sdn=sdn(coverage=LOST, zones=()))
    machine = Address("virtual-machine:lab/qemu/100")
    assert machine not in {change.address for change in made.plan().changes}


def test_a_filter_on_a_vlan_that_is_not_known() -> None:
    """The guest is left alone, and the plan says why."""
    cluster = ClusterPolicy(name="lab", site="DC1", scope=Scope(include=(Condition(vlan=30),)))
    made = World(lab(on("office"), sdn=sdn(*VNETS)), policy(cluster, areas=ASKED))
    made.settle()
    plan = now(made, on("office", link_down=True), sdn=sdn(coverage=LOST, zones=())).plan()
    assert [change.address for change in plan.changes if "qemu" in change.address] == []
    assert {item.reason for item in plan.deferred if item.kind == "virtual-machine"} == {Incomplete.FORBIDDEN}
    assert made.plan().changes == ()


def test_a_rule_on_vlans_without_sdn() -> None:
    """What is not requested is not missing: the tags alone decide."""
    made = World(lab(on("office"), sdn=None), policy(rules=RULES))
    assert fields_of(made.plan(), "virtual-machine:lab/qemu/100")["role"][1] == "Other"
