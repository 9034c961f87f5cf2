"""The mapping: one file per kind of NetBox object, in the order they build on each other."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from proxbox_plan.model.kind import Kind
from proxbox_plan.planner.context import Context
from proxbox_plan.planner.mapping import (
    cluster,
    custom_field,
    device,
    interface,
    ip_address,
    mac_address,
    sidecar,
    support,
    virtual_disk,
    virtual_machine,
    vlan,
    vlan_group,
    vm_interface,
)

# Files that want objects by themselves; the rest (VLANs, support objects) is wanted when something refers to it.
_SOURCES = (cluster, device, interface, virtual_machine, vm_interface, mac_address, virtual_disk, ip_address)

KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        kind.name: kind
        for kind in (
            custom_field.KIND,
            *support.KINDS,
            cluster.KIND,
            vlan_group.KIND,
            vlan.KIND,
            device.KIND,
            interface.KIND,
            virtual_machine.KIND,
            vm_interface.KIND,
            mac_address.KIND,
            virtual_disk.KIND,
            ip_address.KIND,
            sidecar.KIND,
        )
    }
)


def fill(context: Context) -> None:
    """Let every mapping file say what it wants."""
    if context.policy.tag_managed:
        context.support("tag", "Proxbox", "proxbox", color="ff5722", description="Managed by proxbox-plan")
    for source in _SOURCES:
        source.desired(context)
    marked = tuple(kind.object_type for kind in KINDS.values() if kind.marked and kind.since <= context.version)
    custom_field.desired(context, marked)
