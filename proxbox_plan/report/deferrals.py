"""What is deferred, by its cause."""

from __future__ import annotations

from collections.abc import Iterable

from proxbox_plan.core.escaping import sanitized
from proxbox_plan.model.plan import Deferred
from proxbox_plan.model.state import Incomplete
from proxbox_plan.report.messages import INCOMPLETE, kind_word
from proxbox_plan.report.values import named, said

Deferrals = tuple[str, tuple[Deferred, ...]]
"""A cause in words, and what waits because of it."""


def by_cause(deferred: Iterable[Deferred]) -> list[Deferrals]:
    """Return what is deferred by its cause, the most frequent first: an offline node is one line, not 112."""
    causes: dict[tuple[Incomplete, str], list[Deferred]] = {}
    for item in deferred:
        causes.setdefault((item.reason, item.detail), []).append(item)
    ordered = sorted(causes.items(), key=lambda cause: (-len(cause[1]), cause[0]))
    return [(_cause(reason, detail), tuple(items)) for (reason, detail), items in ordered]


def _cause(reason: Incomplete, detail: str) -> str:
    return f"{INCOMPLETE[reason]} ({said(detail)})" if detail else INCOMPLETE[reason]


def deferred_what(item: Deferred) -> str:
    """Return what waits of an object: the action, and the fields if it is not the whole object."""
    fields = f" ({', '.join(map(sanitized, item.fields))})" if item.fields else ""
    return f"{item.action} of {kind_word(item.kind)} {named(item.name)}{fields}"
