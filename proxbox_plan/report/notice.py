"""Notice: what a message says of a document, and what tells whether the same was said before.

It holds counts and names of clusters only: names of objects are chosen by others, and could call everyone in a chat.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from jinja2 import StrictUndefined, TemplateError, meta

from proxbox_plan.model.base import Document, digest_of
from proxbox_plan.model.drift import Drift
from proxbox_plan.model.lint.lint import Lint
from proxbox_plan.model.outcome import Outcome
from proxbox_plan.model.plan import Plan
from proxbox_plan.report.lint_words import lint_line
from proxbox_plan.report.overview.headline import headline, refusal
from proxbox_plan.report.overview.overview import overview_of
from proxbox_plan.report.subject import unfit
from proxbox_plan.report.summary import verdict
from proxbox_plan.report.text.drift import drift_line
from proxbox_plan.report.text.outcome import outcome_line
from proxbox_plan.report.values import named, said
from proxbox_plan.rules.sandbox import Sandbox

FACTS: Final = ("document", "title", "summary", "clusters", "link")
LONGEST: Final = 4000
"""Characters of a message: chats refuse longer ones."""


@dataclass(frozen=True, slots=True)
class Notice:
    """What is sent of a document."""

    document: str
    title: str
    summary: str
    clusters: tuple[str, ...]
    content: str  # digest of what it is about: equal when there is nothing new to say
    calls: bool  # whether there is anything that someone should hear of

    def body(self, template: str, link: str = "") -> str:
        """Return the text of the message: by a template that was checked, or else the summary and the link."""
        if not template:
            return "\n".join(filter(None, (self.summary, link)))
        facts = {"document": self.document, "title": self.title, "summary": self.summary, "link": link}
        return _environment().from_string(template).render(**facts, clusters=", ".join(self.clusters))[:LONGEST]


def notice_of(document: Document) -> Notice:
    """Return what is to be said of a document; UsageError for one without a summary."""
    match document:
        case Plan():
            words = " ".join(filter(None, (refusal(document), headline(document, overview_of(document)))))
            content = [document.changes_digest, document.applicable]
            calls = bool(document.changes or document.problems)
            return _notice(
                document, document.clusters, words, verdict(document), [content, _problems(document)], calls=calls
            )
        case Outcome():
            clusters = tuple(sorted({change.cluster for change in document.changes if change.cluster}))
            results = [[str(item.address), item.result] for item in document.results]
            content = [document.plan_digest, results, document.stopped]
            words = "Applied" if document.complete else "Not applied completely"
            return _notice(document, clusters, words, outcome_line(document), content, calls=True)
        case Drift():
            content = [[str(item.address), item.field, item.netbox, item.proxmox] for item in document.counted]
            words = "Drift" if document.needs_action else "No drift"
            line, problems = drift_line(document), _problems(document)
            return _notice(document, document.clusters, words, line, [content, problems], calls=document.needs_action)
        case Lint():
            content = [[item.rule, str(item.address), item.message] for item in document.counted]
            words = "Findings in the estate" if document.counted else "No findings"
            return _notice(
                document, document.clusters, words, lint_line(document), content, calls=bool(document.counted)
            )
        case _:
            raise unfit(document)


def _problems(document: Plan | Drift) -> list[str]:
    return sorted(f"{item.address} {item.code}" for item in document.problems)


def problem_of(template: str) -> str:
    """Return what is wrong with a template; empty when nothing is."""
    try:
        unknown = sorted(meta.find_undeclared_variables(_environment().parse(template)) - set(FACTS))
        if unknown:
            return f"template reads {unknown[0]!r}, and there are {', '.join(FACTS)}"
        _environment().from_string(template).render(**dict.fromkeys(FACTS, "x"))
    except TemplateError as error:
        return f"template: {said(str(error))}"
    return ""


def _notice(  # noqa: PLR0913 # what a notice has
    document: Document, clusters: tuple[str, ...], title: str, summary: str, content: object, *, calls: bool
) -> Notice:
    names = tuple(map(named, clusters))
    where = f" ({', '.join(names)})" if names else ""
    return Notice(document.KIND, f"{said(title)}{where}", said(summary), names, digest_of(content), calls)


def _environment() -> Sandbox:
    return Sandbox(StrictUndefined)
