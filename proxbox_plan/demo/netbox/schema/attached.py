"""What people attach to objects: services, contacts, notes, pictures, shared addresses and tunnels.

Only as much of it as shows what NetBox deletes or empties along with the objects that it is attached to.
"""

from __future__ import annotations

from proxbox_plan.demo.netbox.schema import (
    parts,
    plugin_firewall,
    plugin_guests,
    plugin_jobs,
    plugin_places,
    plugin_sdn,
    plugin_sidecars,
)
from proxbox_plan.demo.netbox.schema.devices import INTERFACES
from proxbox_plan.demo.netbox.schema.fields import (
    COMMENTS,
    DESCRIPTION,
    TAGS,
    TAIL,
    TIMES,
    Model,
    ModelField,
    choice,
    computed,
    integer,
    name,
    ref,
    scope,
    text,
)

PLUGIN = (plugin_places, plugin_guests, plugin_jobs, plugin_sidecars, plugin_firewall, plugin_sdn)
BRIEF = ("id", "url", "display", "name", "description")
MACHINES = ("dcim.device", "virtualization.virtualmachine")
NOTED = (
    "dcim.device",
    "dcim.interface",
    "dcim.macaddress",
    "ipam.ipaddress",
    "ipam.prefix",
    "ipam.vlan",
    "ipam.vrf",
    "virtualization.cluster",
    "virtualization.virtualdisk",
    "virtualization.virtualmachine",
    "virtualization.vminterface",
    "vpn.l2vpn",
    *(model.label for group in PLUGIN for model in group.MODELS),
)
CONTACTED = (
    "dcim.device",
    "ipam.ipaddress",
    "ipam.prefix",
    "virtualization.cluster",
    "virtualization.virtualmachine",
    "vpn.l2vpn",
)


SERVICE = Model(
    label="ipam.service",
    path="ipam/services",
    class_name="Service",
    verbose="application service",
    lookup="name",
    brief=BRIEF,
    fields=(
        *scope("parent_object_type", "parent_object_id", "parent", MACHINES, required=True),
        computed("device"),
        computed("virtual_machine"),
        name(100),
        choice("protocol", {"tcp": "TCP", "udp": "UDP", "sctp": "SCTP"}, default="tcp"),
        ModelField(name="ports", kind="json", default=(), filterable=False),
        ModelField(name="ipaddresses", kind="refs", to="ipam.ipaddress", default=(), filterable=False),
        DESCRIPTION,
        COMMENTS,
        *TAIL,
    ),
)
JOURNAL_ENTRY = Model(
    label="extras.journalentry",
    path="extras/journal-entries",
    class_name="JournalEntry",
    verbose="journal entry",
    display="comments",
    lookup="id",
    ordering=("created",),
    brief=("id", "url", "display", "created"),
    fields=(
        *scope("assigned_object_type", "assigned_object_id", "assigned_object", NOTED, required=True),
        choice(
            "kind", {"info": "Info", "success": "Success", "warning": "Warning", "danger": "Danger"}, default="info"
        ),
        text("comments", None, required=True, blank=False, filterable=False),
        *TAIL[:2],
        ModelField(name="created", kind="time", read_only=True, filterable=False),
        TAIL[-1],
    ),
)
CONTACT = Model(
    label="tenancy.contact",
    path="tenancy/contacts",
    class_name="Contact",
    verbose="contact",
    lookup="name",
    brief=BRIEF,
    fields=(name(100), DESCRIPTION, COMMENTS, *TAIL),
)
CONTACT_ASSIGNMENT = Model(
    label="tenancy.contactassignment",
    path="tenancy/contact-assignments",
    class_name="ContactAssignment",
    verbose="contact assignment",
    template="{contact}",
    lookup="id",
    ordering=("id",),
    brief=("id", "url", "display", "contact"),
    has_page=False,
    fields=(
        *scope("object_type", "object_id", "object", CONTACTED, required=True),
        ref("contact", "tenancy.contact", required=True, on_delete="protect", filter_by_id_only=True),
        *TAIL,
    ),
)
IMAGE = Model(
    label="extras.imageattachment",
    path="extras/image-attachments",
    class_name="ImageAttachment",
    verbose="image attachment",
    lookup="id",
    brief=("id", "url", "display", "name", "image"),
    has_page=False,
    fields=(
        *scope("object_type", "object_id", "parent", MACHINES, required=True),
        text("name", 50),
        text("image", None, required=True, blank=False, filterable=False),
        *TIMES,
    ),
)
FHRP_GROUP = Model(
    label="ipam.fhrpgroup",
    path="ipam/fhrp-groups",
    class_name="FHRPGroup",
    verbose="FHRP group",
    lookup="id",
    ordering=("group_id",),
    brief=("id", "url", "display", "group_id", "description"),
    fields=(
        text("name", 100),
        choice("protocol", {"vrrp2": "VRRPv2", "vrrp3": "VRRPv3", "carp": "CARP"}, required=True),
        integer("group_id", required=True),
        DESCRIPTION,
        COMMENTS,
        *TAIL,
    ),
)
FHRP_ASSIGNMENT = Model(
    label="ipam.fhrpgroupassignment",
    path="ipam/fhrp-group-assignments",
    class_name="FHRPGroupAssignment",
    verbose="FHRP group assignment",
    template="{group}",
    lookup="id",
    ordering=("id",),
    brief=("id", "url", "display", "group", "priority"),
    has_page=False,
    searched=False,
    fields=(
        ref("group", "ipam.fhrpgroup", required=True, on_delete="cascade"),
        *scope("interface_type", "interface_id", "interface", INTERFACES, required=True),
        integer("priority", required=True),
        *TIMES,
    ),
)
L2VPN_TERMINATION = Model(
    label="vpn.l2vpntermination",
    path="vpn/l2vpn-terminations",
    class_name="L2VPNTermination",
    verbose="L2VPN termination",
    template="{l2vpn}",
    lookup="id",
    ordering=("id",),
    brief=("id", "url", "display", "l2vpn"),
    fields=(
        ref("l2vpn", "vpn.l2vpn", required=True, on_delete="cascade"),
        *scope(
            "assigned_object_type", "assigned_object_id", "assigned_object", ("ipam.vlan", *INTERFACES), required=True
        ),
        *TAIL,
    ),
)
TUNNEL = Model(
    label="vpn.tunnel",
    path="vpn/tunnels",
    class_name="Tunnel",
    verbose="tunnel",
    lookup="name",
    brief=BRIEF,
    fields=(
        name(100),
        choice("status", {"planned": "Planned", "active": "Active", "disabled": "Disabled"}, required=True),
        choice("encapsulation", {"gre": "GRE", "wireguard": "WireGuard", "ip-ip": "IP-in-IP"}, required=True),
        DESCRIPTION,
        COMMENTS,
        *TAIL,
    ),
)
TUNNEL_TERMINATION = Model(
    label="vpn.tunneltermination",
    path="vpn/tunnel-terminations",
    class_name="TunnelTermination",
    verbose="tunnel termination",
    template="{tunnel}",
    lookup="id",
    ordering=("id",),
    brief=("id", "url", "display"),
    fields=(
        ref("tunnel", "vpn.tunnel", required=True, on_delete="cascade"),
        choice("role", {"peer": "Peer", "hub": "Hub", "spoke": "Spoke"}, required=True),
        *scope("termination_type", "termination_id", "termination", INTERFACES, required=True),
        ref("outside_ip", "ipam.ipaddress"),
        *TAIL,
    ),
)
CONFIG_CONTEXT = Model(
    label="extras.configcontext",
    path="extras/config-contexts",
    class_name="ConfigContext",
    verbose="config context",
    brief=BRIEF,
    lookup="name",
    fields=(
        name(100),
        DESCRIPTION,
        ModelField(name="clusters", kind="refs", to="virtualization.cluster", default=(), filterable=False),
        TAGS,
        ModelField(name="data", kind="json", required=True, filterable=False),
        *TIMES,
    ),
)
MODELS = (
    SERVICE,
    JOURNAL_ENTRY,
    CONTACT,
    CONTACT_ASSIGNMENT,
    IMAGE,
    FHRP_GROUP,
    FHRP_ASSIGNMENT,
    L2VPN_TERMINATION,
    TUNNEL,
    TUNNEL_TERMINATION,
    CONFIG_CONTEXT,
)
ATTACHED = (
    "dcim.macaddress",
    "ipam.ipaddress",
    *(model.label for model in (*parts.MODELS, *MODELS) if model.generic is not None),
)
"""Models whose objects are deleted with the object that they are attached to by its type and id, as in NetBox."""
