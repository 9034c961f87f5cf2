"""Reports: what documents and results look like in each format. Nothing is contacted."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from proxbox_plan.api.documents.files import json_text
from proxbox_plan.core.errors import UsageError
from proxbox_plan.model.policy.explanation import Explanation
from proxbox_plan.model.policy.mapping_test import TestResult
from proxbox_plan.model.policy.suggestion import RuleSuggestion
from proxbox_plan.model.reverse_drift import ReverseDrift
from proxbox_plan.report.ci import test_results
from proxbox_plan.report.format import Format
from proxbox_plan.report.link import Link
from proxbox_plan.report.rendering import render as render_subject
from proxbox_plan.report.rules_yaml import rules_text as learned_rules
from proxbox_plan.report.rules_yaml import tests_text as learned_tests
from proxbox_plan.report.subject import Subject
from proxbox_plan.report.text.explanation import render as explanations_text
from proxbox_plan.report.text.reverse_drift import reverse_drift_text
from proxbox_plan.report.text.suggestion import render as suggestion_text


def render(
    subject: Subject,
    format_: Format = Format.TEXT,
    *,
    color: bool = False,
    verbose: bool = False,
    links: Sequence[Link] = (),
) -> str:
    """Return a report about a document, the difference of two states, or a trend; `links` end one in Markdown.

    UsageError when there is no report of that subject in that format.
    """
    return render_subject(subject, format_, color=color, verbose=verbose, links=links)


def is_private(format_: Format) -> bool:
    """Whether a report names objects, as its document does; metrics name nothing, and another user collects them."""
    return format_ is not Format.PROMETHEUS


def render_explanations(explanations: Iterable[Explanation]) -> str:
    """Return explanations for a terminal."""
    return explanations_text(explanations)


def render_reverse_drift(found: ReverseDrift, format_: Format = Format.TEXT) -> str:
    """Return what Proxmox would need as lines for a shell, or as JSON; UsageError for any other format."""
    if format_ is Format.JSON:
        return json_text(found.model_dump(mode="json"))
    if format_ is not Format.TEXT:
        raise UsageError(
            f"What Proxmox would need has no report in the format {format_}", hint="Use --format text or json."
        )
    return reverse_drift_text(found)


def render_test_results(results: Sequence[TestResult], *, junit: bool = False) -> str:
    """Return the results of mapping tests and check tests for a terminal, or as JUnit XML."""
    return test_results.junit(results) if junit else test_results.text(results)


def render_suggestion(suggestion: RuleSuggestion, *, verbose: bool = False) -> str:
    """Return for a terminal how well learned rules describe NetBox, and the exceptions; all of them when verbose."""
    return suggestion_text(suggestion, verbose=verbose)


def rules_yaml(suggestion: RuleSuggestion) -> str:
    """Return learned rules as a file that the configuration can include."""
    return learned_rules(suggestion)


def mapping_tests_yaml(suggestion: RuleSuggestion) -> str:
    """Return the mapping tests of learned rules as a file."""
    return learned_tests(suggestion)
