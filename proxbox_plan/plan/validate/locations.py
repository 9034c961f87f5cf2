"""Locations: a device is in a location, and in a rack, of its own site only.

Source: `Device.clean` of NetBox 4.2 to 4.7.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from proxbox_plan.mapping import LOCATION, NODE
from proxbox_plan.mapping.desired import DesiredObject
from proxbox_plan.model.inventory import Lookup, Row
from proxbox_plan.model.reference import Ref
from proxbox_plan.plan.match.matched import Matched
from proxbox_plan.plan.relations.references import ref_id
from proxbox_plan.plan.validate.draft import Draft

_HINT = "Correct the site or the location in NetBox, or the rule that gives the other one."


def validate_locations(draft: Draft) -> None:
    """Leave off the node what does not fit what people gave it: a location of another site, or another site."""
    for wanted, row in draft.of_kind(NODE.name):
        racked = wanted if row is None else _in_its_rack(draft, wanted, row)
        number, site = _location_of(draft, racked, row), draft.matched.coming(racked, "site")
        location = draft.matched.index.by_id(LOCATION.name, number) if isinstance(number, int) else None
        if location is None or ref_id(location.fields.get("site")) == site:
            continue
        stays = row is not None and ref_id(row.fields.get("location")) == number
        draft.leave_out(racked, "site" if stays else "location")
        draft.report(
            wanted.address,
            f"The location {location.name!r} belongs to another site than {wanted.name} "
            + ("is moved to: the node stays at its site" if stays else "has in NetBox: the node comes without it"),
            _HINT,
        )


def _location_of(draft: Draft, wanted: DesiredObject, row: Row | None) -> Any:
    """Return where a node will be: where it is now, when NetBox does not have what a rule gives it."""
    ref = wanted.fields.get("location")
    if row is not None and isinstance(ref, Ref) and draft.matched.row_of(ref) is None:
        return ref_id(row.fields.get("location"))
    return draft.matched.coming(wanted, "location")


def _in_its_rack(draft: Draft, wanted: DesiredObject, row: Row) -> DesiredObject:
    """Leave off what would take a node out of the rack that people put it in, as NetBox asks: they carry it elsewhere.

    NetBox shows the site and location of a rack only with the rack. It is at the node's own site; and a node that is in
    no location says nothing of where its rack is.
    """
    if ref_id(row.fields.get("rack")) is None:
        return wanted
    rack = row.fields["rack"]["name"]
    for name in ("site", "location"):
        if draft.matched.coming(wanted, name) != ref_id(row.fields.get(name)):
            wanted = draft.leave_out(wanted, name)
            draft.report(
                wanted.address,
                f"{wanted.name} is in the rack {rack!r} in NetBox, which is not known to be at the {name} that "
                f"Proxmox or a rule gives it: the node keeps its {name}",
                f"Correct the {name} in NetBox, where it goes with the rack, or the rule that gives the other one.",
            )
    return wanted


def location_lookups(matched: Matched) -> Iterator[Lookup]:
    """Yield the question of which site a location is that people gave a node which gets another site."""
    for wanted in matched.desired.objects.values():
        row = matched.rows.get(wanted.address) if wanted.kind == NODE.name else None
        number = ref_id(row.fields.get("location")) if row is not None else None
        if row is not None and number is not None and _moves(matched, wanted, row):
            yield Lookup(LOCATION.name, "id", str(number))


def _moves(matched: Matched, wanted: DesiredObject, row: Row) -> bool:
    return bool(matched.coming(wanted, "site") != ref_id(row.fields.get("site")))
