"""Interfaces that people documented: what NetBox takes of Proxmox's view of them, and what stays as it is."""

from __future__ import annotations

from typing import Any

import pytest

from proxbox_plan.model.kind import Owner
from proxbox_plan.model.plan import Plan
from proxbox_plan.model.state import NodeInterface
from tests.plan.lab import lab, nic, node, vm
from tests.plan.test_validate import not_allowed, settled_but_for_problems
from tests.plan.world import World, policy

BRIDGE = "interface:lab/node/pve1/net/vmbr0"


def documented(name: str, port: dict[str, Any], *interfaces: NodeInterface, **options: Any) -> World:
    """Return a NetBox in which people documented a port of the node pve1."""
    nodes = (node(interfaces=interfaces), node("pve2", 2)) if interfaces else (node(), node("pve2", 2))
    made = World(lab(vm(), nodes=nodes), policy(**options))
    site = made.add("site", "DC1", slug="dc1")
    device = made.add("device", "pve1", site=made.ref("site", site.id), status="active")
    made.add("interface", name, device=made.ref("device", device.id), enabled=True, **port)
    return made


def written(plan: Plan, address: str) -> dict[str, tuple[Any, Any]]:
    """Return the fields a plan writes to an object."""
    return {item.field: (item.before, item.after) for c in plan.changes if c.address == address for item in c.fields}


@pytest.mark.parametrize("name", ["vmbr0", "bond0"])
def test_a_port_that_people_connected_keeps_its_type(name: str) -> None:
    """NetBox has a cable on ports only; the bridge and its bond come without being called so, and all else is as is."""
    made = documented(name, {"type": "1000base-t", "_occupied": True})
    plan = settled_but_for_problems(made)
    (problem,) = not_allowed(plan)
    assert problem.address == f"interface:lab/node/pve1/net/{name}"
    assert "NetBox has a cable on it" in problem.message
    assert "keeps the type '1000base-t'" in problem.message
    assert "type" not in written(plan, problem.address)
    assert f"lab/node/pve1/net/{name}" in made.keys("interface")


def test_a_bridge_without_a_cable_gets_its_type() -> None:
    """Proxmox says what it is."""
    made = documented("vmbr0", {"type": "1000base-t", "_occupied": False})
    plan = made.plan()
    assert (written(plan, BRIDGE)["type"], plan.problems) == (("1000base-t", "bridge"), ())


def test_a_type_that_people_keep_is_no_problem() -> None:
    """With `owners` it stays, so that nothing is refused."""
    made = documented(
        "vmbr0", {"type": "1000base-t", "_occupied": True}, owners={"interface": {"type": Owner.CREATE_ONLY}}
    )
    assert made.plan().problems == ()


VLAN_PORT = NodeInterface(name="eno1.40", type="vlan", active=True, vlan_raw_device="eno1", vlan_id=40)
PORT = NodeInterface(name="eno1", type="eth", active=True)


def test_a_vlan_interface_that_people_connected() -> None:
    """What stays a port in NetBox is on no other interface there."""
    made = documented("eno1.40", {"type": "1000base-t", "_occupied": True}, PORT, VLAN_PORT)
    plan = settled_but_for_problems(made)
    assert [problem.message.partition(",")[0] for problem in sorted(not_allowed(plan), key=lambda p: p.message)] == [
        "pve1 eno1.40 is of the type 'virtual' in Proxmox",
        "pve1 eno1.40 is on 'eno1' in Proxmox",
    ]
    assert made.find("interface", "lab/node/pve1/net/eno1.40").fields.get("parent") is None


def test_a_channel_of_a_port_stays_on_it() -> None:
    """NetBox 4.7 has channels, which are ports on a port."""
    made = documented("eno1", {"type": "1000base-t"}, PORT, VLAN_PORT, owners={"interface": {"type": Owner.NETBOX}})
    (port,) = made.rows["interface"].values()
    device = port.fields["device"]
    made.add("interface", "eno1.40", device=device, type="1000base-t", parent=made.ref("interface", port.id))
    assert made.plan().problems == ()


def test_a_bond_on_what_people_call_virtual() -> None:
    """NetBox takes it into none."""
    made = documented("nic0", {"type": "virtual"})
    (problem,) = not_allowed(settled_but_for_problems(made))
    assert "pve1 nic0 is in the bond 'bond0' in Proxmox" in problem.message


def test_a_mode_without_tagged_vlans_says_that_there_are_none() -> None:
    """NetBox refuses the mode beside them, or clears them in silence: the plan shows it."""
    made = documented("vmbr0", {"type": "bridge", "mode": "tagged"})
    vlan = made.add("vlan", "theirs", vid=30)
    (port,) = made.rows["interface"].values()
    made.rows["interface"][port.id] = port.replace(fields={**port.fields, "tagged_vlans": [made.ref("vlan", vlan.id)]})
    plan = made.plan()
    found = written(plan, BRIDGE)
    assert (found["mode"], found["tagged_vlans"][1]) == (("tagged", "tagged-all"), [])
    made.policy = policy(owners={"interface": {"mode": Owner.NETBOX}})
    assert "tagged_vlans" not in written(made.plan(), BRIDGE)


def test_a_nic_that_people_made_one_of_q_in_q() -> None:
    """Its VLANs stay as they are: the switch knows of the service VLAN, and Proxmox does not."""
    made = World(lab(vm(nics=(nic(100, tag=20),))), policy())
    made.settle()
    made.edit("vm-interface", "lab/qemu/100/net0", mode="q-in-q", untagged_vlan=None)
    plan = made.plan()
    (problem,) = not_allowed(plan)
    assert "has the mode 'access' in Proxmox, and NetBox has it as Q-in-Q" in problem.message
    assert plan.changes == ()
