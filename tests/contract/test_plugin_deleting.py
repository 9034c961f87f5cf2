from __future__ import annotations

from tests.contract.client import ADDRESSES, DISKS, INTERFACES, VMS, NetBox
from tests.contract.plugin import Lab
from tests.contract.plugin_rows import PROXBOX, ROWS


def _gone(netbox: NetBox, rows: dict[str, int]) -> dict[str, bool]:
    return {path: not netbox.exists(path, number) for path, number in rows.items()}


def _made(lab: Lab, *paths: str) -> dict[str, int]:
    return {f"{PROXBOX}/{path}": lab.row(f"{PROXBOX}/{path}")["id"] for path in paths}


def test_what_is_of_a_machine_goes_with_it(lab: Lab) -> None:
    """And what only says its storage or node stays."""
    of_machine = _made(
        lab,
        "snapshots",
        "backups",
        "task-history",
        "vm-cloudinit",
        "replications",
        "guest-vm-interfaces",
        "firewall/rules",
        "firewall/ipsets",
        "firewall/aliases",
        "firewall/options",
        "sync-state/vm-interfaces",
        "sync-state/virtual-disks",
    )
    of_machine[f"{PROXBOX}/sync-state/virtual-machines"] = lab.sidecar
    lab.netbox.delete(VMS, lab.machine)
    assert all(_gone(lab.netbox, of_machine).values()), of_machine
    assert lab.netbox.exists(f"{PROXBOX}/storage", lab.storage)
    assert lab.netbox.exists(f"{PROXBOX}/endpoints/proxmox", lab.endpoint)


def test_what_is_of_an_endpoint_goes_with_it(lab: Lab) -> None:
    """But not a sidecar: that only forgets it."""
    paths = [path for path in ROWS if path.startswith(f"{PROXBOX}/sdn-")]
    paths += [
        f"{PROXBOX}/{path}"
        for path in (
            "vm-templates",
            "backup-routines",
            "replications",
            "firewall/rules",
            "firewall/security-groups",
            "datacenter-cpu-models",
        )
    ]
    rows = {path: lab.row(path)["id"] for path in paths}
    rows |= {f"{PROXBOX}/proxmox-clusters": lab.cluster, f"{PROXBOX}/proxmox-nodes": lab.node}
    lab.netbox.delete(f"{PROXBOX}/endpoints/proxmox", lab.endpoint)
    assert all(_gone(lab.netbox, rows).values()), rows
    sidecar = lab.netbox.get(f"{PROXBOX}/sync-state/virtual-machines/{lab.sidecar}/")
    assert [sidecar[name] for name in ("endpoint", "proxmox_node", "proxmox_cluster")] == [None, None, None]


def test_what_refers_to_other_objects_forgets_them_or_goes_with_them(lab: Lab) -> None:
    """An interface, a disk, a device, an L2VPN, a prefix: each on its own."""
    nic, disk = lab.row(f"{PROXBOX}/sync-state/vm-interfaces"), lab.row(f"{PROXBOX}/sync-state/virtual-disks")
    device = lab.row(f"{PROXBOX}/sync-state/devices")
    vnet, subnet = lab.row(f"{PROXBOX}/sdn-vnets"), lab.row(f"{PROXBOX}/sdn-subnets")
    guest = lab.guest_interface
    lab.netbox.delete("dcim/devices", lab.device)
    assert lab.netbox.get(f"{PROXBOX}/sync-state/vm-interfaces/{nic['id']}/")["proxbox_bridge"] is None
    lab.netbox.delete(INTERFACES, lab.interface)
    lab.netbox.delete(DISKS, lab.disk)
    lab.netbox.delete("vpn/l2vpns", lab.l2vpn)
    lab.netbox.delete("ipam/prefixes", lab.prefix)
    for path, row in (("vm-interfaces", nic), ("virtual-disks", disk), ("devices", device)):
        assert not lab.netbox.exists(f"{PROXBOX}/sync-state/{path}", row["id"])
    assert lab.netbox.get(f"{PROXBOX}/guest-vm-interfaces/{guest}/")["vm_interface"] is None
    assert lab.netbox.get(f"{PROXBOX}/proxmox-nodes/{lab.node}/")["netbox_device"] is None
    assert lab.netbox.get(f"{PROXBOX}/sdn-vnets/{vnet['id']}/")["l2vpn"] is None
    assert lab.netbox.get(f"{PROXBOX}/sdn-subnets/{subnet['id']}/")["prefix"] is None


def test_what_is_of_a_cluster_goes_with_it(lab: Lab) -> None:
    """Its storages and its sidecar; the plugin's own row of it only forgets it."""
    rows = _made(lab, "sync-state/clusters") | {f"{PROXBOX}/storage": lab.storage}
    backup = lab.row(f"{PROXBOX}/backups", virtual_machine=lab.netbox.machine()["id"])
    lab.netbox.delete(VMS, lab.machine)
    lab.netbox.delete("virtualization/clusters", lab.netbox_cluster)
    assert all(_gone(lab.netbox, rows).values()), rows
    assert lab.netbox.get(f"{PROXBOX}/proxmox-clusters/{lab.cluster}/")["netbox_cluster"] is None
    assert lab.netbox.get(f"{PROXBOX}/backups/{backup['id']}/")["proxmox_storage"] is None


def test_an_address_that_the_plugin_names_holds_what_it_is_on(lab: Lab) -> None:
    """A trap: not even the machine can be deleted while a guest interface of it has an address."""
    row = lab.row(f"{PROXBOX}/guest-vm-interface-addresses")
    for path, number in ((ADDRESSES, lab.address), (INTERFACES, lab.interface), (VMS, lab.machine)):
        reply = lab.netbox.request("DELETE", f"{path}/{number}/")
        text = f"Unable to delete object. 1 dependent objects were found: {row['display']} ({row['id']})"
        assert (reply.status, reply.body) == (409, {"detail": text})
    lab.netbox.delete(f"{PROXBOX}/guest-vm-interface-addresses", row["id"])
    lab.netbox.delete(VMS, lab.machine)
    assert not lab.netbox.exists(ADDRESSES, lab.address)


def test_the_address_of_an_endpoint_is_protected(lab: Lab) -> None:
    """409 while the endpoint names it."""
    lab.row(f"{PROXBOX}/endpoints/proxmox", domain="", ip_address=lab.address)
    assert lab.netbox.request("DELETE", f"{ADDRESSES}/{lab.address}/").status == 409


def test_a_route_target_that_goes_is_no_longer_imported(lab: Lab) -> None:
    """By a VRF and an L2VPN: nothing protects it."""
    vrf = lab.row("ipam/vrfs")["id"]
    assert lab.l2vpn
    lab.netbox.delete("ipam/route-targets", lab.target)
    assert lab.netbox.get(f"ipam/vrfs/{vrf}/")["import_targets"] == []
    assert lab.netbox.get(f"vpn/l2vpns/{lab.l2vpn}/")["import_targets"] == []
