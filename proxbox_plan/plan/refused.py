"""Refused: changes that an earlier apply tried in vain: what only NetBox knows (validators, hidden rows) is no news."""

from __future__ import annotations

from proxbox_plan.core.address import Address
from proxbox_plan.model.outcome import Outcome, Result
from proxbox_plan.model.plan import Plan
from proxbox_plan.model.plan.digest import is_same_change

_IN_VAIN = (Result.FAILED, Result.BLOCKED)


def with_refused(plan: Plan, previous: Outcome) -> Plan:
    """Return the plan with NetBox's message for what it refused before, and for what waited for that."""
    tried = {change.address: change for change in previous.changes}
    found: dict[Address, str] = {}
    said = {result.address: result.message for result in previous.results if result.result in _IN_VAIN}
    for change in plan.changes:
        before = tried.get(change.address) if change.address in said else None
        if before is not None and is_same_change(change, before):
            found[change.address] = said[change.address]
    return plan.remade(refused_before=found) if found else plan
