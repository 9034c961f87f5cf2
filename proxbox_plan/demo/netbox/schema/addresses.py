"""VRFs, VLAN groups, VLANs, prefixes and IP addresses."""

from __future__ import annotations

from proxbox_plan.demo.netbox.schema.devices import INTERFACES
from proxbox_plan.demo.netbox.schema.fields import (
    COMMENTS,
    DESCRIPTION,
    ORGANIZATION_BRIEF,
    OWNER,
    TAIL,
    Model,
    ModelField,
    Unique,
    choice,
    computed,
    constant,
    count,
    flag,
    integer,
    name,
    ref,
    scope,
    slug,
    text,
)

ADDRESS_STATUS = {
    "active": "Active",
    "reserved": "Reserved",
    "deprecated": "Deprecated",
    "dhcp": "DHCP",
    "slaac": "SLAAC",
}
ADDRESS_ROLES = {
    "loopback": "Loopback",
    "secondary": "Secondary",
    "anycast": "Anycast",
    "vip": "VIP",
    "vrrp": "VRRP",
    "hsrp": "HSRP",
    "glbp": "GLBP",
    "carp": "CARP",
}
SHAREABLE_ROLES = frozenset({"anycast", "vip", "vrrp", "hsrp", "glbp", "carp"})
PREFIX_STATUS = {"container": "Container", "active": "Active", "reserved": "Reserved", "deprecated": "Deprecated"}
QINQ_ROLES = {"svlan": "Service", "cvlan": "Customer"}
VLAN_STATUS = {"active": "Active", "reserved": "Reserved", "deprecated": "Deprecated"}
VLAN_GROUP_SCOPES = (
    "dcim.region",
    "dcim.sitegroup",
    "dcim.site",
    "dcim.location",
    "virtualization.cluster",
    "virtualization.clustergroup",
)
BIGGEST_VID = 4094
DNS_NAME = r"([0-9A-Za-z_-]+|\*)(\.[0-9A-Za-z_-]+)*\.?"
DNS_COMPLAINT = "Only alphanumeric characters, asterisks, hyphens, periods, and underscores are allowed in DNS names"

ROUTE_TARGET = Model(
    label="ipam.routetarget",
    path="ipam/route-targets",
    class_name="RouteTarget",
    verbose="route target",
    lookup="name",
    brief=("id", "url", "display", "name", "description"),
    fields=(name(21, unique=True), ref("tenant", "tenancy.tenant"), DESCRIPTION, *OWNER, COMMENTS, *TAIL),
)
VRF = Model(
    label="ipam.vrf",
    path="ipam/vrfs",
    class_name="VRF",
    verbose="VRF",
    display="",
    lookup="rd",
    ordering=("name", "rd"),
    brief=("id", "url", "display", "name", "rd", "description"),
    fields=(
        name(),
        text("rd", 21, null=True, default=None, unique=True),
        ref("tenant", "tenancy.tenant"),
        flag("enforce_unique", default=True),
        DESCRIPTION,
        *OWNER,
        COMMENTS,
        ModelField(name="import_targets", kind="refs", to="ipam.routetarget", default=(), filterable=False),
        *constant("export_targets", value=()),
        *TAIL,
        count("ipaddress_count", "ipam.ipaddress", "vrf"),
        count("prefix_count", "ipam.prefix", "vrf"),
    ),
)
VLAN_GROUP = Model(
    label="ipam.vlangroup",
    path="ipam/vlan-groups",
    class_name="VLANGroup",
    verbose="VLAN group",
    brief=ORGANIZATION_BRIEF,
    unique=(
        Unique(
            ("scope_type", "scope_id", "name"), "VLAN group with this Scope type, Scope id and Name already exists."
        ),
        Unique(
            ("scope_type", "scope_id", "slug"), "VLAN group with this Scope type, Scope id and Slug already exists."
        ),
    ),
    fields=(
        name(),
        slug(),
        *scope("scope_type", "scope_id", "scope", VLAN_GROUP_SCOPES),
        ModelField(name="vid_ranges", kind="ranges", default=((1, BIGGEST_VID),), filterable=False),
        computed("total_vlan_ids"),
        ref("tenant", "tenancy.tenant"),
        DESCRIPTION,
        *OWNER,
        COMMENTS,
        *TAIL,
        count("vlan_count", "ipam.vlan", "group"),
        computed("utilization"),
    ),
)
VLAN = Model(
    label="ipam.vlan",
    path="ipam/vlans",
    class_name="VLAN",
    verbose="VLAN",
    display="",
    lookup="id",
    ordering=("site", "group", "vid"),
    brief=("id", "url", "display", "vid", "name", "description"),
    unique=(
        Unique(("group", "vid"), "VLAN with this Group and VLAN ID already exists."),
        Unique(("group", "name"), "VLAN with this Group and Name already exists."),
        Unique(("qinq_svlan", "vid"), "VLAN with this Qinq svlan and VLAN ID already exists."),
        Unique(("qinq_svlan", "name"), "VLAN with this Qinq svlan and Name already exists."),
    ),
    fields=(
        ref("site", "dcim.site"),
        ref("group", "ipam.vlangroup"),
        integer("vid", required=True, minimum=1, maximum=BIGGEST_VID),
        name(64),
        ref("tenant", "tenancy.tenant"),
        choice("status", VLAN_STATUS, default="active"),
        *constant("role"),
        DESCRIPTION,
        choice("qinq_role", QINQ_ROLES, null=True, default=None),
        ref("qinq_svlan", "ipam.vlan"),
        *OWNER,
        COMMENTS,
        computed("l2vpn_termination"),
        *TAIL,
        count("prefix_count", "ipam.prefix", "vlan"),
    ),
)
PREFIX = Model(
    label="ipam.prefix",
    path="ipam/prefixes",
    class_name="Prefix",
    verbose="prefix",
    display="prefix",
    lookup="prefix",
    ordering=("vrf_id", "prefix"),
    brief=("id", "url", "display", "family", "prefix", "description", "_depth"),
    fields=(
        computed("family"),
        ModelField(name="prefix", kind="prefix", required=True, blank=False),
        ref("vrf", "ipam.vrf"),
        *scope("scope_type", "scope_id", "scope", ("dcim.site", "dcim.location")),
        ref("tenant", "tenancy.tenant"),
        ref("vlan", "ipam.vlan"),
        choice("status", PREFIX_STATUS, default="active"),
        *constant("role"),
        flag("is_pool", default=False),
        flag("mark_utilized", default=False),
        DESCRIPTION,
        *OWNER,
        COMMENTS,
        *TAIL,
        *constant("children", "_depth", value=0),
    ),
)
IP_RANGE = Model(
    label="ipam.iprange",
    path="ipam/ip-ranges",
    class_name="IPRange",
    verbose="IP range",
    display="",
    lookup="start_address",
    ordering=("vrf_id", "start_address"),
    brief=("id", "url", "display", "family", "start_address", "end_address", "description"),
    fields=(
        computed("family"),
        ModelField(name="start_address", kind="address", required=True, blank=False),
        ModelField(name="end_address", kind="address", required=True, blank=False),
        computed("size"),
        ref("vrf", "ipam.vrf"),
        ref("tenant", "tenancy.tenant"),
        choice("status", {key: PREFIX_STATUS[key] for key in ("active", "reserved", "deprecated")}, default="active"),
        *constant("role"),
        DESCRIPTION,
        *OWNER,
        COMMENTS,
        *TAIL,
        flag("mark_populated", default=False),
        flag("mark_utilized", default=False),
    ),
)
IP_ADDRESS = Model(
    label="ipam.ipaddress",
    path="ipam/ip-addresses",
    class_name="IPAddress",
    verbose="IP address",
    display="address",
    lookup="address",
    ordering=("address",),
    brief=("id", "url", "display", "family", "address", "description"),
    fields=(
        computed("family"),
        ModelField(name="address", kind="address", required=True, blank=False),
        ref("vrf", "ipam.vrf"),
        ref("tenant", "tenancy.tenant"),
        choice("status", ADDRESS_STATUS, default="active"),
        choice("role", ADDRESS_ROLES, blank=True, default=""),
        *scope("assigned_object_type", "assigned_object_id", "assigned_object", (*INTERFACES, "ipam.fhrpgroup")),
        ref("nat_inside", "ipam.ipaddress", on_delete="set_null"),
        computed("nat_outside"),
        text("dns_name", 255, pattern=DNS_NAME, diagnostic=DNS_COMPLAINT),
        DESCRIPTION,
        *OWNER,
        COMMENTS,
        *TAIL,
    ),
)
MODELS = (ROUTE_TARGET, VRF, VLAN_GROUP, VLAN, PREFIX, IP_RANGE, IP_ADDRESS)
