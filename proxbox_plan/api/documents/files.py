"""Documents: read, written, and said in one line. Nothing is contacted."""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

from proxbox_plan.api.sources import saved_state
from proxbox_plan.documents import has_content_of, read_any, read_document, write_document
from proxbox_plan.documents import write_text as write_file
from proxbox_plan.model.base import Document, canonical_json
from proxbox_plan.model.outcome import Outcome
from proxbox_plan.model.plan import Plan
from proxbox_plan.model.state import State
from proxbox_plan.report.subject import ReviewedPlan, Subject
from proxbox_plan.report.summary import verdict
from proxbox_plan.report.text.outcome import outcome_line
from proxbox_plan.report.text.state import state_line

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


def summary(subject: Subject) -> str:
    """Return a state, a plan or an outcome in one line; empty for anything else."""
    match subject:
        case State():
            return state_line(subject)
        case Plan():
            return verdict(subject)
        case ReviewedPlan():
            return verdict(subject.plan)
        case Outcome():
            return outcome_line(subject)
        case _:
            return ""


def json_text(data: object) -> str:
    """Return the canonical JSON of plain data."""
    return canonical_json(data)
