"""Outcome of a run: one result for each change of the plan, in its order."""

from __future__ import annotations

from collections.abc import Mapping

from proxbox_plan.core.address import Address
from proxbox_plan.model.branch import Branch
from proxbox_plan.model.outcome import ChangeResult, Outcome, Result
from proxbox_plan.model.plan import Change, Plan


def outcome_of(  # noqa: PLR0913 # what an outcome says
    plan: Plan,
    done: Mapping[Address, ChangeResult],
    stopped: str,
    writes: int,
    *,
    branch: Branch | None = None,
    warning: str = "",
) -> Outcome:
    """Return what a run did; changes without a result are pending for the reason it stopped."""
    results = tuple(done.get(change.address) or _pending(change, stopped) for change in plan.changes)
    complete = all(result.result is Result.DONE for result in results)
    return Outcome.make(
        plan_id=plan.id,
        plan_digest=plan.digest,
        netbox_url=plan.binding.netbox_url,
        branch=branch or plan.binding.branch,
        changes=plan.changes,
        machines=plan.machines,
        units=plan.binding.units,
        results=results,
        complete=complete,
        stopped=stopped,
        warning=warning,
        writes=writes,
    )


def _pending(change: Change, why: str) -> ChangeResult:
    return ChangeResult(
        address=change.address,
        kind=change.kind,
        action=change.action,
        name=change.name,
        result=Result.PENDING,
        netbox_id=change.target_id,
        message=why,
    )
