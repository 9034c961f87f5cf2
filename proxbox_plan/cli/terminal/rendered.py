"""A report on stdout, in the format that was asked for, and in files beside it."""

from __future__ import annotations

import logging
import os
from pathlib import Path
from typing import TYPE_CHECKING

from proxbox_plan.cli.terminal.output import Output, Report
from proxbox_plan.core.errors import DocumentError
from proxbox_plan.core.log import get_logger
from proxbox_plan.core.redaction import KNOWN
from proxbox_plan.report.format import Format

if TYPE_CHECKING:
    from proxbox_plan.cli.terminal.events import Events
    from proxbox_plan.report.subject import Subject

logger = get_logger("proxbox_plan.cli")

SUMMARY = "GITHUB_STEP_SUMMARY"


def show_document(output: Output, subject: Subject, format_: Format, *, verbose: bool = False) -> None:
    """Write the reports that go into files, then the one that goes to stdout."""
    from proxbox_plan.report.rendering import render

    write_reports(output, subject, verbose=verbose)
    if output.events is not None:
        tell(output.events, subject)
    if logger.isEnabledFor(logging.INFO) and (summary := _summary(subject)):
        logger.info("%s", summary)
    output.result(render(subject, format_, colour=output.colour, verbose=verbose))


def write_reports(output: Output, subject: Subject, *, verbose: bool = False) -> None:
    """Write the reports that go into files."""
    from proxbox_plan.report.rendering import render

    for report in output.reports:
        text = KNOWN.hide_in_data(render(subject, report.format, verbose=verbose))
        _write(report, text, private=_is_private(subject, report.format))
        output.note(f"Wrote {report.path}.")


def tell(events: Events, subject: Subject) -> None:
    """Write the events of what a stage ended with: each change of a plan, and the result in one line."""
    from proxbox_plan.model.event import EventType, Stage
    from proxbox_plan.model.outcome import Outcome, Result
    from proxbox_plan.model.plan import Plan
    from proxbox_plan.model.state import State

    message = _summary(subject)
    match subject:
        case State():
            events.emit(EventType.SUMMARY, Stage.COLLECT, message=message)
        case Plan():
            for change in subject.changes:
                events.planned(change)
            events.emit(EventType.SUMMARY, Stage.PLAN, total=len(subject.changes), message=message)
        case Outcome():
            done = sum(result.result is Result.DONE for result in subject.results)
            events.emit(EventType.SUMMARY, Stage.APPLY, total=len(subject.results), done=done, message=message)


def _summary(subject: Subject) -> str:
    """Return the result of a stage in one line; nothing for what ends none."""
    from proxbox_plan.model.outcome import Outcome
    from proxbox_plan.model.plan import Plan
    from proxbox_plan.model.state import State
    from proxbox_plan.report.summary import verdict
    from proxbox_plan.report.text.outcome import outcome_line
    from proxbox_plan.report.text.state import state_line

    match subject:
        case State():
            return state_line(subject)
        case Plan():
            return verdict(subject)
        case Outcome():
            return outcome_line(subject)
    return ""


def _is_private(subject: Subject, format_: Format) -> bool:
    """Whether the report names what changes, as a plan does; metrics name nothing, and another user collects them."""
    from proxbox_plan.documents.registry import PRIVATE

    return getattr(subject, "kind", "") in PRIVATE and format_ is not Format.PROMETHEUS


def _write(report: Report, text: str, *, private: bool) -> None:
    from proxbox_plan.documents.writing import write_text

    if not _is_summary(report.path):
        write_text(report.path, text, private=private)
        return
    try:
        with report.path.open("a", encoding="utf-8") as stream:
            stream.write(text)
    except OSError as error:
        raise DocumentError(f"{report.path}: cannot be written: {error.strerror}") from error


def _is_summary(path: Path) -> bool:
    """Whether it is the job summary of GitHub Actions, which every step adds to and none may replace."""
    summary = os.environ.get(SUMMARY, "")
    return summary != "" and path.resolve() == Path(summary).resolve()
