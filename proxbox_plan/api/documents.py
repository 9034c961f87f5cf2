"""Documents: read, written, compared and rendered. Nothing is contacted."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, TypeVar

from proxbox_plan.api.sources import saved_state
from proxbox_plan.compare.states import diff_states
from proxbox_plan.config import config_schema, include_schema
from proxbox_plan.config.check_tests import check_tests_schema
from proxbox_plan.config.mapping_tests import mapping_tests_schema
from proxbox_plan.documents import document_schema, has_content_of, read_any, read_document, write_document
from proxbox_plan.documents import write_text as write_file
from proxbox_plan.model.base import Document, canonical_json
from proxbox_plan.model.difference import StateDiff
from proxbox_plan.model.drift import Drift
from proxbox_plan.model.event import event_schema
from proxbox_plan.model.outcome import Outcome
from proxbox_plan.model.plan import Plan
from proxbox_plan.model.policy.explanation import Explanation
from proxbox_plan.model.policy.mapping_test import TestResult
from proxbox_plan.model.policy.suggestion import RuleSuggestion
from proxbox_plan.model.state import State
from proxbox_plan.plan.drift import make_drift
from proxbox_plan.report.ci import test_results
from proxbox_plan.report.format import Format
from proxbox_plan.report.rendering import render as render_subject
from proxbox_plan.report.rules_yaml import rules_text as learned_rules
from proxbox_plan.report.rules_yaml import tests_text as learned_tests
from proxbox_plan.report.subject import Subject
from proxbox_plan.report.summary import verdict
from proxbox_plan.report.text.explanation import render as explanations_text
from proxbox_plan.report.text.outcome import outcome_line
from proxbox_plan.report.text.state import state_line
from proxbox_plan.report.text.suggestion import render as suggestion_text
from proxbox_plan.report.trend import Trend, trend_of

D = TypeVar("D", bound=Document)


def read(path: Path | str) -> Document:
    """Read a document (`-` for standard input) as whatever it says it is; DocumentError when it is none."""
    return read_any(path)


def read_as(path: Path | str, model: type[D]) -> D:
    """Read a document (`-` for standard input) of one kind; DocumentError when it is another."""
    return read_document(path, model)


def read_states(*paths: Path | str) -> State:
    """Read a state, or several as one: each cluster may be in one of them only."""
    return saved_state(*paths)


def write(document: Document, path: Path | str) -> None:
    """Write a document, whole or not at all, in its canonical form; DocumentError when that is not possible."""
    write_document(document, path)


def is_current(document: Document, path: Path | str) -> bool:
    """Whether a file holds a document of the same content: to write it again would change nothing but its time."""
    return has_content_of(document, path)


def write_text(path: Path | str, text: str, *, private: bool = True) -> None:
    """Write a text, whole or not at all; with mode 0600 unless it is not private."""
    write_file(path, text, private=private)


def diff(before: State, after: State) -> StateDiff:
    """Return what changed between two states, with renames and moves recognized."""
    return diff_states(before, after)


def drift_of(plan: Plan) -> Drift:
    """Return a plan as drift: what differs, and on which side it was changed, as far as the plan knows."""
    return make_drift(plan)


def trend(documents: Sequence[Document]) -> Trend:
    """Return how drift went, from several drift documents; UsageError when one is something else."""
    return trend_of(documents)


def render(subject: Subject, format_: Format = Format.TEXT, *, color: bool = False, verbose: bool = False) -> str:
    """Return a report about a document, the difference of two states, or a trend.

    UsageError when there is no report of that subject in that format.
    """
    return render_subject(subject, format_, color=color, verbose=verbose)


def summary(subject: Subject) -> str:
    """Return a state, a plan or an outcome in one line; empty for anything else."""
    match subject:
        case State():
            return state_line(subject)
        case Plan():
            return verdict(subject)
        case Outcome():
            return outcome_line(subject)
        case _:
            return ""


def is_private(format_: Format) -> bool:
    """Whether a report names objects, as its document does; metrics name nothing, and another user collects them."""
    return format_ is not Format.PROMETHEUS


def render_explanations(explanations: Iterable[Explanation]) -> str:
    """Return explanations for a terminal."""
    return explanations_text(explanations)


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


def json_text(data: object) -> str:
    """Return the canonical JSON of plain data."""
    return canonical_json(data)


def schema(kind: str) -> dict[str, Any]:
    """Return the JSON Schema of a document, or of `config`, `include`, `tests`, `check-tests` or `event`."""
    files = {
        "config": config_schema,
        "include": include_schema,
        "tests": mapping_tests_schema,
        "check-tests": check_tests_schema,
        "event": event_schema,
    }
    return files[kind]() if kind in files else document_schema(kind)
