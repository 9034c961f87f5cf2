"""What a report can be about: a document, what changed between two states, or how drift went."""

from __future__ import annotations

from proxbox_plan.core.errors import UsageError
from proxbox_plan.model.base import Document
from proxbox_plan.model.difference import StateDiff
from proxbox_plan.report.trend import Trend

Subject = Document | StateDiff | Trend


def unfit(subject: Subject) -> UsageError:
    """Return the error that only the formats that show any document show this one."""
    name = subject.KIND if isinstance(subject, Document) else type(subject).__name__
    return UsageError(
        f"A document of kind '{name}' has no report in this format",
        hint="Use the format text, markdown or json.",
    )
