"""Any document as Markdown, for a review."""

from __future__ import annotations

from proxbox_plan.model.base import Document
from proxbox_plan.model.outcome import Outcome
from proxbox_plan.model.plan import Plan
from proxbox_plan.report.markdown.escaping import escaped
from proxbox_plan.report.markdown.outcome import outcome_markdown
from proxbox_plan.report.markdown.plan import plan_markdown
from proxbox_plan.report.text.document import render as render_text


def render(document: Document) -> str:
    """Return the document as Markdown. A state or an inventory is shown as its text, line by line."""
    if isinstance(document, Plan):
        return plan_markdown(document)
    if isinstance(document, Outcome):
        return outcome_markdown(document)
    return "\n".join(_line(line) for line in render_text(document).splitlines()) + "\n"


def _line(line: str) -> str:
    text = line.strip()
    if not text:
        return ""
    return f"* {escaped(text)}" if line.startswith(" ") else f"\n{escaped(text)}\n"
