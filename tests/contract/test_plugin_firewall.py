from __future__ import annotations

import pytest

from tests.contract.plugin import Lab
from tests.contract.plugin_rows import PROXBOX, Row

NO_SIDECAR = "The virtual machine must have a Proxbox sync-state record with a Proxmox VM ID. Run a Proxbox sync."


@pytest.mark.parametrize(
    ("path", "place"), [("rules", "zone"), ("options", "zone"), ("ipsets", "scope"), ("aliases", "scope")]
)
def test_the_firewall_of_a_guest_needs_its_sidecar(lab: Lab, path: str, place: str) -> None:
    """And a vmid in it."""
    bare = lab.netbox.machine()["id"]
    refusal = {"virtual_machine": [NO_SIDECAR]}
    assert lab.refused(f"firewall/{path}", virtual_machine=bare, **{place: "vm_qemu"}) == refusal
    lab.netbox.create(f"{PROXBOX}/sync-state/virtual-machines", virtual_machine=bare)
    assert lab.refused(f"firewall/{path}", virtual_machine=bare, **{place: "vm_lxc"}) == refusal


@pytest.mark.parametrize("path", ["rules", "options", "ipsets", "aliases"])
def test_without_its_sidecar_nothing_is_written_to_the_firewall_of_a_guest(lab: Lab, path: str) -> None:
    """A status neither; it can be deleted."""
    where = f"{PROXBOX}/firewall/{path}"
    row = lab.row(where)["id"]
    lab.netbox.delete(f"{PROXBOX}/sync-state/virtual-machines", lab.sidecar)
    refusal = lab.netbox.refused("PATCH", f"{where}/{row}/", {"status": "stale"})
    assert refusal == {"virtual_machine": [NO_SIDECAR]}
    lab.netbox.delete(where, row)


@pytest.mark.parametrize(
    ("path", "changes", "refusal"),
    [
        ("rules", {"zone": "node"}, {"proxmox_node": "Node-level firewall rules require a Proxmox node."}),
        ("options", {"zone": "node"}, {"proxmox_node": "Node-level firewall options require a Proxmox node."}),
        ("rules", {"virtual_machine": None}, {"virtual_machine": "VM firewall rules require a virtual machine."}),
        ("options", {"virtual_machine": None}, {"virtual_machine": "VM firewall options require a virtual machine."}),
        ("ipsets", {"virtual_machine": None}, {"virtual_machine": "VM-scoped firewall objects require a VM."}),
        (
            "rules",
            {"zone": "security_group"},
            {"security_group": "Security-group firewall rules require a security group."},
        ),
        (
            "rules",
            {"zone": "vnet", "iface": ""},
            {"iface": "VNet firewall rules use the interface field as the VNet name."},
        ),
        (
            "options",
            {"zone": "vnet"},
            {"zone": "Firewall options are only supported for datacenter, node, and VM zones."},
        ),
    ],
)
def test_a_row_of_the_firewall_has_its_place(lab: Lab, path: str, changes: Row, refusal: Row) -> None:
    """A node's has a node, a guest's a machine; a group's rules are not taken without one."""
    assert lab.refused(f"firewall/{path}", **changes) == {name: [text] for name, text in refusal.items()}
