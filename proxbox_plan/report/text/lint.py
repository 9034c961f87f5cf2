"""Lint for the terminal: the findings of each rule, why they matter and what to do; then what could not be judged."""

from __future__ import annotations

from collections.abc import Iterator

from proxbox_plan.model.lint.lint import Lint, LintFinding, LintRule
from proxbox_plan.model.lint.severity import Severity
from proxbox_plan.report.lint_words import by_rule, lint_line, unjudged_words, where_of
from proxbox_plan.report.text.style import PLAIN, Hue, Style
from proxbox_plan.report.values import named, said

MOST_SHOWN = 20
_HUES: dict[Severity, Hue] = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.NOTE: "cyan"}


def lint_text(lint: Lint, *, style: Style = PLAIN, verbose: bool = False) -> str:
    """Return the findings as text."""
    lines: list[str] = []
    for rule, findings in by_rule(lint):
        lines += [*_rule(rule, findings, style, verbose=verbose), ""]
    if lint.unjudged:
        lines += [*_unjudged(lint, style, verbose=verbose), ""]
    return "\n".join([*lines, style.paint(lint_line(lint), "bold")]) + "\n"


def _rule(rule: LintRule, findings: list[LintFinding], style: Style, *, verbose: bool) -> Iterator[str]:
    severity = style.paint(findings[0].severity.value, _HUES[findings[0].severity])
    yield f"{severity} {style.paint(said(rule.title), 'bold')} ({named(rule.name)}): {len(findings):,}"
    most = len(findings) if verbose else MOST_SHOWN
    for finding in findings[:most]:
        yield f"    {named(finding.name)} ({named(where_of(finding))}): {said(finding.message)}"
    if len(findings) > most:
        yield f"    … and {len(findings) - most:,} more (--verbose shows them)"
    yield style.paint(f"    Why: {said(rule.why)}", "dim")
    yield style.paint(f"    Fix: {said(rule.remedy)}", "dim")


def _unjudged(lint: Lint, style: Style, *, verbose: bool) -> Iterator[str]:
    yield style.paint("Not judged, as it is not known", "bold")
    for item in lint.unjudged:
        yield f"    {said(unjudged_words(item))}"
        if item.detail and verbose:
            yield style.paint(f"        {said(item.detail)}", "dim")
        yield style.paint(f"        {_names(lint, item.rules, verbose=verbose)}", "dim")
        if item.hint:
            yield style.paint(f"        {said(item.hint)}", "dim")


def _names(lint: Lint, rules: tuple[str, ...], *, verbose: bool) -> str:
    few = 4
    if verbose or len(rules) <= few:
        return f"Rules: {', '.join(map(named, rules))}"
    return f"Rules: {', '.join(map(named, rules[:few]))} and {len(rules) - few} of the other {len(lint.rules) - few}"
