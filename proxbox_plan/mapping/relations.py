"""Relations that several kinds have: what NetBox deletes or empties along with an object of them.

From NetBox's own models: foreign keys, generic relations and many-to-many relations. A test on the real NetBox
compares them with what its installed apps define.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from proxbox_plan.model.netbox_versions import OLDEST, Version
from proxbox_plan.model.relation import Effect, Relation, generic

CONTACTS: Final = generic("tenancy.contactassignment", "/api/tenancy/contact-assignments/", "object")
IMAGES: Final = generic("extras.imageattachment", "/api/extras/image-attachments/", "object")
INTERFACES: Final = {
    "dcim.interface": "/api/dcim/interfaces/",
    "virtualization.vminterface": "/api/virtualization/interfaces/",
}
_SERVICES: Final = "/api/ipam/services/"


def part(model: str, path: str, owner: str, *, shown: str = "", since: Version = OLDEST) -> Relation:
    """Return the relation of a part to its owner, which counts such parts."""
    return Relation(model, path, f"{owner}_id", (owner,), shown=shown, since=since)


def emptied(model: str, path: str, filter_: str, *links: str) -> Relation:
    """Return a relation by fields that NetBox empties."""
    return Relation(model, path, filter_, links, Effect.EMPTIED)


def listed(model: str, path: str, link: str, *, effect: Effect = Effect.DELETED) -> Relation:
    """Return a relation of netbox-proxbox: its rows are few, and not all can be asked for by several ids."""
    plugin = "netbox_proxbox"
    return Relation(f"{plugin}.{model}", f"/api/plugins/proxbox/{path}/", links=(link,), effect=effect, plugin=plugin)


def on_vlan_group() -> tuple[Relation, ...]:
    """Return the VLANs of a group: NetBox refuses to delete one that has any."""
    return (Relation("ipam.vlan", "/api/ipam/vlans/", "group_id", ("group",), shown="vlan_count"),)


def services(owner: str) -> tuple[Relation, Relation]:
    """Return the services of a device or a virtual machine: by type and id since NetBox 4.3."""
    return (
        Relation("ipam.service", _SERVICES, f"{owner}_id", (owner,), until=(4, 3)),
        Relation(
            "ipam.service",
            _SERVICES,
            "parent_object_id",
            ("parent_object_id",),
            typed="parent_object_type",
            since=(4, 3),
        ),
    )


def on_interface(model: str) -> tuple[Relation, ...]:
    """Return what depends on an interface of a device or of a virtual machine."""
    return (
        generic("ipam.ipaddress", "/api/ipam/ip-addresses/", "assigned_object", shown="count_ipaddresses"),
        generic("dcim.macaddress", "/api/dcim/mac-addresses/", "assigned_object", shown="mac_addresses"),
        generic(
            "ipam.fhrpgroupassignment", "/api/ipam/fhrp-group-assignments/", "interface", shown="count_fhrp_groups"
        ),
        Relation("vpn.l2vpntermination", shown="l2vpn_termination"),
        generic("vpn.tunneltermination", "/api/vpn/tunnel-terminations/", "termination"),
        emptied(model, INTERFACES[model], "bridge_id", "bridge"),
    )


def of_machine() -> tuple[Relation, ...]:
    """Return what depends on a virtual machine, beside the rows in which netbox-proxbox describes it."""
    interfaces, disks = INTERFACES["virtualization.vminterface"], "/api/virtualization/virtual-disks/"
    return (
        part("virtualization.vminterface", interfaces, "virtual_machine", shown="interface_count"),
        part("virtualization.virtualdisk", disks, "virtual_machine", shown="virtual_disk_count"),
        *services("virtual_machine"),
        listed("firecrackerhost", "firecracker-hosts", "host_vm", effect=Effect.EMPTIED),
        listed("proxmoxvmintent", "vm-intents", "virtual_machine"),
        CONTACTS,
        IMAGES,
    )


def on_cluster() -> tuple[Relation, ...]:
    """Return what depends on a cluster, beside the virtual machines that NetBox protects it for."""
    return (
        emptied("dcim.device", "/api/dcim/devices/", "cluster_id", "cluster"),
        generic("ipam.vlangroup", "/api/ipam/vlan-groups/", "scope"),
        emptied("extras.configcontext", "/api/extras/config-contexts/", "cluster_id", "clusters"),
        listed("cloudimagetemplate", "cloud-image-templates", "cluster"),
        CONTACTS,
    )


def on_vrf() -> tuple[Relation, ...]:
    """Return what depends on a VRF, beside the prefixes, ranges and addresses that NetBox protects it for."""
    return tuple(emptied(model, path, "vrf_id", "vrf") for model, path in INTERFACES.items())


def on_l2vpn() -> tuple[Relation, ...]:
    """Return what depends on an L2VPN."""
    return (part("vpn.l2vpntermination", "/api/vpn/l2vpn-terminations/", "l2vpn"), CONTACTS)


def on_vlan() -> tuple[Relation, ...]:
    """Return what depends on a VLAN, beside what NetBox protects it for."""
    fields = ("untagged_vlan", "tagged_vlans", "qinq_svlan")
    return (
        *(replace(emptied(model, path, "vlan_id", *fields), singly=True) for model, path in INTERFACES.items()),
        Relation("vpn.l2vpntermination", shown="l2vpn_termination"),
    )


def _primaries() -> Iterator[Relation]:
    """Yield the primary addresses of other machines than the one it is on: NetBox takes an address through NAT."""
    machines = {
        "dcim.device": "/api/dcim/devices/",
        "virtualization.virtualmachine": "/api/virtualization/virtual-machines/",
    }
    for model, path in machines.items():
        for name in ("primary_ip4", "primary_ip6"):
            yield replace(emptied(model, path, f"{name}_id", name), shown="nat_inside")


def on_address() -> tuple[Relation, ...]:
    """Return what depends on an IP address, beside the primary addresses of the machine that it is on."""
    contexts = "/api/dcim/virtual-device-contexts/"
    return (
        Relation("ipam.ipaddress", links=("nat_inside",), effect=Effect.EMPTIED, shown="nat_outside"),
        *_primaries(),
        emptied("ipam.service", _SERVICES, "ip_address_id", "ipaddresses"),
        emptied("dcim.device", "/api/dcim/devices/", "oob_ip_id", "oob_ip"),
        *(
            emptied("dcim.virtualdevicecontext", contexts, f"{name}_id", name)
            for name in ("primary_ip4", "primary_ip6")
        ),
        CONTACTS,
    )


def in_device() -> tuple[Relation, ...]:
    """Return what depends on a device: each has one of these counts, and modules are in its module bays."""
    counted = (
        ("interface", "interfaces"),
        ("consoleport", "console-ports"),
        ("consoleserverport", "console-server-ports"),
        ("powerport", "power-ports"),
        ("poweroutlet", "power-outlets"),
        ("frontport", "front-ports"),
        ("rearport", "rear-ports"),
        ("modulebay", "module-bays"),
        ("devicebay", "device-bays"),
        ("inventoryitem", "inventory-items"),
        ("coolingintake", "cooling-intakes"),
        ("coolingoutflow", "cooling-outflows"),
    )
    return (
        *(
            part(
                f"dcim.{model}",
                f"/api/dcim/{plural}/",
                "device",
                shown=f"{plural.removesuffix('s').replace('-', '_')}_count",
                since=(4, 7) if model.startswith("cooling") else OLDEST,
            )
            for model, plural in counted
        ),
        *services("device"),
        emptied("dcim.devicebay", "/api/dcim/device-bays/", "installed_device_id", "installed_device"),
        CONTACTS,
        IMAGES,
    )
