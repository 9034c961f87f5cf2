"""Cluster groups: one has each name of a cluster once.

Source: the unique constraints of `Cluster` of NetBox 4.7.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from proxbox_plan.mapping import CLUSTER
from proxbox_plan.mapping.desired import DesiredObject
from proxbox_plan.model.inventory import Lookup, Row
from proxbox_plan.plan.match.matched import Matched
from proxbox_plan.plan.relations.references import ref_id
from proxbox_plan.plan.validate.draft import Draft


def validate_cluster_groups(draft: Draft) -> None:
    """Leave the group off a cluster whose name it has already, or the new name off one that people put into it."""
    seen: set[tuple[Any, str]] = set()
    for wanted, row in draft.of_kind(CLUSTER.name):
        group, name = draft.matched.coming(wanted, "group"), _name(wanted, row)
        if group is None:
            continue
        if (group, name) not in seen and not _has(draft.matched, group, name, row):
            seen.add((group, name))
            continue
        stays = row is not None and ref_id(row.fields.get("group")) == group
        draft.leave_out(wanted, "name" if stays else "group")
        draft.report(
            wanted.address,
            f"The cluster group of {wanted.name!r} has another cluster of that name in NetBox, which takes each name "
            f"once in a group: the cluster {'keeps its name' if stays else 'comes without the group'}",
            "Rename one of the two in NetBox, or give this one another name (`netbox_name`) or group.",
        )


def name_lookups(matched: Matched) -> Iterator[Lookup]:
    """Yield the question which clusters have the name of one that gets a name or a group in NetBox."""
    for wanted in matched.desired.objects.values():
        if wanted.kind != CLUSTER.name or (row := matched.rows.get(wanted.address)) is None:
            continue  # of a new one it is asked anyway
        group, name = matched.coming(wanted, "group"), _name(wanted, row)
        if group is not None and (group, name) != (ref_id(row.fields.get("group")), row.fields.get("name")):
            yield Lookup(CLUSTER.name, "name", name)


def _name(wanted: DesiredObject, row: Row | None) -> str:
    own = row.fields.get("name") if row is not None else ""
    return str(wanted.fields.get("name", own))


def _has(matched: Matched, group: Any, name: str, row: Row | None) -> bool:
    """Whether another cluster of the group has the name."""
    return any(
        other is not row and other.fields.get("name") == name and ref_id(other.fields.get("group")) == group
        for other in matched.index.of(CLUSTER.name)
    )
