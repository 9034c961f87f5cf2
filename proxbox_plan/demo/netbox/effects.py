"""Side effects of saving an object: inherited values, and rows of other objects."""

from __future__ import annotations

from typing import Any

from proxbox_plan.demo.netbox.changes import Writing
from proxbox_plan.demo.netbox.relations import cluster_site
from proxbox_plan.demo.netbox.schema import plugin_sidecars
from proxbox_plan.demo.netbox.store import Store, StoredRow

MACHINE = "virtualization.virtualmachine"
_MACHINE_INTERFACE = "virtualization.vminterface"
SIDECARS = frozenset(model.label for model in plugin_sidecars.MODELS)


def before_save(store: Store, label: str, row: dict[str, Any], old: StoredRow | None) -> dict[str, Any]:
    """Fill in the values that NetBox derives before it stores a row."""
    if label in SIDECARS:
        _place(store, row)
    elif label == MACHINE:
        _inherit(store, row, new=old is None)
    elif label == _MACHINE_INTERFACE and not row["mode"]:
        # Real NetBox drops the VLANs after its checks; device interfaces never get that far.
        row["untagged_vlan"] = None
        if old is not None:
            row["tagged_vlans"] = ()
    elif label == _MACHINE_INTERFACE and old is not None and row["mode"] != "tagged":
        row["tagged_vlans"] = row["tagged_vlans"] if row["tagged_vlans"] != old["tagged_vlans"] else ()
    elif label == "ipam.ipaddress":
        row["dns_name"] = row["dns_name"].lower()
    return row


def _place(store: Store, row: dict[str, Any]) -> None:
    """Fill in a sidecar's cluster and endpoint from its node, and its endpoint from its cluster."""
    for start, names in (("proxmox_node", ("proxmox_cluster", "endpoint")), ("proxmox_cluster", ("endpoint",))):
        if row.get(start) is not None:
            source = store.row(f"netbox_proxbox.{start.replace('_', '')}", row[start])
            row.update({name: source[name] for name in names if name in row and row[name] is None})


def after_save(writing: Writing, label: str, row_id: int, old: StoredRow | None) -> None:
    """Update other rows after a row was stored."""
    store = writing.store
    row = store.row(label, row_id)
    match label:
        case "virtualization.virtualdisk":
            for machine in {row["virtual_machine"], (old or row)["virtual_machine"]}:
                sum_disks(store, machine)
        case "virtualization.cluster" if (site := cluster_site(store, row)) is not None:
            for machine in tuple(store.tables[MACHINE].find("cluster", row_id)):
                store.change(MACHINE, machine, site=site)
        case "extras.customfield" if old is None and row["default"] is not None:
            _spread_default(store, row)
        case "dcim.interface" | "virtualization.vminterface" if old is None and row["primary_mac_address"]:
            store.change(
                "dcim.macaddress", row["primary_mac_address"], assigned_object_type=label, assigned_object_id=row_id
            )


def sum_disks(store: Store, machine: int) -> None:
    """Set a machine's disk to the sum of its virtual disks, null when it has none; `last_updated` stays."""
    disks = store.tables["virtualization.virtualdisk"].find("virtual_machine", machine)
    sizes = [store.row("virtualization.virtualdisk", disk)["size"] for disk in disks]
    if machine in store.tables[MACHINE].rows:
        store.change(MACHINE, machine, disk=sum(sizes) if sizes else None)


def _inherit(store: Store, row: dict[str, Any], *, new: bool) -> None:
    site = row["site"]
    if site is None and row["cluster"] is not None:
        site = cluster_site(store, store.row("virtualization.cluster", row["cluster"]))
    if site is None and row["device"] is not None:
        site = store.row("dcim.device", row["device"])["site"]
    row["site"] = site
    if new and row["virtual_machine_type"] is not None:
        kind = store.row("virtualization.virtualmachinetype", row["virtual_machine_type"])
        for name, source in (
            ("platform", "default_platform"),
            ("vcpus", "default_vcpus"),
            ("memory", "default_memory"),
        ):
            if row[name] is None:
                row[name] = kind[source]


def _spread_default(store: Store, field: StoredRow) -> None:
    for label in field["object_types"]:
        for row_id, row in tuple(store.tables[label].rows.items()):
            values = {field["name"]: field["default"], **row["custom_fields"]}
            store.change(label, row_id, custom_fields=values)
