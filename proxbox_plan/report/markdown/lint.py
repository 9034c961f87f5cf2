"""Lint as Markdown: a table for each rule, notes folded, then what could not be judged."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from proxbox_plan.model.lint.lint import Lint, LintFinding, LintRule, Unjudged
from proxbox_plan.model.lint.severity import Severity
from proxbox_plan.report.lint_words import by_rule, kind_of, lint_line, unjudged_words
from proxbox_plan.report.markdown.comment import Cells, Section, comment, folded, marker, table, titled
from proxbox_plan.report.markdown.escaping import code, escaped
from proxbox_plan.report.values import named, said

_WHERE = "Everything is in `proxbox lint --verbose`, or as a page with `--format html`."
_HEADER = ("object", "kind", "vmid", "cluster", "node", "what is wrong")


def lint_markdown(lint: Lint) -> str:
    """Return the findings as Markdown, with as many rows as fit into one comment."""
    head = f"{marker('lint', lint.clusters)}\n### {escaped(lint_line(lint))}\n"
    return comment(head, partial(_parts, lint), where=_WHERE)


def _parts(lint: Lint, grave: int, other: int) -> Iterator[Section]:
    for rule, findings in by_rule(lint):
        severity = findings[0].severity
        title = f"{severity.value}: {escaped(said(rule.title))} ({len(findings):,})"
        if severity is Severity.NOTE:
            yield folded(title, _explained(rule, table(_HEADER, findings, _row, other)))
        else:
            yield titled(title, _explained(rule, table(_HEADER, findings, _row, grave)))
    if lint.unjudged:
        header = ("not known", "rules", "first of them", "what to do")
        yield folded(f"Not judged ({len(lint.unjudged):,})", table(header, lint.unjudged, _unknown, grave))


def _explained(rule: LintRule, part: Section) -> Section:
    words = f"{escaped(said(rule.why))} **Fix:** {escaped(said(rule.remedy))} {code(named(rule.name))}"
    return Section(f"{words}\n\n{part.text}", part.left)


def _row(finding: LintFinding) -> Cells:
    vmid = str(finding.vmid) if finding.vmid is not None else ""
    node = code(named(finding.node)) if finding.node else ""
    about = code(named(finding.name)), escaped(named(kind_of(finding))), vmid, code(named(finding.cluster)), node
    return *about, escaped(said(finding.message))


def _unknown(item: Unjudged) -> Cells:
    rules = ", ".join(code(named(rule)) for rule in item.rules)
    return (
        escaped(said(unjudged_words(item))),
        rules,
        code(said(item.detail)) if item.detail else "",
        escaped(said(item.hint)),
    )
