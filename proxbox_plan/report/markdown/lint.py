"""Lint as Markdown: a table for each rule, notes folded, then what could not be judged."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

from proxbox_plan.model.lint.lint import Lint, LintFinding, LintRule, Unjudged
from proxbox_plan.model.lint.severity import Severity
from proxbox_plan.report.link import Link
from proxbox_plan.report.lint_words import by_rule, kind_of, lint_line, unjudged_words
from proxbox_plan.report.markdown.blocks import Block, Code, Strong, Words, table
from proxbox_plan.report.markdown.comment import comment, marker
from proxbox_plan.report.values import named, said

_WHERE: Words = (
    "Everything is in ",
    Code("proxbox lint --verbose"),
    ", or as a page with ",
    Code("--format html"),
    ".",
)
_HEADER = ("object", "kind", "vmid", "cluster", "node", "what is wrong")


def lint_markdown(lint: Lint, links: Sequence[Link] = ()) -> str:
    """Return the findings as Markdown, with as many rows as fit into one comment."""
    return comment(marker("lint", lint.clusters), lint_line(lint), partial(_blocks, lint), where=_WHERE, links=links)


def _blocks(lint: Lint, grave: int, other: int) -> Iterator[Block]:
    for rule, findings in by_rule(lint):
        severity = findings[0].severity
        folded = severity is Severity.NOTE
        title = f"{severity.value}: {said(rule.title)} ({len(findings):,})"
        most = other if folded else grave
        yield table(title, _HEADER, findings, _row, most, folded=folded, intro=_explained(rule))
    if lint.unjudged:
        header = ("not known", "rules", "first of them", "what to do")
        yield table(f"Not judged ({len(lint.unjudged):,})", header, lint.unjudged, _unknown, grave, folded=True)


def _explained(rule: LintRule) -> Words:
    return f"{said(rule.why)} ", Strong("Fix:"), f" {said(rule.remedy)} ", Code(named(rule.name))


def _row(finding: LintFinding) -> tuple[Words, ...]:
    vmid = str(finding.vmid) if finding.vmid is not None else ""
    about = Code(named(finding.name)), named(kind_of(finding)), vmid, Code(named(finding.cluster))
    return *about, Code(named(finding.node or "")), said(finding.message)


def _unknown(item: Unjudged) -> tuple[Words, ...]:
    rules = tuple(word for rule in item.rules for word in (", ", Code(named(rule))))[1:]
    return said(unjudged_words(item)), rules, Code(said(item.detail)), said(item.hint)
