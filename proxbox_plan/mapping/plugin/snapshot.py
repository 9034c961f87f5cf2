"""Snapshot: every snapshot of a guest, without the current state."""

from __future__ import annotations

from proxbox_plan.core.moment import utc
from proxbox_plan.core.sanitize import clean, note
from proxbox_plan.mapping import virtual_machine
from proxbox_plan.mapping.context import MappingContext
from proxbox_plan.mapping.desired import DesiredObject, known
from proxbox_plan.mapping.plugin import plugin_kind
from proxbox_plan.model.kind import Field, FieldType, Natural, OnMissing

KIND = plugin_kind(
    "snapshot",
    "snapshots",
    "vmsnapshot",
    Field("virtual_machine", FieldType.REF, to=("virtual-machine",), source="the guest"),
    Field("name", source="name"),
    Field("vmid", FieldType.INTEGER, source="vmid"),
    Field("node", source="the guest's node; ` (CLUSTER)` is added when another cluster has vmid, node and name too"),
    Field("snaptime", FieldType.TIME, source="snaptime, UTC"),
    Field("parent", source="parent"),
    Field("description", source="description"),
    Field("subtype", FieldType.CHOICE, source="`qemu` or `lxc`"),
    Field("status", FieldType.CHOICE, source="active"),
    natural=(Natural(("vmid", "name", "node"), "virtual_machine", "virtual_machine"),),
    on_missing=OnMissing.DELETE,
    retired="stale",
    areas=("snapshots",),
    parent="virtual_machine",
    record=True,
)


def desired(context: MappingContext) -> None:
    """Desire the snapshots of every guest; the plugin's key lacks the cluster, so later clusters add their name."""
    views = {view.name for view in context.clusters}
    taken = {
        _key(row.fields): row.key
        for row in context.rows_by_key.get(KIND.name, {}).values()
        if row.key and row.key.partition("/")[0] not in views
    }
    for view in context.clusters:
        for guest in view.guests:
            for snapshot in guest.guest.snapshots if guest.unknown is None else ():
                key = guest.key.child("snapshot", snapshot.name)
                fields: dict[str, object] = {
                    "virtual_machine": virtual_machine.ref(guest),
                    "name": clean(snapshot.name, 255),
                    "vmid": guest.guest.vmid,
                    "node": guest.guest.node,
                    "parent": clean(snapshot.parent or "", 255),
                    "snaptime": known(
                        utc(snapshot.created) if snapshot.created is not None else None,
                        guest.guest.coverage.of(f"snapshots.{snapshot.name}.created"),
                    ),
                    "description": note(snapshot.description),
                    "subtype": guest.guest.type,
                    "status": "active",
                }
                if taken.setdefault(_key(fields), key) != key:
                    fields["node"] = f"{guest.guest.node} ({view.name})"
                name = f"{guest.guest.name or guest.key} {snapshot.name}"
                context.add(DesiredObject(KIND.name, key, name, fields, cluster=view.name))


def _key(fields: dict[str, object]) -> tuple[object, ...]:
    return fields.get("vmid"), fields.get("name"), fields.get("node")
