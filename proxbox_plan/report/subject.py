"""What a report can be about: a document, a plan that is read as drift, or what changed between two states."""

from __future__ import annotations

from proxbox_plan.errors import UsageError
from proxbox_plan.model.base import Document
from proxbox_plan.report.difference import StateDiff
from proxbox_plan.report.drift import Drift

Subject = Document | Drift | StateDiff


def unfit(subject: Subject) -> UsageError:
    """Return the error that only the formats that show any document show this one."""
    name = subject.KIND if isinstance(subject, Document) else type(subject).__name__
    return UsageError(f"there is no report in this format about a document of kind '{name}'",
                      hint="Show it as text, markdown or JSON.")  # fmt: skip
