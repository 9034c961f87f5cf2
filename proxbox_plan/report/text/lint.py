"""Lint for the terminal: the findings of each rule, why they matter and what to do; then what could not be judged."""

from __future__ import annotations

from collections.abc import Iterator

from proxbox_plan.model.lint.lint import Lint, LintFinding, LintRule
from proxbox_plan.model.lint.severity import Severity
from proxbox_plan.report.lint_words import by_rule, lint_line, unjudged_words, where_of
from proxbox_plan.report.text.layout import BLANK, Line, Span, line, more, rendered
from proxbox_plan.report.text.style import PLAIN, Hue, Style
from proxbox_plan.report.values import named, said

MOST_SHOWN = 20
_HUES: dict[Severity, Hue] = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.NOTE: "cyan"}


def lint_text(lint: Lint, *, style: Style = PLAIN, verbose: bool = False) -> str:
    """Return the findings as text."""
    return rendered(_lines(lint, verbose=verbose), style)


def _lines(lint: Lint, *, verbose: bool) -> Iterator[Line]:
    for rule, findings in by_rule(lint):
        yield from _rule(rule, findings, verbose=verbose)
        yield BLANK
    if lint.unjudged:
        yield from _unjudged(lint, verbose=verbose)
        yield BLANK
    yield line(Span(lint_line(lint), "bold"))


def _rule(rule: LintRule, findings: list[LintFinding], *, verbose: bool) -> Iterator[Line]:
    severity = Span(findings[0].severity.value, _HUES[findings[0].severity])
    yield line(severity, " ", Span(said(rule.title), "bold"), f" ({named(rule.name)}): {len(findings):,}")
    most = len(findings) if verbose else MOST_SHOWN
    for finding in findings[:most]:
        yield line(f"{named(finding.name)} ({named(where_of(finding))}): {said(finding.message)}", indent=4)
    yield from more(len(findings[most:]))
    yield line(Span(f"Why: {said(rule.why)}", "dim"), indent=4)
    yield line(Span(f"Fix: {said(rule.remedy)}", "dim"), indent=4)


def _unjudged(lint: Lint, *, verbose: bool) -> Iterator[Line]:
    yield line(Span("Not judged, as it is not known", "bold"))
    for item in lint.unjudged:
        yield line(said(unjudged_words(item)), indent=4)
        dim = [item.detail if verbose else "", _names(lint, item.rules, verbose=verbose), item.hint]
        yield from (line(Span(said(words), "dim"), indent=8) for words in dim if words)


def _names(lint: Lint, rules: tuple[str, ...], *, verbose: bool) -> str:
    few = 4
    if verbose or len(rules) <= few:
        return f"Rules: {', '.join(map(named, rules))}"
    return f"Rules: {', '.join(map(named, rules[:few]))} and {len(rules) - few} of the other {len(lint.rules) - few}"
