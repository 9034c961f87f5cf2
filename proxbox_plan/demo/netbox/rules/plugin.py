"""Validation of the rows of netbox-proxbox, with the plugin's own messages."""

from __future__ import annotations

import re
from collections.abc import Callable

from proxbox_plan.demo.netbox.refusal import Errors, InvalidError
from proxbox_plan.demo.netbox.store import Store, StoredRow

Validation = Callable[[Store, int | None, StoredRow, StoredRow | None], None]
_LABEL = r"[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?"
_DOMAIN = re.compile(rf"(?:{_LABEL}\.)+[a-zA-Z0-9]{{2,}}|{_LABEL}")
_LONGEST_DOMAIN = 253
_NO_HOST = "Provide either a domain or an IP address."
_NO_SIDECAR = "The virtual machine must have a Proxbox sync-state record with a Proxmox VM ID. Run a Proxbox sync."
_OF_GUESTS = frozenset({"vm_qemu", "vm_lxc"})


def _check_endpoint(_store: Store, _row_id: int | None, row: StoredRow, _old: StoredRow | None) -> None:
    """An endpoint must have a domain or an address."""
    domain = row["domain"] or ""
    if not domain and row["ip_address"] is None:
        raise InvalidError({"domain": [_NO_HOST], "ip_address": [_NO_HOST]})
    problems = []
    if len(domain) > _LONGEST_DOMAIN:
        problems.append(f"Ensure this value has at most {_LONGEST_DOMAIN} characters (it has {len(domain)}).")
    if domain and _DOMAIN.fullmatch(domain) is None:
        problems.append(f"{domain} is not a valid domain name")
    if problems:
        raise InvalidError({"domain": problems})


def _not_blank(field: str) -> Validation:
    def rule(_store: Store, _row_id: int | None, row: StoredRow, _old: StoredRow | None) -> None:
        if row[field] in ("", []):
            raise InvalidError.of("This field cannot be blank.", field)

    return rule


def _check_guest_interface(store: Store, _row_id: int | None, row: StoredRow, _old: StoredRow | None) -> None:
    """It is mapped to an interface of its own machine."""
    mapped = row["vm_interface"]
    if (
        mapped is not None
        and store.row("virtualization.vminterface", mapped)["virtual_machine"] != (row["virtual_machine"])
    ):
        raise InvalidError.of(
            "Mapped core VM interface must belong to the same virtual machine as the guest interface.", "vm_interface"
        )


def _check_guest_address(store: Store, _row_id: int | None, row: StoredRow, _old: StoredRow | None) -> None:
    """An address that is assigned is on the mapped interface, else on one of the machine."""
    guest = store.row("netbox_proxbox.guestvminterface", row["guest_interface"])
    address = store.row("ipam.ipaddress", row["ip_address"])
    kind, number = address["assigned_object_type"], address["assigned_object_id"]
    if number is None:
        return
    interface = store.row(kind, number) if kind == "virtualization.vminterface" else None
    if guest["vm_interface"] is not None:
        if interface is None or number != guest["vm_interface"]:
            raise InvalidError.of(
                "IP address must be the same object assigned to the mapped Proxmox core VM interface.", "ip_address"
            )
    elif interface is None or interface["virtual_machine"] != guest["virtual_machine"]:
        raise InvalidError.of(
            "IP address must be assigned to a VM interface on the same virtual machine as the guest interface.",
            "ip_address",
        )


def _sidecar_of(parent: str) -> Validation:
    """Return the check of a sidecar: its object is fixed, and its references must be consistent."""

    def rule(store: Store, _row_id: int | None, row: StoredRow, old: StoredRow | None) -> None:
        if old is not None and row[parent] != old[parent]:
            raise InvalidError.of("The sync-state parent cannot be changed.", parent)
        errors = _misplaced_node(store, row) | _misplaced_cluster(store, row)
        if errors:
            raise InvalidError(errors)

    return rule


def _misplaced_node(store: Store, row: StoredRow) -> Errors:
    errors: Errors = {}
    if row.get("proxmox_node") is not None:
        node = store.row("netbox_proxbox.proxmoxnode", row["proxmox_node"])
        if "device" in row and node["netbox_device"] != row["device"]:
            errors["proxmox_node"] = ["Proxmox node must be linked to the sync-state device."]
        elif node["endpoint"] != row["endpoint"]:
            errors["proxmox_node"] = ["Node endpoint must match the sync-state endpoint."]
        if node["proxmox_cluster"] not in (None, row["proxmox_cluster"]):
            errors["proxmox_cluster"] = ["Cluster must match the selected node's Proxmox cluster."]
    return errors


def _misplaced_cluster(store: Store, row: StoredRow) -> Errors:
    if row.get("proxmox_cluster") is None:
        return {}
    cluster = store.row("netbox_proxbox.proxmoxcluster", row["proxmox_cluster"])
    if "cluster" in row and cluster["netbox_cluster"] != row["cluster"]:
        return {"proxmox_cluster": ["Proxmox cluster must be linked to the sync-state cluster."]}
    if "endpoint" in row and cluster["endpoint"] != row["endpoint"]:
        return {"proxmox_cluster": ["Cluster endpoint must match the sync-state endpoint."]}
    return {}


def _firewall(place: str, *, word: str, no_machine: str) -> Validation:
    """Return the check of a firewall row: a node's has its node, a guest's a machine with a sidecar."""

    def rule(store: Store, _row_id: int | None, row: StoredRow, _old: StoredRow | None) -> None:
        zone, machine = row[place], row["virtual_machine"]
        if zone == "node" and row["proxmox_node"] is None:
            raise InvalidError.of(f"Node-level firewall {word} require a Proxmox node.", "proxmox_node")
        if zone in _OF_GUESTS and machine is None:
            raise InvalidError.of(no_machine, "virtual_machine")
        if zone in _OF_GUESTS and not _has_vmid(store, machine):
            raise InvalidError.of(_NO_SIDECAR, "virtual_machine")
        if zone == "security_group" and word == "rules":
            raise InvalidError.of("Security-group firewall rules require a security group.", "security_group")
        if zone in {"security_group", "vnet"} and word == "options":
            raise InvalidError.of("Firewall options are only supported for datacenter, node, and VM zones.", "zone")
        if zone == "vnet" and not row["iface"]:
            raise InvalidError.of("VNet firewall rules use the interface field as the VNet name.", "iface")

    return rule


def _has_vmid(store: Store, machine: int) -> bool:
    sidecars = store.tables["netbox_proxbox.proxboxvirtualmachinesyncstate"]
    return any(sidecars.rows[one]["proxmox_vm_id"] is not None for one in sidecars.find("virtual_machine", machine))


_SCOPED = _firewall("scope", word="objects", no_machine="VM-scoped firewall objects require a VM.")
_MODEL_RULES: dict[str, Validation] = {
    "backuproutine": _not_blank("selection"),
    "guestvminterface": _check_guest_interface,
    "guestvminterfaceaddress": _check_guest_address,
    "proxboxclustersyncstate": _sidecar_of("cluster"),
    "proxboxdevicesyncstate": _sidecar_of("device"),
    "proxboxvirtualdisksyncstate": _sidecar_of("virtual_disk"),
    "proxboxvirtualmachinesyncstate": _sidecar_of("virtual_machine"),
    "proxboxvminterfacesyncstate": _sidecar_of("vm_interface"),
    "proxmoxendpoint": _check_endpoint,
    "proxmoxfirewallalias": _SCOPED,
    "proxmoxfirewallipset": _SCOPED,
    "proxmoxfirewalloptions": _firewall(
        "zone", word="options", no_machine="VM firewall options require a virtual machine."
    ),
    "proxmoxfirewallrule": _firewall("zone", word="rules", no_machine="VM firewall rules require a virtual machine."),
    "proxmoxsdnfabric": _not_blank("fabric_type"),
}
RULES = {f"netbox_proxbox.{name}": rule for name, rule in _MODEL_RULES.items()}
