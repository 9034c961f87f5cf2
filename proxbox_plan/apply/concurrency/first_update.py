"""First update: the one update that is sent without looking at its object first, as its `If-Match` is that look.

Nothing is written while anything of a plan is stale. So every object is looked at beforehand, kind by kind, except
one: it is sent before everything else and alone, and when NetBox answers that the object was edited, nothing has been
written yet. That saves a small plan a request.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from proxbox_plan.apply.concurrency.if_match import IF_MATCH_SINCE
from proxbox_plan.apply.concurrency.preconditions import refuse_stale
from proxbox_plan.core.address import Address
from proxbox_plan.model.outcome import ChangeResult, Result
from proxbox_plan.model.plan import Adopt, Change, Move, Update


def first_alone(changes: Sequence[Change], version: tuple[int, int]) -> Change | None:
    """Return an update that depends on nothing and is the only change of its kind's existing objects; or null."""
    if version < IF_MATCH_SINCE:
        return None
    of_kind: dict[str, list[Change]] = {}
    for change in changes:
        if change.target_id is not None:
            of_kind.setdefault(change.kind, []).append(change)
    alone = (found[0] for found in of_kind.values() if len(found) == 1)
    return next((change for change in alone if _is_fit(change)), None)


def _is_fit(change: Change) -> bool:
    """Whether the write itself compares the object with the plan, and depends on no other change."""
    compared = isinstance(change, Update | Adopt | Move) and change.planned_stamp is not None
    return compared and not change.depends_on


def refuse_if_edited(first: Change, results: Mapping[Address, ChangeResult]) -> None:
    """Raise StaleError when NetBox refused the first update because the object is not as it was planned."""
    result = results.get(first.address)
    if result is not None and result.result is Result.STALE:
        refuse_stale([first])
