"""L2VPNs."""

from __future__ import annotations

from proxbox_plan.demo.netbox.schema.fields import (
    COMMENTS,
    DESCRIPTION,
    OWNER,
    TAIL,
    Model,
    ModelField,
    choice,
    constant,
    integer,
    name,
    ref,
    slug,
)

BIGGEST_NUMBER = 2**63 - 1
STATUS = {"active": "Active", "planned": "Planned", "decommissioning": "Decommissioning"}
TYPES = {
    "vpws": "VPWS",
    "vpls": "VPLS",
    "vxlan": "VXLAN",
    "vxlan-evpn": "VXLAN-EVPN",
    "mpls-evpn": "MPLS EVPN",
    "pbb-evpn": "PBB EVPN",
    "evpn-vpws": "EVPN VPWS",
    "epl": "EPL",
    "evpl": "EVPL",
    "ep-lan": "Ethernet Private LAN",
    "evp-lan": "Ethernet Virtual Private LAN",
    "ep-tree": "Ethernet Private Tree",
    "evp-tree": "Ethernet Virtual Private Tree",
}

L2VPN = Model(
    label="vpn.l2vpn",
    path="vpn/l2vpns",
    class_name="L2VPN",
    verbose="L2VPN",
    brief=("id", "url", "display", "identifier", "name", "slug", "type", "description"),
    ordering=("name", "identifier"),
    fields=(
        integer("identifier", null=True, minimum=-BIGGEST_NUMBER - 1, maximum=BIGGEST_NUMBER),
        name(unique=True),
        slug(unique=True),
        choice("type", TYPES, required=True),
        choice("status", STATUS, default="active"),
        ModelField(name="import_targets", kind="refs", to="ipam.routetarget", default=(), filterable=False),
        *constant("export_targets", value=()),
        DESCRIPTION,
        *OWNER,
        COMMENTS,
        ref("tenant", "tenancy.tenant"),
        *TAIL,
    ),
)
MODELS = (L2VPN,)
