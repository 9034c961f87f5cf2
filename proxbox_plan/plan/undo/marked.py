"""Marked: what people tagged is not reverted, as no apply does that: an undo is asked for, whatever Proxmox says."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from proxbox_plan.mapping import KINDS
from proxbox_plan.mapping.estate.protection import has_owner, owner_kind, tags_of_people
from proxbox_plan.model.inventory import Lookup, Row
from proxbox_plan.model.kind import KEY_FIELD
from proxbox_plan.model.outcome import Outcome
from proxbox_plan.model.plan import Change, Create, Delete, Forget
from proxbox_plan.model.problem import Problem, ProblemCode
from proxbox_plan.model.protective_tags import IGNORE_TAG
from proxbox_plan.plan.relations.rows import Rows


def owner_lookups(outcome: Outcome) -> Iterator[Lookup]:
    """Yield the questions for the machines and devices that lost a part, or got one."""
    for change in outcome.changes:
        owned = change.ownership_before if isinstance(change, Delete) else None
        key = change.key if isinstance(change, Create) else owned.key if owned is not None else None
        if key is not None and has_owner(key) and key.machine != key:
            yield Lookup(owner_kind(key).name, f"cf_{KEY_FIELD}", key.machine)


def marked(changes: Iterable[Change], rows: Rows) -> Iterator[Problem]:
    """Yield a problem for each change of an undo that a protective tag in NetBox forbids."""
    owners = {(kind.name, row.key): row for kind in KINDS.values() if kind.documents for row in rows.of(kind.name)}
    for change in changes:
        row = rows.by_id(change.kind, change.target_id) if change.target_id is not None else None
        if row is None or not KINDS[change.kind].managed or isinstance(change, Forget):
            continue
        deletes = isinstance(change, Delete)
        of: tuple[Row, ...] = (
            (row,) if not (deletes and KINDS[change.kind].blocks_parent) else ()
        )  # it goes with its parent
        if deletes and row.key is not None and has_owner(row.key):
            of += tuple(filter(None, (owners.get((owner_kind(row.key).name, row.key.machine)),)))
        found = next(((tag, item) for item in of if (tag := _of(item, removed=deletes))), None)
        if found is not None:
            yield _problem(change, *found)


def _of(row: Row, *, removed: bool) -> str:
    """Return the tag that forbids to revert an object: one that protects it only forbids to delete it."""
    tags = tags_of_people(row)
    if not removed:
        return IGNORE_TAG if IGNORE_TAG in tags else ""
    return min(tags, default="")


def _problem(change: Change, tag: str, of: Row) -> Problem:
    where = "carries" if of.id == change.target_id else f"belongs to {of.name!r}, which carries"
    return Problem(
        code=ProblemCode.EDITED_SINCE,
        address=change.address,
        message=f"{change.kind} {change.name!r} {where} the tag {tag} and is not reverted",
        hint="Remove the tag in NetBox, then undo again.",
    )
