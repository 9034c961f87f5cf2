"""Findings: a report object by object, for programs that collect them: dashboards, scanners, annotations."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from proxbox_plan.model.difference import StateDiff
from proxbox_plan.model.drift import Drift, Origin
from proxbox_plan.model.lint.lint import Lint, LintRule
from proxbox_plan.model.lint.severity import Severity
from proxbox_plan.model.outcome import ChangeResult, Outcome, Result
from proxbox_plan.model.plan import Plan
from proxbox_plan.model.plan.merged import merged
from proxbox_plan.model.policy import CheckSeverity
from proxbox_plan.model.state import Incomplete, State
from proxbox_plan.report.ci.rules import FindingRule, rule
from proxbox_plan.report.difference import diff_line, unread_words
from proxbox_plan.report.lint_words import lint_line, unjudged_words, where_of
from proxbox_plan.report.messages import INCOMPLETE, RESULTS, kind_word
from proxbox_plan.report.subject import Subject, unfit
from proxbox_plan.report.summary import check_words, verdict
from proxbox_plan.report.text.drift import drift_line, subject_of, what_of
from proxbox_plan.report.text.outcome import outcome_line
from proxbox_plan.report.text.state import missing_parts, state_line
from proxbox_plan.report.values import named, said


class Level(StrEnum):
    """How much a finding matters."""

    ERROR = "error"  # apply refuses the plan, or a change did not land
    WARNING = "warning"  # a person should look
    NOTE = "note"  # something is deferred or preserved on purpose


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to say about one object; every text is sanitized and on one line."""

    rule: FindingRule
    level: Level
    address: str
    name: str
    message: str
    hint: str = ""
    part: str = ""  # field of the object, where it is about one

    @property
    def kind(self) -> str:
        """Kind of the object: the first part of its address."""
        return self.address.partition(":")[0]


@dataclass(frozen=True, slots=True)
class Review:
    """Everything that is found in one subject, and the objects without a finding."""

    about: str
    verdict: str
    good: bool
    findings: tuple[Finding, ...]
    agreed: tuple[tuple[str, str], ...] = ()  # address and name


def review_of(subject: Subject) -> Review:
    """Return the findings; UsageError for a subject that has none."""
    match subject:
        case Plan():
            return _plan(subject)
        case Drift():
            found = (*_drift(subject), *_not_changed(subject))
            return Review("drift", drift_line(subject), all(one.level is Level.NOTE for one in found), found)
        case Lint():
            return Review("lint", said(lint_line(subject)), not subject.counted, tuple(_lint(subject)))
        case Outcome():
            return _outcome(subject)
        case StateDiff():
            return Review("diff", diff_line(subject), good=True, findings=tuple(_diff(subject)))
        case State():
            found = tuple(_incomplete(subject))
            return Review("state", said(state_line(subject)), not found, found)
        case _:
            raise unfit(subject)


def _plan(plan: Plan) -> Review:
    found = (*_forbidden(plan), *_not_changed(plan))
    named_in = {finding.address for finding in found}
    changes = ((named(change.address), named(change.name)) for change in merged(plan.changes))
    agreed = tuple(item for item in changes if item[0] not in named_in)
    return Review("plan", verdict(plan), plan.applicable, found, agreed)


_SEVERITIES = {CheckSeverity.DENY: Level.ERROR, CheckSeverity.REQUIRE: Level.NOTE, CheckSeverity.ADVISORY: Level.NOTE}


def _forbidden(plan: Plan) -> Iterator[Finding]:
    for limit in plan.limits:
        about = f"the limit of {kind_word(limit.kind, 2)}"
        exceeded, address = rule("limit", "exceeded"), named(f"limit:{limit.kind}")
        level = Level.WARNING if limit.forced else Level.ERROR
        yield Finding(exceeded, level, address, named(about), said(limit.message or exceeded.title))
    for hit in plan.checks:
        about = f"{check_words(hit)} ({', '.join(hit.addresses)})"
        yield Finding(
            rule("check", hit.severity),
            _SEVERITIES[hit.severity],
            named(f"check:{hit.name}"),
            named(hit.name),
            said(about),
        )


def _not_changed(plan: Plan | Drift) -> Iterator[Finding]:
    for problem in plan.problems:
        address = named(problem.address)
        about = rule("problem", problem.code)
        yield Finding(about, Level.WARNING, address, address, said(problem.message or about.title), said(problem.hint))
    for item in plan.deferred:
        about = rule("deferred", item.reason)
        words = f"{item.action} of {kind_word(item.kind)} {item.name} is deferred: {INCOMPLETE[item.reason]}"
        detail = f" ({item.detail})" if item.detail else ""
        yield Finding(about, Level.NOTE, named(item.address), named(item.name), said(words + detail))


def _drift(drift: Drift) -> Iterator[Finding]:
    for item in drift.items:
        level = Level.NOTE if item.origin is Origin.PRESERVED or item.follows is not None else Level.WARNING
        message = said(f"{subject_of(item)}: {what_of(item, drift.binding.units)}")
        yield Finding(
            rule("drift", item.origin),
            level,
            named(item.address),
            named(item.name),
            message,
            part=named(item.field or ""),
        )


_OF_LINT = {Severity.ERROR: Level.ERROR, Severity.WARNING: Level.WARNING, Severity.NOTE: Level.NOTE}


def _lint(lint: Lint) -> Iterator[Finding]:
    """Yield the findings; one that does not count is a note, as is what could not be judged."""
    rules = {rule.name: _lint_rule(rule) for rule in lint.rules}
    for finding in lint.findings:
        level = _OF_LINT[finding.severity] if finding.severity.counts(lint.fail_on) else Level.NOTE
        about = rules[finding.rule]
        message = said(f"{finding.name} ({where_of(finding)}): {finding.message}")
        yield Finding(
            about, level, named(finding.address), named(finding.name), message, about.help, named(finding.part)
        )
    for item in lint.unjudged:
        words = said(f"Not judged: {unjudged_words(item)}")
        address = named(f"lint:{item.cluster or '*'}/{item.part}")
        part = named(f"{item.reason}")
        yield Finding(rule("lint", "not-judged"), Level.NOTE, address, named(item.part), words, said(item.hint), part)


def _lint_rule(found: LintRule) -> FindingRule:
    """Return the rule as its document describes it."""
    name = named(found.name)
    return FindingRule(f"lint/{name}", said(found.title) or name, said(f"{found.why} {found.remedy}"))


_LEVELS = {
    Result.FAILED: Level.ERROR,
    Result.STALE: Level.ERROR,
    Result.BLOCKED: Level.NOTE,
    Result.PENDING: Level.NOTE,
}


def _outcome(outcome: Outcome) -> Review:
    found = tuple(_unlanded(item, level) for item in outcome.by_object() if (level := _LEVELS.get(item.result)))
    agreed = ((named(item.address), named(item.name)) for item in outcome.by_object() if item.result is Result.DONE)
    line = outcome_line(outcome)
    stopped = f" Stopped: {said(outcome.stopped)}" if outcome.stopped else ""
    return Review("outcome", line + stopped, outcome.complete, found, tuple(agreed))


def _unlanded(item: ChangeResult, level: Level) -> Finding:
    about = rule("result", item.result)
    words = f"{item.action} of {kind_word(item.kind)} {item.name}: {item.message or RESULTS[item.result]}"
    return Finding(about, level, named(item.address), named(item.name), said(words))


def _diff(diff: StateDiff) -> Iterator[Finding]:
    for item in diff.objects:
        fields = ", ".join((*(field.field for field in item.fields), *map(unread_words, item.unread)))
        words = f"{item.kind} {item.name} of {item.cluster}: {item.sort}{f' ({fields})' if fields else ''}"
        address = named(f"{item.kind}:{item.cluster}/{item.id}")
        yield Finding(rule("diff", item.sort), Level.NOTE, address, named(item.name), said(words))


def _incomplete(state: State) -> Iterator[Finding]:
    for cluster in state.clusters:
        for subject, coverage in missing_parts(cluster):
            reason = coverage.reason or Incomplete.NOT_READ
            about = rule("incomplete", reason)
            words = f"{subject} of {cluster.name} was not read: {coverage.detail or INCOMPLETE[reason]}"
            address = named(f"state:{cluster.name}/{subject}")
            yield Finding(about, Level.WARNING, address, named(subject), said(words))
