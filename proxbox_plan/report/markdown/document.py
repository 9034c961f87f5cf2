"""Any document as Markdown, for a review."""

from __future__ import annotations

from collections.abc import Sequence

from proxbox_plan.model.base import Document
from proxbox_plan.model.outcome import Outcome
from proxbox_plan.model.plan import Plan
from proxbox_plan.report.link import Link
from proxbox_plan.report.markdown.outcome import outcome_markdown
from proxbox_plan.report.markdown.plan import plan_markdown
from proxbox_plan.report.templates import render_template
from proxbox_plan.report.text.document import render as render_text


def render(document: Document, links: Sequence[Link] = ()) -> str:
    """Return the document as Markdown. A state or an inventory is shown as its text, line by line."""
    if isinstance(document, Plan):
        return plan_markdown(document, links)
    if isinstance(document, Outcome):
        return outcome_markdown(document, links)
    return render_template("markdown/lines.md.j2", lines=render_text(document).splitlines(), links=links)
