"""Expected: the plan has the changes that were reviewed, whatever document holds them."""

from __future__ import annotations

from proxbox_plan.core.errors import StaleError
from proxbox_plan.model.plan import Plan
from proxbox_plan.model.plan.digest import changes_digest


def check_expected(plan: Plan, expected: str) -> None:
    """Raise StaleError for a plan with other changes than those of a digest, which is computed, not read."""
    found = changes_digest(plan.changes, plan.referred)
    if found != expected.strip():
        raise StaleError(
            f"The plan's changes are {found}, not {expected.strip()!r} as expected",
            hint="Review this plan: it is not the one that the digest is of.",
        )
