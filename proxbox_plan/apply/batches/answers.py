"""Answers: the results of a request that NetBox accepted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from proxbox_plan.apply.batches.states import SETTLED, Attempt, States, Uncertain
from proxbox_plan.apply.context import ApplyContext
from proxbox_plan.core.errors import UncertainWriteError
from proxbox_plan.model.kind import KEY_FIELD
from proxbox_plan.model.plan import Change

_WEAK: Final = "NetBox {version} knows no If-Match: compared with the plan right before the write, not in it"
_UNTIMED: Final = "it has no time of its last change: compared by value right before the write, not in it"


def record_answer(context: ApplyContext, attempt: Attempt, answer: Any) -> States:
    """Record what an answer says; one that does not name our objects leaves the write uncertain."""
    rows = _rows_of(attempt, answer)
    if rows is None:
        lost = f"the answer of {attempt.method} does not name the objects that were sent"
        return (Uncertain(attempt, UncertainWriteError(lost, delay=0.0)),)
    compared = attempt.method == "POST" or context.is_compared(attempt.changes)
    message = (
        "" if compared else _UNTIMED if context.has_if_match else _WEAK.format(version=context.netbox.version_text)
    )
    pairs = zip(attempt.changes, rows, strict=True)
    results = context.results
    results.record([results.done(change, row["id"], row.get("last_updated"), message) for change, row in pairs])
    return SETTLED


def _rows_of(attempt: Attempt, answer: Any) -> list[dict[str, Any]] | None:
    """Return the row of each change: creations are answered in order, updates in any; null when one is missing."""
    changes = attempt.changes
    if attempt.method == "DELETE":
        return [{"id": change.target_id} for change in changes]
    rows = [row for row in answer if _has_id(row)] if isinstance(answer, list) else []
    if attempt.method == "POST":
        whole = len(rows) == len(changes) and all(map(_is_of, rows, changes))
        return rows if whole else None
    by_id = {row["id"]: row for row in rows}
    found = [by_id[change.target_id] for change in changes if change.target_id in by_id]
    return found if len(found) == len(changes) else None


def _has_id(row: object) -> bool:
    return isinstance(row, dict) and isinstance(row.get("id"), int)


def _is_of(row: Mapping[str, Any], change: Change) -> bool:
    """Whether a row is what a creation made, as far as its key says."""
    return change.key is None or (row.get("custom_fields") or {}).get(KEY_FIELD) == change.key
