"""VLAN: every VLAN id that a guest or a node interface uses, in the cluster's group."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from proxbox_plan.core.address import Address
from proxbox_plan.core.key import Key
from proxbox_plan.core.sanitize import clean, slug
from proxbox_plan.mapping import vlan_group
from proxbox_plan.mapping.context import MappingContext
from proxbox_plan.mapping.desired import DesiredObject, Unknown
from proxbox_plan.mapping.estate.views import ClusterView
from proxbox_plan.mapping.relations import on_vlan
from proxbox_plan.model.kind import Field, FieldType, Kind, Natural, OnDelete, Owner
from proxbox_plan.model.problem import ProblemCode
from proxbox_plan.model.reference import Ref
from proxbox_plan.model.state import NOT_READ

KIND = Kind(
    "vlan",
    "/api/ipam/vlans/",
    "ipam.vlan",
    (
        Field("vid", FieldType.INTEGER, source="tag=, trunks=, tag of a vnet, VLAN port of a bridge, vlan-id"),
        Field("name", owner=Owner.NETBOX, source="its vnet (`scope.sdn`); a new one without: `VLAN` and the id"),
        Field(
            "group",
            FieldType.REF,
            to=("vlan-group",),
            on_delete=OnDelete.PROTECT,
            source="rules, else the cluster's VLAN group; of a customer VLAN, the group of its service VLAN",
        ),
        Field("status", FieldType.CHOICE, owner=Owner.NETBOX, source="active"),
        Field("description", owner=Owner.NETBOX, source="alias of its vnet"),
        Field("qinq_role", FieldType.CHOICE, source="Q-in-Q: `svlan` of a zone, or around a tag; `cvlan` inside"),
        Field("qinq_svlan", FieldType.REF, to=("vlan",), on_delete=OnDelete.PROTECT, source="of a customer VLAN"),
        Field("site", FieldType.REF, to=("site",), read_only=True, source="read, as NetBox keeps a VLAN to its site"),
    ),
    natural=(Natural(("group", "vid"), "group_id", "group"),),
    keyless=True,
    relations=on_vlan(),
)

_SERVICE, _CUSTOMER = "svlan", "cvlan"
_NEARLY_ALL = 4000  # of the 4094 ids: "all" for fewer is reported


def desire(context: MappingContext, view: ClusterView, vid: int, named: str | None = None) -> Ref:
    """Desire a VLAN that an interface uses, in the configured group, else in the cluster's."""
    named = named or view.policy.vlan_group
    return context.once((KIND.name, view.name, vid, named), lambda: _desire(context, view, vid, named))


def _desire(context: MappingContext, view: ClusterView, vid: int, named: str | None) -> Ref:
    group = vlan_group.desire(context, view, named)
    more = {"qinq_role": _SERVICE} if vid in view.services else {}
    key = Key.of(slug(group.name), vid) if named else Key.of(view.name, "vlan", vid)
    return _add(context, view, key, _Place(group, None, vid), more, managed=not named)


def desire_inside(context: MappingContext, view: ClusterView, service: int | None, vid: int, named: str | None) -> Ref:
    """Desire a VLAN inside of a service VLAN (Q-in-Q), if there is one; NetBox has an id once in a group."""
    if service is None:
        return desire(context, view, vid, named)
    return context.once((KIND.name, view.name, service, vid, "inside"), lambda: _inside(context, view, service, vid))


def _inside(context: MappingContext, view: ClusterView, service: int, vid: int) -> Ref:
    group = vlan_group.of_service(context, view, service)
    more = {"qinq_role": _CUSTOMER, "qinq_svlan": desire(context, view, service)}
    return _add(context, view, Key.of(view.name, "vlan", service, vid), _Place(group, service, vid), more)


class _Place(NamedTuple):
    """Which VLAN it is: its group, the service VLAN around it, and its id."""

    group: Ref
    service: int | None
    vid: int


def _add(  # noqa: PLR0913 # what a VLAN is made of
    context: MappingContext,
    view: ClusterView,
    key: Key,
    place: _Place,
    more: Mapping[str, object],
    *,
    managed: bool = True,
) -> Ref:
    vnet = view.vnet_of.get((place.service, place.vid))
    general = f"VLAN {place.vid}"
    name = _name(context, place, clean(vnet.name, 50)) if vnet is not None else general
    fields: dict[str, object] = {"vid": place.vid, "name": name, "group": place.group, "status": "active", **more}
    if vnet is not None:
        fields["description"] = clean(vnet.alias, 200)
    return context.add(
        DesiredObject(
            KIND.name,
            key,
            name,
            fields,
            cluster=view.name if managed else None,
            managed=managed,
            # Without its vnet, which may only be unknown, it is not called back.
            initial={} if vnet is not None else {"name": Unknown.because(NOT_READ)},
        )
    )


def _name(context: MappingContext, place: _Place, wanted: str) -> str:
    """Return the name of a vnet's VLAN: with its id while another one of the group has the name, and ever after."""
    vids = context.once((KIND.name, "names"), lambda: _names(context)).get(place.group.name, {})
    numbered = f"{wanted} {place.vid}"
    if vids.get(numbered.casefold()) == place.vid or vids.get(wanted.casefold(), place.vid) != place.vid:
        return numbered
    return wanted


def _names(context: MappingContext) -> Mapping[str, Mapping[str, object]]:
    """Return the ids of the VLANs that NetBox has, by group and name."""
    found: dict[str, dict[str, object]] = {}
    for row in context.inventory.kinds.get(KIND.name, ()):
        group = row.fields.get("group")
        if isinstance(group, dict):
            found.setdefault(group["name"], {})[str(row.fields.get("name")).casefold()] = row.fields.get("vid")
    return found


def trunk(
    context: MappingContext, owner: Ref, tag: int | None, ranges: Sequence[tuple[int, int]]
) -> tuple[str | None, list[int]]:
    """Return the 802.1Q mode and the tagged VLAN ids of an interface; a trunk too wide to list carries all of them."""
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
    return "tagged", vids
