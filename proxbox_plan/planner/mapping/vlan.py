"""VLAN: every VLAN id that a guest or a node interface uses, in the cluster's group."""

from __future__ import annotations

from proxbox_plan.model.kind import Field, FieldType, Kind, Natural, Owner
from proxbox_plan.model.values import Ref
from proxbox_plan.planner.context import ClusterView, Context
from proxbox_plan.planner.desired import Desired
from proxbox_plan.planner.mapping import vlan_group
from proxbox_plan.planner.naming import slug

KIND = Kind(
    "vlan", "/api/ipam/vlans/", "ipam.vlan",
    (
        Field("vid", FieldType.INTEGER, source="guest `tag=`, `trunks=`, node vlan-id"),
        Field("name", owner=Owner.NETBOX, source="`VLAN` and the id"),
        Field("group", FieldType.REF, to=("vlan-group",), source="the cluster's VLAN group"),
        Field("status", FieldType.CHOICE, owner=Owner.NETBOX, source="active"),
    ),
    natural=(Natural(("group", "vid"), "group_id", "group"),),
)  # fmt: skip


def want(context: Context, view: ClusterView, vid: int) -> Ref:
    """Want a VLAN, because something uses it."""
    group = vlan_group.want(context, view)
    name = f"VLAN {vid}"
    fields = {"vid": vid, "name": name, "group": group, "status": "active"}
    if view.policy.vlan_group:
        return context.add(Desired(KIND.name, f"{slug(group.name)}/{vid}", name, fields, marked=False))
    return context.add(Desired(KIND.name, f"{view.name}/vlan/{vid}", name, fields, cluster=view.name))
