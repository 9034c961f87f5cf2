"""Steps: what one change is cut into, so that the first of them waits for less."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from proxbox_plan.model.plan import Change, FieldChange
from proxbox_plan.plan.match.rows import references


def targets(fields: Iterable[FieldChange]) -> set[str]:
    """Return the addresses of what will be referred to."""
    return {str(ref["address"]) for field in fields for ref in references(field.after) if "address" in ref}


def needs(change: Change, *, but: Collection[str] = (), also: Iterable[str] = ()) -> tuple[str, ...]:
    """Return what a change depends on, without some of it and with more."""
    return tuple(sorted({address for address in change.depends_on if address not in but} | set(also)))


def remembered(change: Change, *, drop: Collection[str] = (), more: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return what is remembered of an object (`applied`) without some of its fields, and with others."""
    if change.applied is None:
        return None
    fields = {name: value for name, value in (change.applied.get("fields") or {}).items() if name not in drop}
    return {**change.applied, "fields": {**fields, **more}}
