"""What is on the page of a lint: the findings, by rule, and what could not be judged."""

from __future__ import annotations

from proxbox_plan.model.lint.lint import Lint, LintFinding, LintRule, Unjudged
from proxbox_plan.model.lint.severity import Severity
from proxbox_plan.report.html.model import Cell, Mood, Page, PageRow, Tab
from proxbox_plan.report.lint_words import by_rule, kind_of, lint_line, reason_words
from proxbox_plan.report.messages import counted
from proxbox_plan.report.values import named, said

_MOODS: dict[Severity, Mood] = {Severity.ERROR: "bad", Severity.WARNING: "change", Severity.NOTE: "quiet"}
_UNKNOWN = "not judged"


def lint_page(lint: Lint) -> Page:
    """Return the page of a lint."""
    rows = tuple(_row(rule, finding) for rule, findings in by_rule(lint) for finding in findings)
    tabs = [Tab("findings", "Findings", rows, "Value", "All rules")]
    if lint.unjudged:
        unknown = tuple(map(_unjudged, lint.unjudged))
        tabs.append(Tab("not-judged", "Not judged", unknown, "Value"))
    grave = {finding.severity for finding in lint.counted}
    facts = [(named(cluster), f"collected {named(time)}") for cluster, time in sorted(lint.collected.items())]
    facts += [("NetBox", said(lint.netbox_url))] if lint.netbox_url else []
    return Page(
        title="Lint",
        verdict=said(lint_line(lint)),
        mood="bad" if Severity.ERROR in grave else "change" if grave else "good",
        tabs=tuple(tabs),
        moods={**{severity.value: mood for severity, mood in _MOODS.items()}, _UNKNOWN: "change"},
        facts=tuple(facts),
    )


def _row(rule: LintRule, finding: LintFinding) -> PageRow:
    cells = (
        ("vmid", str(finding.vmid) if finding.vmid is not None else ""),
        ("node", finding.node or ""),
        ("rule", finding.rule),
        ("why", rule.why),
        ("also", ", ".join(finding.related)),
    )
    return PageRow(
        finding.severity.value,
        named(kind_of(finding)),
        named(finding.name),
        named(finding.cluster),
        said(rule.title),
        named(finding.address),
        said(finding.message),
        said(rule.remedy),
        cells=tuple(Cell(name, after=said(value)) for name, value in cells if value),
    )


def _unjudged(item: Unjudged) -> PageRow:
    cells = [Cell("rules", after=said(", ".join(item.rules)))]
    cells += [Cell("first", after=said(item.detail))] if item.detail else []
    return PageRow(
        _UNKNOWN,
        "part",
        said(item.part),
        named(item.cluster or ""),
        reason_words(item.reason),
        text=reason_words(item.reason) + (f" ({counted(item.objects, 'object')})" if item.objects else ""),
        hint=said(item.hint),
        cells=tuple(cells),
    )
