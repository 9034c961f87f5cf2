"""Why NetBox is not asked about some of what it deletes or empties along with an object."""

from __future__ import annotations

from collections.abc import Mapping

from proxbox_plan.mapping import KINDS
from proxbox_plan.model.kind import Kind

PLUGIN = "netbox_proxbox"
EVERYONE = "*"

_PERSONAL = "a pointer of one user to the object, with no content of its own"
_OWN = "a list that belongs to the object itself"
_PARTS = "what it is attached to is in a list that is asked for"
_DERIVED = "netbox-proxbox derives it from Proxmox, and makes it again"

EXPLAINED: Mapping[tuple[str, str, str], str] = {
    (EVERYONE, "extras.bookmark", "object_id"): _PERSONAL,
    (EVERYONE, "extras.subscription", "object_id"): _PERSONAL,
    (EVERYONE, "extras.taggeditem", "object_id"): _OWN,
    ("dcim.device", "dcim.cabletermination", "_device"): _PARTS,
    ("dcim.device", "dcim.module", "device"): "a module is in a module bay of the device",
    ("dcim.device", "dcim.portmapping", "device"): _PARTS,
    ("dcim.device", "wireless.wirelesslink", "_interface_a_device"): "NetBox refuses to delete an interface with one",
    ("dcim.device", "wireless.wirelesslink", "_interface_b_device"): "NetBox refuses to delete an interface with one",
    ("dcim.interface", "dcim.cabletermination", "termination_id"): "the interface shows its cable",
    ("dcim.interface", "dcim.interface_tagged_vlans", "interface"): _OWN,
    ("dcim.interface", "dcim.interface_vdcs", "interface"): _OWN,
    ("dcim.interface", "dcim.interface_wireless_lans", "interface"): _OWN,
    ("dcim.macaddress", "dcim.interface", "primary_mac_address"): "the interface that it is on",
    ("dcim.macaddress", "virtualization.vminterface", "primary_mac_address"): "the interface that it is on",
    ("ipam.vrf", "ipam.vrf_export_targets", "vrf"): _OWN,
    ("ipam.vrf", "ipam.vrf_import_targets", "vrf"): _OWN,
    ("virtualization.vminterface", "virtualization.vminterface_tagged_vlans", "vminterface"): _OWN,
    ("vpn.l2vpn", "vpn.l2vpn_export_targets", "l2vpn"): _OWN,
    ("vpn.l2vpn", "vpn.l2vpn_import_targets", "l2vpn"): _OWN,
    # The other side of a list that is asked for.
    ("ipam.ipaddress", "ipam.service_ipaddresses", "ipaddress"): "ipam.service.ipaddresses",
    ("ipam.vlan", "dcim.interface_tagged_vlans", "vlan"): "dcim.interface.tagged_vlans",
    ("ipam.vlan", "virtualization.vminterface_tagged_vlans", "vlan"): "virtualization.vminterface.tagged_vlans",
    ("virtualization.cluster", "extras.configcontext_clusters", "cluster"): "extras.configcontext.clusters",
    (f"{PLUGIN}.proxmoxendpoint", f"{PLUGIN}.pdmendpoint_proxmox_endpoints", "proxmoxendpoint"): "pdmendpoint",
    # Rows of netbox-proxbox that are no kind of ours.
    ("dcim.interface", f"{PLUGIN}.proxboxinterfacesyncstate", "interface"): _DERIVED,
    ("ipam.ipaddress", f"{PLUGIN}.proxboxipaddresssyncstate", "ip_address"): _DERIVED,
    ("ipam.vlan", f"{PLUGIN}.proxboxvlansyncstate", "vlan"): _DERIVED,
    ("virtualization.virtualdisk", f"{PLUGIN}.proxmoxstoragevirtualdisk", "virtual_disk"): _DERIVED,
    ("virtualization.virtualmachine", f"{PLUGIN}.proxmoxvmtemplate_cloned_vms", "virtualmachine"): _DERIVED,
    (f"{PLUGIN}.guestvminterface", f"{PLUGIN}.guestvminterfaceaddress", "guest_interface"): _DERIVED,
    (f"{PLUGIN}.proxmoxcluster", f"{PLUGIN}.proxmoxmetricsinfluxdb", "proxmox_cluster"): _DERIVED,
    (f"{PLUGIN}.proxmoxendpoint", f"{PLUGIN}.proxmoxendpoint_allowed_tenants", "proxmoxendpoint"): _OWN,
    (f"{PLUGIN}.proxmoxendpoint", f"{PLUGIN}.proxmoxmetricsinfluxdb", "endpoint"): _DERIVED,
    (f"{PLUGIN}.proxmoxendpoint", f"{PLUGIN}.proxmoxservicecollection", "endpoint"): _DERIVED,
    (f"{PLUGIN}.proxmoxendpoint", f"{PLUGIN}.proxmoxservicestatus", "endpoint"): _DERIVED,
    (f"{PLUGIN}.proxmoxfirewallipset", f"{PLUGIN}.proxmoxfirewallipsetentry", "ipset"): _DERIVED,
    (f"{PLUGIN}.proxmoxstorage", f"{PLUGIN}.proxmoxstoragevirtualdisk", "proxmox_storage"): _DERIVED,
    (f"{PLUGIN}.proxmoxvmtemplate", f"{PLUGIN}.proxmoxvmtemplate_cloned_vms", "proxmoxvmtemplate"): _DERIVED,
}


def is_asked(kind: Kind, model: str, field: str) -> bool:
    """Whether what depends on an object by a field is asked for before the object is deleted."""
    relations = kind.dependents_on((4, 7), {PLUGIN})
    return any(relation.model == model and (not relation.path or field in relation.links) for relation in relations)


def is_record(model: str) -> bool:
    """Whether it is a kind of ours that is a mere record of the object, in the tables of netbox-proxbox."""
    return any(kind.object_type == model and kind.record for kind in KINDS.values())


def is_explained(label: str, model: str, field: str) -> bool:
    """Whether there is a reason not to ask."""
    return (label, model, field) in EXPLAINED or (EVERYONE, model, field) in EXPLAINED
