"""Renders any document in any format: the one table of subjects, formats and functions."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import assert_never

from proxbox_plan.model.base import Document, canonical_json
from proxbox_plan.model.difference import StateDiff
from proxbox_plan.model.drift import Drift
from proxbox_plan.model.lint.lint import Lint
from proxbox_plan.report import lines
from proxbox_plan.report.approvals import reviewed_json
from proxbox_plan.report.ci import github, junit, prometheus, sarif
from proxbox_plan.report.ci.findings import review_of
from proxbox_plan.report.difference import diff_markdown, diff_text
from proxbox_plan.report.format import Format
from proxbox_plan.report.html.encoding import page_html
from proxbox_plan.report.html.pages import page_of
from proxbox_plan.report.link import Link
from proxbox_plan.report.markdown import document as markdown
from proxbox_plan.report.markdown.drift import drift_markdown
from proxbox_plan.report.markdown.lint import lint_markdown
from proxbox_plan.report.markdown.plan import plan_markdown
from proxbox_plan.report.markdown.trend import trend_markdown
from proxbox_plan.report.subject import ReviewedPlan, Subject
from proxbox_plan.report.text import document as text
from proxbox_plan.report.text.drift import drift_text
from proxbox_plan.report.text.lint import lint_text
from proxbox_plan.report.text.plan import plan_text
from proxbox_plan.report.text.style import Style
from proxbox_plan.report.text.trend import trend_text
from proxbox_plan.report.trend import Trend

_OF_FINDINGS = {Format.JUNIT: junit.render, Format.SARIF: sarif.render, Format.GITHUB: github.render}


def render(  # noqa: PLR0911 # one return per format
    subject: Subject, format_: Format, *, color: bool = False, verbose: bool = False, links: Sequence[Link] = ()
) -> str:
    """Return the report; UsageError when there is none of that subject in that format. `links` are for Markdown."""
    match format_:
        case Format.TEXT:
            return _text(subject, Style(color=color), verbose=verbose)
        case Format.MARKDOWN:
            return _markdown(subject, links)
        case Format.JSON:
            return _json(subject)
        case Format.LINES:
            return lines.render(json.loads(_json(subject)))
        case Format.HTML:
            return page_html(page_of(subject))
        case Format.JUNIT | Format.SARIF | Format.GITHUB:
            return _OF_FINDINGS[format_](review_of(_document(subject)))
        case Format.PROMETHEUS:
            return prometheus.render(_document(subject))
        case _:
            assert_never(format_)


def _text(subject: Subject, style: Style, *, verbose: bool) -> str:
    match subject:
        case Drift():
            return drift_text(subject, style=style, verbose=verbose)
        case Lint():
            return lint_text(subject, style=style, verbose=verbose)
        case StateDiff():
            return diff_text(subject, style=style)
        case Trend():
            return trend_text(subject, style=style)
        case ReviewedPlan():
            return plan_text(subject.plan, style=style, verbose=verbose, approvals=subject.approvals)
        case Document():
            return text.render(subject, color=style.color, verbose=verbose)


def _markdown(subject: Subject, links: Sequence[Link]) -> str:
    match subject:
        case Drift():
            return drift_markdown(subject, links)
        case Lint():
            return lint_markdown(subject, links)
        case StateDiff():
            return diff_markdown(subject, links)
        case Trend():
            return trend_markdown(subject, links)
        case ReviewedPlan():
            return plan_markdown(subject.plan, links, subject.approvals)
        case Document():
            return markdown.render(subject, links)


def _document(subject: Subject) -> Subject:
    """Return the plan without its approvals, which are no finding of it and no metric."""
    return subject.plan if isinstance(subject, ReviewedPlan) else subject


def _json(subject: Subject) -> str:
    match subject:
        case StateDiff() | Trend():
            return canonical_json(subject.model_dump(mode="json"))
        case ReviewedPlan():
            return canonical_json(reviewed_json(subject))
        case Document():
            return subject.to_json()
