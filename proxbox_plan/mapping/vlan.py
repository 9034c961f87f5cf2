"""VLAN: every VLAN id that a guest or a node interface uses, in the cluster's group."""

from __future__ import annotations

from collections.abc import Sequence

from proxbox_plan.core.address import Address
from proxbox_plan.core.key import Key
from proxbox_plan.core.sanitize import slug
from proxbox_plan.mapping import vlan_group
from proxbox_plan.mapping.context import MappingContext
from proxbox_plan.mapping.desired import DesiredObject
from proxbox_plan.mapping.estate.views import ClusterView
from proxbox_plan.mapping.relations import on_vlan
from proxbox_plan.model.kind import Field, FieldType, Kind, Natural, Owner
from proxbox_plan.model.problem import ProblemCode
from proxbox_plan.model.reference import Ref

KIND = Kind(
    "vlan",
    "/api/ipam/vlans/",
    "ipam.vlan",
    (
        Field("vid", FieldType.INTEGER, source="guest `tag=`, `trunks=`, node vlan-id"),
        Field("name", owner=Owner.NETBOX, source="`VLAN` and the id"),
        Field("group", FieldType.REF, to=("vlan-group",), source="rules, else the cluster's VLAN group"),
        Field("status", FieldType.CHOICE, owner=Owner.NETBOX, source="active"),
        Field("site", FieldType.REF, to=("site",), read_only=True, source="read, as NetBox keeps a VLAN to its site"),
    ),
    natural=(Natural(("group", "vid"), "group_id", "group"),),
    keyless=True,
    relations=on_vlan(),
)

_NEARLY_ALL = 4000  # of the 4094 ids: "all" for fewer is reported


def desire(context: MappingContext, view: ClusterView, vid: int, named: str | None = None) -> Ref:
    """Desire a VLAN that an interface uses, in the configured group, else in the cluster's."""
    named = named or view.policy.vlan_group
    return context.once((KIND.name, view.name, vid, named), lambda: _desire(context, view, vid, named))


def _desire(context: MappingContext, view: ClusterView, vid: int, named: str | None) -> Ref:
    group = vlan_group.desire(context, view, named)
    name = f"VLAN {vid}"
    fields = {"vid": vid, "name": name, "group": group, "status": "active"}
    if named:
        return context.add(DesiredObject(KIND.name, Key.of(slug(group.name), vid), name, fields, managed=False))
    return context.add(DesiredObject(KIND.name, Key.of(view.name, "vlan", vid), name, fields, cluster=view.name))


def trunk(  # noqa: PLR0913 # the VLANs of an interface, and their group
    context: MappingContext,
    view: ClusterView,
    owner: Ref,
    tag: int | None,
    ranges: Sequence[tuple[int, int]],
    named: str | None = None,
) -> tuple[str | None, list[Ref]]:
    """Return the 802.1Q mode and the tagged VLANs of an interface; a trunk too wide to list carries all of them."""
    if not ranges:
        return ("access" if tag else None), []
    vids = sorted({vid for low, high in ranges for vid in range(low, high + 1)} - {tag or 0})
    limit = context.policy.max_trunk_vlans
    if len(vids) > limit:
        if len(vids) < _NEARLY_ALL:
            context.problem(
                ProblemCode.TOO_MANY_VLANS,
                owner.address or Address.of(KIND.name, owner.name),
                f"{owner.name} trunks {len(vids)} VLANs, more than {limit}, so it is planned as tagged-all",
                "Raise mapping.max_trunk_vlans to list them one by one.",
            )
        return "tagged-all", []
    return "tagged", [desire(context, view, vid, named) for vid in vids]
