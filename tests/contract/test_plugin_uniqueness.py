from __future__ import annotations

from typing import Any

import pytest

from tests.contract.plugin import Lab
from tests.contract.plugin_rows import PROXBOX, ROWS

TWINS = {
    "endpoints/proxmox": "Proxmox endpoint with this Name, IP address and Domain",
    "proxmox-clusters": "Proxmox cluster with this Proxmox endpoint and Cluster name",
    "proxmox-nodes": "Proxmox node with this Proxmox endpoint and Node name",
    "storage": "Proxmox Storage with this Cluster and Name",
    "datacenter-cpu-models": "Datacenter CPU Model with this Proxmox endpoint, Cluster name and Cputype",
    "guest-vm-interface-addresses": "Guest VM interface address with this Guest interface and Ip address",
    "snapshots": "VM Snapshot with this Vmid, Name and Node",
    "backups": "VM Backup with this Storage, Virtual machine, Subtype, Format, Volume id and Vmid",
    "backup-routines": "Backup Routine with this Proxmox endpoint and Job ID",
    "replications": "Replication with this Proxmox endpoint and Replication id",
    "firewall/security-groups": "Firewall Security Group with this Proxmox endpoint and Name",
    "firewall/ipsets": "Firewall IP Set with this Proxmox endpoint, Scope, Name and Virtual machine",
    "firewall/aliases": "Firewall Alias with this Proxmox endpoint, Scope, Name and Virtual machine",
    "sdn-controllers": "SDN Controller with this Proxmox endpoint, Cluster name and Controller name",
    "sdn-zones": "SDN Zone with this Proxmox endpoint, Cluster name and Zone name",
    "sdn-vnets": "SDN VNet with this Proxmox endpoint, Cluster name and Vnet name",
    "sdn-subnets": "SDN Subnet with this Proxmox endpoint, Cluster name, Vnet name and Subnet",
    "sdn-fabrics": "SDN Fabric with this Proxmox endpoint, Cluster name and Fabric name",
    "sdn-route-maps": "SDN Route Map with this Proxmox endpoint, Cluster name, Name and Order",
    "sdn-prefix-lists": "SDN Prefix List with this Proxmox endpoint, Cluster name, Name and Cidr",
    "sdn-bindings": "SDN Binding with this Proxmox endpoint, Cluster name, Source type and Source name",
}
SIDECARS = {
    "virtual-machines": "virtual_machine",
    "devices": "device",
    "clusters": "cluster",
    "vm-interfaces": "vm_interface",
    "virtual-disks": "virtual_disk",
}


def _twice(lab: Lab, path: str, **changes: Any) -> tuple[int, Any]:
    body = {**ROWS[f"{PROXBOX}/{path}"](lab), **changes}
    lab.netbox.create(f"{PROXBOX}/{path}", **body)
    reply = lab.netbox.request("POST", f"{PROXBOX}/{path}/", body)
    return reply.status, reply.body


@pytest.mark.parametrize("path", TWINS)
def test_a_twin_is_refused(lab: Lab, path: str) -> None:
    """400, in the plugin's words for the fields."""
    changes = {"ip_address": lab.address} if path == "endpoints/proxmox" else {}
    assert _twice(lab, path, **changes) == (400, {"__all__": [f"{TWINS[path]} already exists."]})


@pytest.mark.parametrize("path", ["endpoints/proxmox", "firewall/rules", "firewall/options"])
def test_a_twin_with_a_field_that_is_null_is_not_noticed(lab: Lab, path: str) -> None:
    """Nulls differ in the database: of these the same may be there twice."""
    assert _twice(lab, path)[0] == 201


@pytest.mark.parametrize("path", ["vm-templates", "vm-cloudinit"])
def test_a_twin_of_a_template_or_of_cloud_init_crashes_the_plugin(lab: Lab, path: str) -> None:
    """500: it leaves the check to the database; nothing is kept."""
    status, body = _twice(lab, path)
    assert (status, body["exception"]) == (500, "IntegrityError")


def test_a_task_is_known_by_its_upid(lab: Lab) -> None:
    """400, at the field."""
    assert _twice(lab, "task-history") == (400, {"upid": ["VM Task History with this upid already exists."]})


@pytest.mark.parametrize("path", SIDECARS)
def test_an_object_has_one_sidecar(lab: Lab, path: str) -> None:
    """409, and not in NetBox's form."""
    refusal = {SIDECARS[path]: "This object already has a Proxbox sync-state row."}
    assert _twice(lab, f"sync-state/{path}") == (409, refusal)
