"""Scopes: a cluster that is scoped to a site or a location has nodes and guests of that place only.

Sources: `clean` of devices, virtual machines and clusters of NetBox 4.7. A region or a site group binds nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from proxbox_plan.core.address import Address
from proxbox_plan.core.listed import listed
from proxbox_plan.mapping import CLUSTER, GUEST, NODE
from proxbox_plan.mapping.desired import DesiredObject
from proxbox_plan.model.inventory import Row
from proxbox_plan.model.reference import Ref
from proxbox_plan.plan.relations.references import ref_id
from proxbox_plan.plan.validate.draft import Draft
from proxbox_plan.plan.validate.places import BindingPlace, changes, cluster_of, coming_of, place_of


def validate_scopes(draft: Draft) -> None:
    """Leave nodes elsewhere out of their cluster, their guests off them, and guests out of sites that do not fit."""
    clusters = draft.all_of_kind(CLUSTER.name)
    places = {wanted.address: place for wanted, row in clusters if (place := place_of(draft, wanted, row))}
    outside: dict[Address, list[str]] = {}
    excluded: set[Address] = set()
    for wanted, row in draft.of_kind(NODE.name):
        cluster = cluster_of(wanted)
        if cluster in places and not _fits(draft, wanted, places[cluster]):
            outside.setdefault(cluster, []).append(wanted.name)
            if _is_in(draft, row, "cluster", cluster):
                draft.leave_out(draft.leave_out(wanted, "site"), "location")
                continue
            excluded.add(wanted.address)
            draft.leave_out(wanted, "cluster")
    for wanted, _ in draft.of_kind(GUEST.name):
        cluster, device = cluster_of(wanted), wanted.fields.get("device")
        if isinstance(device, Ref) and device.address in excluded:
            wanted = draft.leave_out(wanted, "device")  # noqa: PLW2901 # the same, without its node
        if cluster in places and not _is_at(draft, wanted, places[cluster].site):
            outside.setdefault(cluster, []).append(wanted.name)
            draft.leave_out(wanted, "site")
    for cluster, names in outside.items():
        if not _stays(draft, cluster, "scope"):
            _report(draft, cluster, places[cluster], names)
    _compare_sites(draft, places)


def _compare_sites(draft: Draft, places: Mapping[Address, BindingPlace]) -> None:
    """Leave machines off nodes of another site: NetBox compares the two also where nothing binds their cluster."""
    found: dict[Address, list[str]] = {}
    for wanted, row in draft.of_kind(GUEST.name):
        ref = wanted.fields.get("device")
        device = draft.objects.get(ref.address) if isinstance(ref, Ref) and ref.address is not None else None
        if device is None or cluster_of(wanted) in places:
            continue
        if not _is_at(draft, wanted, coming_of(draft, device, draft.matched.rows.get(device.address), "site")):
            found.setdefault(device.address, []).append(wanted.name)
            on_it = row is not None and _is_in(draft, row, "device", device.address)
            moves = row is not None and on_it and changes(draft, wanted, row, "site")
            draft.leave_out(wanted, "site" if moves else "device")
    for address, names in found.items():
        if _stays(draft, address, "site"):
            continue
        draft.report(
            address,
            f"The node {draft.objects[address].name!r} is at another site than these guests on it, which come without "
            f"it, or stay at its site, as NetBox takes none of another site: {listed(names)}",
            "Correct the sites in NetBox, or give guests the site of their node by a rule (`when: {node: ...}`).",
        )


def _stays(draft: Draft, address: Address, name: str) -> bool:
    """Whether an object stays where it is itself, which is a problem of its own already."""
    return name not in draft.objects[address].fields and name in draft.matched.desired.objects[address].fields


def _report(draft: Draft, cluster: Address, place: BindingPlace, names: Sequence[str]) -> None:
    draft.report(
        cluster,
        f"The cluster {draft.objects[cluster].name!r} is scoped to the {place.kind} {place.name!r}, and NetBox takes "
        f"nothing of another place into it; these come without the one or the other, or stay: {listed(names)}",
        "Set `cluster_scope: none` for the cluster, remove its scope in NetBox, or correct the places of the others.",
    )


def _is_at(draft: Draft, guest: DesiredObject, site: Any) -> bool:
    """Whether a guest is at a site, or takes it of what it is in; a site that was not read refuses nothing."""
    own = draft.matched.coming(guest, "site")
    return site is None or own is None or bool(own == site)


def _fits(draft: Draft, wanted: DesiredObject, place: BindingPlace) -> bool:
    """Whether what a node has, or gets, is the place of its cluster."""
    return bool(draft.matched.coming(wanted, place.kind) == place.place)


def _is_in(draft: Draft, row: Row | None, field: str, holder: Address) -> bool:
    """Whether NetBox has an object in a cluster or on a node already: it stays where it is then."""
    own = draft.matched.rows.get(holder)
    return row is not None and own is not None and ref_id(row.fields.get(field)) == own.id
