"""What a report can be about: a document, a plan with its approvals, two states compared, or how drift went."""

from __future__ import annotations

from dataclasses import dataclass

from proxbox_plan.core.errors import UsageError
from proxbox_plan.model.base import Document
from proxbox_plan.model.difference import StateDiff
from proxbox_plan.model.plan import Plan
from proxbox_plan.policy.approvals import Tally
from proxbox_plan.report.trend import Trend


@dataclass(frozen=True, slots=True)
class ReviewedPlan:
    """A plan, and who has approved it."""

    plan: Plan
    approvals: Tally


Subject = Document | ReviewedPlan | StateDiff | Trend


def unfit(subject: Subject) -> UsageError:
    """Return the error that only the formats that show any document show this one."""
    name = subject.KIND if isinstance(subject, Document) else type(subject).__name__
    return UsageError(
        f"A document of kind '{name}' has no report in this format",
        hint="Use the format text, markdown or json.",
    )
