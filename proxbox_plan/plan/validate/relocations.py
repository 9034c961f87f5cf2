"""Relocations: a cluster or a node that gets another place takes along what it has, or stays where it is.

NetBox refuses the new place of a cluster while a node in it is elsewhere, and takes no change of a machine whose
cluster or node is at another site (`clean` of clusters, devices and virtual machines of NetBox 4.7).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from proxbox_plan.core.listed import listed
from proxbox_plan.mapping import CLUSTER, GUEST, LOCATION, NODE
from proxbox_plan.mapping.desired import DesiredObject
from proxbox_plan.mapping.estate.protection import is_ignored
from proxbox_plan.model.inventory import Lookup, Row
from proxbox_plan.model.reference import Ref
from proxbox_plan.plan.match.matched import Matched
from proxbox_plan.plan.relations.references import ref_id
from proxbox_plan.plan.validate.draft import Draft
from proxbox_plan.plan.validate.places import BindingPlace, changes, coming_of, place_of

_HOLDERS = {CLUSTER.name: "scope", NODE.name: "site"}  # what others are in, and the field that says where it is
_Wanted = Mapping[tuple[str, int], DesiredObject]


def validate_relocations(draft: Draft) -> None:
    """Leave off the new place of a cluster or a node when something that is in it stays elsewhere."""
    moving = [
        (wanted, row)
        for wanted, row in draft.of_kind(*_HOLDERS)
        if row is not None and changes(draft, wanted, row, _HOLDERS[wanted.kind])
    ]
    if not moving:
        return
    wanted_of = {(at.kind, row.id): draft.objects[at] for at, row in draft.matched.rows.items() if at in draft.objects}
    for wanted, row in moving:
        if wanted.kind == CLUSTER.name:
            _keep_scope(draft, wanted_of, wanted, row)
        else:
            _keep_site(draft, wanted_of, wanted, row)


def _keep_scope(draft: Draft, wanted_of: _Wanted, wanted: DesiredObject, row: Row) -> None:
    place = place_of(draft, wanted, row)
    names = sorted(_elsewhere(draft, wanted_of, row, place)) if place is not None else []
    if place is not None and names:
        draft.leave_out(wanted, "scope")
        draft.report(
            wanted.address,
            f"The cluster {wanted.name!r} is not scoped to the {place.kind} {place.name!r}, as these in it are "
            f"elsewhere in NetBox: {listed(names)}",
            "Correct their places in NetBox, take them out of the cluster there, or set `cluster_scope: none`.",
        )


def _keep_site(draft: Draft, wanted_of: _Wanted, wanted: DesiredObject, row: Row) -> None:
    if names := sorted(_left_behind(draft, wanted_of, wanted, row)):
        draft.leave_out(draft.leave_out(wanted, "site"), "location")
        draft.report(
            wanted.address,
            f"The node {wanted.name!r} stays at its site, as these guests on it are at that site in NetBox: "
            f"{listed(names)}",
            "Correct the sites in NetBox, or give guests the site of their node by a rule (`when: {node: ...}`).",
        )


def relocation_lookups(matched: Matched) -> Iterator[Lookup]:
    """Yield the questions what is in a cluster or on a node that gets another place, and where a location is."""
    for address, row in matched.rows.items():
        wanted = matched.desired.objects.get(address) if address.kind in _HOLDERS else None
        if wanted is None:
            continue
        scope = row.fields.get("scope")
        if matched.coming(wanted, _HOLDERS[address.kind]) != ref_id(row.fields.get(_HOLDERS[address.kind])):
            kinds = (NODE, GUEST) if address.kind == CLUSTER.name else (GUEST,)
            yield from (Lookup(kind.name, f"{address.kind}_id", str(row.id)) for kind in kinds)
        elif (number := _location_in(scope)) is not None and matched.index.by_id(LOCATION.name, number) is None:
            yield Lookup(LOCATION.name, "id", str(number))


def _location_in(scope: Any) -> int | None:
    return ref_id(scope) if isinstance(scope, dict) and scope.get("kind") == LOCATION.name else None


def _elsewhere(draft: Draft, wanted_of: _Wanted, cluster: Row, place: BindingPlace) -> Iterator[str]:
    """Yield the names of what is in a cluster, and will not be at its new place."""
    for kind in (NODE, GUEST):
        for row in _inside(draft, kind.name, "cluster", cluster):
            wanted = wanted_of.get((kind.name, row.id))
            if _leaves(draft, wanted, row, "cluster", cluster):
                continue
            coming = coming_of(draft, wanted, row, place.kind)
            of_its_cluster = kind is GUEST and (coming is None or place.kind != "site")
            if coming != place.place and not of_its_cluster:
                yield row.name


def _left_behind(draft: Draft, wanted_of: _Wanted, wanted: DesiredObject, node: Row) -> Iterator[str]:
    """Yield the names of the guests on a node that do not go to its new site with it."""
    site = draft.matched.coming(wanted, "site")
    for row in _inside(draft, GUEST.name, "device", node):
        guest = wanted_of.get((GUEST.name, row.id))
        if _leaves(draft, guest, row, "device", node):
            continue
        if ref_id(row.fields.get("site")) not in (None, site) and coming_of(draft, guest, row, "site") != site:
            yield row.name


def _leaves(draft: Draft, wanted: DesiredObject | None, row: Row, field: str, holder: Row) -> bool:
    """Whether something leaves the cluster or the node that it is in, for one at whose site it will be."""
    if wanted is None or wanted.address in draft.blocked or is_ignored(row):
        return False
    target = wanted.fields.get(field)
    if not isinstance(target, Ref) or target.address is None or draft.matched.rows.get(target.address) == holder:
        return False
    there, own = draft.objects.get(target.address), draft.matched.coming(wanted, "site")
    site = coming_of(draft, there, draft.matched.rows.get(target.address), _HOLDERS[target.kind])
    return site is None or own is None or bool(site == own)


def _inside(draft: Draft, kind: str, field: str, holder: Row) -> list[Row]:
    return [row for row in draft.matched.index.of(kind) if ref_id(row.fields.get(field)) == holder.id]
