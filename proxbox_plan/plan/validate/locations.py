"""Locations: a device is in a location of its own site only.

Source: `Device.clean` of NetBox 4.7.
"""

from __future__ import annotations

from collections.abc import Iterator

from proxbox_plan.mapping import LOCATION, NODE
from proxbox_plan.mapping.desired import DesiredObject
from proxbox_plan.model.inventory import Lookup, Row
from proxbox_plan.plan.match.matched import Matched
from proxbox_plan.plan.relations.references import ref_id
from proxbox_plan.plan.validate.draft import Draft


def validate_locations(draft: Draft) -> None:
    """Leave off the node what does not fit what people gave it: a location of another site, or another site."""
    for wanted, row in draft.of_kind(NODE.name):
        number, site = draft.matched.coming(wanted, "location"), draft.matched.coming(wanted, "site")
        location = draft.matched.index.by_id(LOCATION.name, number) if isinstance(number, int) else None
        if location is None or ref_id(location.fields.get("site")) == site:
            continue
        stays = row is not None and ref_id(row.fields.get("location")) == number
        draft.leave_out(wanted, "site" if stays else "location")
        draft.report(
            wanted.address,
            f"The location {location.name!r} belongs to another site than {wanted.name} "
            + ("is moved to: the node stays at its site" if stays else "has in NetBox: the node comes without it"),
            "Correct the site or the location in NetBox, or the rule that gives the other one.",
        )


def location_lookups(matched: Matched) -> Iterator[Lookup]:
    """Yield the question of which site a location is that people gave a node which gets another site."""
    for wanted in matched.desired.objects.values():
        row = matched.rows.get(wanted.address) if wanted.kind == NODE.name else None
        number = ref_id(row.fields.get("location")) if row is not None else None
        if row is not None and number is not None and _moves(matched, wanted, row):
            yield Lookup(LOCATION.name, "id", str(number))


def _moves(matched: Matched, wanted: DesiredObject, row: Row) -> bool:
    return bool(matched.coming(wanted, "site") != ref_id(row.fields.get("site")))
