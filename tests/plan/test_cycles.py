"""Changes that wait for each other: what can be made in two steps is, and the rest is said."""

from __future__ import annotations

from proxbox_plan.model.policy import ClusterPolicy
from proxbox_plan.model.policy.rules import Rule
from proxbox_plan.model.state import Cluster, Guest, NodeInterface
from tests.plan.lab import lab, node, now, seen, vm
from tests.plan.world import World, policy

HOME = "interface:lab/node/pve1/net"


def bridge(name: str, port: str, *addresses: str) -> NodeInterface:
    """Return a bridge with one port."""
    return NodeInterface(name=name, type="bridge", active=True, ports=(port,), addresses=addresses)


def test_new_interfaces_that_refer_to_each_other_are_linked_afterwards() -> None:
    """Two bridges, each a port of the other: one is created without it; what is only behind them is made at once."""
    links = (bridge("vmbr0", "vmbr1", "10.0.0.1/24"), bridge("vmbr1", "vmbr0"))
    above = NodeInterface(name="a.20", type="vlan", active=True, vlan_id=20, vlan_raw_device="vmbr0")
    made = World(lab(nodes=(node(interfaces=(above, *links)),)), policy())
    plan = made.apply()
    assert [change.address for change in plan.changes if change.address.is_second_pass] == [
        f"{HOME}/vmbr0#links",
        "device:lab/node/pve1#links",
    ]
    assert plan.problems == ()
    assert made.plan().changes == ()
    found = {name: made.find("interface", f"lab/node/pve1/net/{name}") for name in ("vmbr0", "vmbr1")}
    assert found["vmbr0"].fields["bridge"]["id"] == found["vmbr1"].id
    assert found["vmbr1"].fields["bridge"]["id"] == found["vmbr0"].id


def two(here: Guest, there: Guest) -> tuple[Cluster, ...]:
    """Return two clusters with a guest each."""
    first, second = (lab(guest).clusters[0] for guest in (here, there))
    other = second.model_copy(update={"name": "other", "proxmox_name": "other", "nodes": (node("px1", 9),)})
    return first, other


def test_guests_of_one_name_that_change_clusters_with_each_other() -> None:
    """Neither has its name free where it goes: one of the two goes without it meanwhile, in one plan."""
    web = vm(100, name="web")
    namesake = vm(100, name="web", uuid="namesake", vmgenid="namesake", node="px1", addresses=())
    sites = (ClusterPolicy(name="lab", site="DC1"), ClusterPolicy(name="other", site="DC2"))
    made = World(lab().model_copy(update={"clusters": two(web, namesake)}), policy(*sites))
    made.settle()
    gone, come = (
        web.model_copy(update={"node": "px1", "vmid": 7}),
        namesake.model_copy(update={"node": "pve1", "vmid": 8}),
    )
    made.state = lab().model_copy(update={"clusters": two(come, gone)})
    assert made.apply().problems == ()
    made.settle()
    assert {made.find("virtual-machine", key).name for key in ("other/qemu/7", "lab/qemu/8")} == {"web"}


def test_one_address_in_two_vrfs_that_are_swapped_is_said() -> None:
    """Neither can be put into the other VRF first: both stay as they are, and the problem says what they wait for."""
    rules = tuple(Rule.model_validate({"when": {"tag": name}, "set": {"vrf": name}}) for name in ("red", "blue"))
    shared = [seen(number, "10.0.1.1/24") for number in (100, 101)]
    red, blue = (vm(100, tags=("red",), addresses=shared[0]), vm(101, tags=("blue",), addresses=shared[1]))
    made = World(lab(red, blue), policy(rules=rules))
    for name in ("red", "blue"):
        made.add("vrf", name)
    made.settle()
    made = now(made, vm(100, tags=("blue",), addresses=shared[0]), vm(101, tags=("red",), addresses=shared[1]))
    plan = made.plan()
    assert not [change for change in plan.changes if change.kind == "ip-address"]
    assert {item.address for item in plan.problems if "dependency cycle" in item.message} == {
        f"ip-address:lab/qemu/{number}/net0/ip/10.0.1.1" for number in (100, 101)
    }


def test_names_that_went_round_go_back() -> None:
    """Undone, each has its own again: one of them gives its name up in between, as on the way there."""
    made = World(lab(*(vm(number) for number in (100, 101, 102))), policy())
    made.settle()
    taken = {100: "vm-101", 101: "vm-102", 102: "vm-100"}
    made = now(made, *(vm(number, name=name) for number, name in taken.items()))
    undone = made.undo(made.outcome(made.plan()))
    assert undone.problems == ()
    found = {number: made.find("virtual-machine", f"lab/qemu/{number}").name for number in taken}
    assert found == {number: f"vm-{number}" for number in taken}
