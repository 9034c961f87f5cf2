"""First: the one update that may go out before anybody looked at its object, because its write looks itself.

Nothing is written while anything of a plan is stale. So every object is looked at beforehand, kind by kind, but for
one: its `If-Match` is the look, it goes out before all else and alone, and when NetBox answers that the object was
edited, nothing has been written yet. A small plan is spared a request by that.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from proxbox_plan.apply.concurrency.if_match import IF_MATCH_SINCE
from proxbox_plan.apply.concurrency.preconditions import refuse_stale
from proxbox_plan.core.address import Address
from proxbox_plan.model.outcome import ChangeResult, Result
from proxbox_plan.model.plan import Adopt, Change, Move, Update


def first_alone(changes: Sequence[Change], version: tuple[int, int]) -> Change | None:
    """Return an update that waits for nothing and is the only change of a kind's existing objects; null without one."""
    if version < IF_MATCH_SINCE:
        return None
    of_kind: dict[str, list[Change]] = {}
    for change in changes:
        if change.target_id is not None:
            of_kind.setdefault(change.kind, []).append(change)
    alone = (found[0] for found in of_kind.values() if len(found) == 1)
    return next((change for change in alone if _is_fit(change)), None)


def _is_fit(change: Change) -> bool:
    """Whether the write itself compares the object with the plan, and nothing has to be there before it."""
    compared = isinstance(change, Update | Adopt | Move) and change.planned_stamp is not None
    return compared and not change.depends_on


def refuse_if_edited(first: Change, results: Mapping[Address, ChangeResult]) -> None:
    """Raise StaleError when NetBox refused the first update because the object is not as it was planned."""
    result = results.get(first.address)
    if result is not None and result.result is Result.STALE:
        refuse_stale([first])
