"""A report on stdout, in the requested format, and reports in files."""

from __future__ import annotations

import logging
import os
from pathlib import Path
from typing import TYPE_CHECKING

from proxbox_plan import api
from proxbox_plan.api import Format
from proxbox_plan.cli.terminal.output import Output, Report
from proxbox_plan.core import files
from proxbox_plan.core.errors import DocumentError
from proxbox_plan.core.log import get_logger
from proxbox_plan.core.redaction import KNOWN
from proxbox_plan.model.event import EventType, Stage
from proxbox_plan.model.outcome import Outcome, Result
from proxbox_plan.model.plan import Plan
from proxbox_plan.model.state import State

if TYPE_CHECKING:
    from proxbox_plan.api import Subject
    from proxbox_plan.cli.terminal.events import Events

logger = get_logger("proxbox_plan.cli")

SUMMARY = "GITHUB_STEP_SUMMARY"


def show_document(output: Output, subject: Subject, format_: Format, *, verbose: bool = False) -> None:
    """Write the reports that go into files, then the one that goes to stdout."""
    write_reports(output, subject, verbose=verbose)
    if output.events is not None:
        tell(output.events, subject)
    if logger.isEnabledFor(logging.INFO) and (summary := api.summary(subject)):
        logger.info("%s", summary)
    output.result(api.render(subject, format_, color=output.color, verbose=verbose, links=output.links))


def write_reports(output: Output, subject: Subject, *, verbose: bool = False) -> None:
    """Write the reports that go into files."""
    for report in output.reports:
        text = KNOWN.hide_in_data(api.render(subject, report.format, verbose=verbose, links=output.links))
        _write(report, text, private=api.is_private(report.format))
        output.note(f"Wrote {report.path}.")


def tell(events: Events, subject: Subject) -> None:
    """Write the events of what a stage ended with: each change of a plan, and the result in one line."""
    message = api.summary(subject)
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


def _write(report: Report, text: str, *, private: bool) -> None:
    if not _is_summary(report.path):
        api.write_text(report.path, text, private=private)
        return
    try:
        files.append(report.path, text)
    except OSError as error:
        raise DocumentError(f"Cannot write the report {report.path}: {error.strerror}") from error


def _is_summary(path: Path) -> bool:
    """Whether it is the job summary of GitHub Actions, which every step appends to."""
    summary = os.environ.get(SUMMARY, "")
    return summary != "" and path.resolve() == Path(summary).resolve()
