"""The approvals of a plan in words, the same in every format. What a file says of itself is untrusted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from proxbox_plan.policy.approvals import Tally, approval_words
from proxbox_plan.report.subject import ReviewedPlan
from proxbox_plan.report.values import named, said

COUNTS: Final = "counts"
COUNTS_NOT: Final = "does not count"


@dataclass(frozen=True, slots=True)
class ApprovalRow:
    """One approval file, who signed it as it says, and what it is worth."""

    file: str
    approver: str
    status: str
    why: str

    @property
    def verdict(self) -> str:
        """Return whether it counts, and why not."""
        return f"{self.status}: {self.why}" if self.why else self.status


def approvals_line(found: Tally) -> str:
    """Return how many approvals are required, and how many count."""
    return said(f"{approval_words(found)}.")


def approval_rows(found: Tally) -> tuple[ApprovalRow, ...]:
    """Return each approval, those that count first."""
    judged = sorted(found.judged, key=lambda each: bool(each.why))
    return tuple(
        ApprovalRow(named(each.file), named(each.approver), COUNTS_NOT if each.why else COUNTS, said(each.why))
        for each in judged
    )


def reviewed_json(subject: ReviewedPlan) -> dict[str, Any]:
    """Return a plan as its document has it, and its approvals, as plain data."""
    found = subject.approvals
    return {
        "plan": subject.plan.model_dump(mode="json"),
        "approvals": {
            "required": found.requirement.needed,
            "enough": found.enough,
            "people": list(found.people),
            "author_unknown": found.requirement.unknown,
            "judged": [{"file": one.file, "approver": one.approver, "why_not": one.why} for one in found.judged],
            "for_other_plans": found.elsewhere,
        },
    }
