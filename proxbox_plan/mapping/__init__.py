"""Mapping of Proxmox to NetBox: one file per kind of NetBox object, in order of dependency."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from proxbox_plan.core.address import Address
from proxbox_plan.core.key import Key
from proxbox_plan.mapping import (
    cluster,
    custom_field,
    device,
    interface,
    ip_address,
    mac_address,
    prefix,
    primary_mac,
    sdn,
    support,
    virtual_disk,
    virtual_machine,
    vlan,
    vlan_group,
    vm_interface,
)
from proxbox_plan.mapping.context import MappingContext
from proxbox_plan.mapping.plugin import (
    backup,
    cloud_init,
    cpu_model,
    endpoint,
    firewall,
    guest_interface,
    jobs,
    sidecar,
    snapshot,
    storage,
    task,
    template,
)
from proxbox_plan.mapping.plugin import sdn as plugin_sdn
from proxbox_plan.model.kind import MANAGED_TAG, Kind

KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        kind.name: kind
        for kind in (
            custom_field.KIND,
            *support.KINDS,
            cluster.KIND,
            vlan_group.KIND,
            vlan.KIND,
            *sdn.KINDS,
            prefix.KIND,
            device.KIND,
            interface.KIND,
            virtual_machine.KIND,
            vm_interface.KIND,
            mac_address.KIND,
            virtual_disk.KIND,
            ip_address.KIND,
            *endpoint.KINDS,
            storage.KIND,
            *sidecar.KINDS,
            snapshot.KIND,
            backup.KIND,
            task.KIND,
            jobs.REPLICATION,
            jobs.ROUTINE,
            template.KIND,
            cloud_init.KIND,
            guest_interface.KIND,
            guest_interface.ADDRESS,
            *firewall.KINDS,
            *plugin_sdn.KINDS,
            cpu_model.KIND,
        )
    }
)

MAC_ADDRESS = mac_address.KIND

INTERFACE = interface.KIND
GUEST = virtual_machine.KIND
VM_INTERFACE = vm_interface.KIND
ADDRESS = ip_address.KIND
CLUSTER = cluster.KIND
NODE = device.KIND
TAG = support.TAG
IP_RANGE = support.IP_RANGE
CHOICE_SET = support.CHOICE_SET
LOCATION = support.LOCATION
DEVICE_TYPE = support.DEVICE_TYPE
VLAN = vlan.KIND
CUSTOM_FIELD = custom_field.KIND

# Part of a key (sort, first part below the guest or node) that requires another kind to be planned.
_ABOVE: Mapping[tuple[str, str], Kind] = MappingProxyType(
    {
        ("node", "net"): interface.KIND,
        ("qemu", "firewall"): sidecar.MACHINE,
        ("lxc", "firewall"): sidecar.MACHINE,
    }
)


def above(key: Key) -> Kind | None:
    """Return the kind that must be planned for a key to be valid; null when there is none."""
    parts = key.split("/", 4)
    return _ABOVE.get((parts[1], parts[3])) if parts[3:] else None


def machine_of(key: Key) -> Address | None:
    """Return the address of the guest or node whose key this is, or of a part of which; null for anything else."""
    if not key.is_of_machine:
        return None
    return (NODE if key.sort == NODE.documents else GUEST).address(key.machine)


def rank(kind: str) -> int:
    """Return the position of a kind in the order of dependency."""
    return _RANKS[kind]


_RANKS: Mapping[str, int] = MappingProxyType({name: place for place, name in enumerate(KINDS)})

# The functions that desire objects, with the kind that must be planned; VLANs and support objects are desired
# when another object refers to them.
_SOURCES: tuple[tuple[Kind, Callable[[MappingContext], None]], ...] = (
    (cluster.KIND, cluster.desired),
    (device.KIND, device.desired),
    (interface.KIND, interface.desired),
    (virtual_machine.KIND, virtual_machine.desired),
    (vm_interface.KIND, vm_interface.desired),
    (mac_address.KIND, mac_address.desired),
    (virtual_disk.KIND, virtual_disk.desired),
    (ip_address.KIND, ip_address.desired),
    (prefix.KIND, prefix.desired),
    (sdn.L2VPN, sdn.desired),
    (endpoint.KIND, endpoint.desired),
    (storage.KIND, storage.desired),
    (sidecar.MACHINE, sidecar.desired),
    (snapshot.KIND, snapshot.desired),
    (backup.KIND, backup.desired),
    (task.KIND, task.desired),
    (jobs.REPLICATION, jobs.desired_replications),
    (jobs.ROUTINE, jobs.desired_routines),
    (template.KIND, template.desired),
    (cloud_init.KIND, cloud_init.desired),
    (guest_interface.KIND, guest_interface.desired),
    (firewall.RULE, firewall.desired),
    (plugin_sdn.ZONE, plugin_sdn.desired),
    (cpu_model.KIND, cpu_model.desired),
)

# Kinds that some versions of NetBox or some configurations do not use.
_ON_REQUEST: Mapping[str, Callable[[MappingContext], bool]] = MappingProxyType(
    {
        mac_address.KIND.name: primary_mac.are_objects,
        prefix.KIND.name: prefix.is_asked,
        sdn.VRF.name: sdn.is_asked,
    }
)


def fill(context: MappingContext) -> None:
    """Collect the desired objects of every mapping file that is in scope and that this NetBox supports."""
    if context.policy.tag_managed:
        context.support("tag", "Proxbox", MANAGED_TAG, color="ff5722", description="Managed by proxbox-plan")
    for kind, want in _SOURCES:
        if context.has(kind):
            want(context)
    context.drop_unsupported(KINDS)
    custom_field.desired(context, _owned_types(context))


def _owned_types(context: MappingContext) -> tuple[str, ...]:
    """Return the object types that may carry ownership metadata; NetBox is not queried for others.

    They depend on the configuration and NetBox only, so that plans of several clusters agree.
    """
    return tuple(
        kind.object_type
        for kind in KINDS.values()
        if kind.managed and context.has(kind) and (kind.name not in _ON_REQUEST or _ON_REQUEST[kind.name](context))
    )
