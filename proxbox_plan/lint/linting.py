"""Linting: a state, and an inventory if there is one, to a Lint document."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from proxbox_plan.core.address import Address
from proxbox_plan.lint.coverage import unknown
from proxbox_plan.lint.estate import LintEstate, Whereabouts
from proxbox_plan.lint.exceptions import CompiledException, compiled, excepted
from proxbox_plan.lint.registry import RULES
from proxbox_plan.lint.rule import Defect, Doubt, RegisteredRule
from proxbox_plan.lint.subject import Subject
from proxbox_plan.model.inventory import Inventory
from proxbox_plan.model.lint.lint import Lacking, Lint, LintFinding, LintRule, Unjudged
from proxbox_plan.model.lint.settings import LintSettings
from proxbox_plan.model.lint.severity import Severity
from proxbox_plan.model.policy import Policy
from proxbox_plan.model.state import Incomplete, State

_Cause = tuple[str | None, str, Incomplete | Lacking]


def make_lint(
    state: State, settings: LintSettings, policy: Policy | None = None, inventory: Inventory | None = None
) -> Lint:
    """Return what is wrong in an estate, and what could not be judged. What is not known is no finding."""
    estate = LintEstate(state, policy, inventory)
    exceptions = compiled(settings.exceptions)
    tried = [rule for rule in RULES if settings.rules.of(rule.name).enabled]
    causes = _Causes()
    found: list[LintFinding] = []
    for rule in tried:
        severity = _severity(rule, settings)
        for said in rule.find(estate, settings.rules.of(rule.name)):
            if isinstance(said, Doubt):
                causes.add(rule.name, said)
            else:
                found += _findings(rule.name, severity, said, exceptions, causes)
    order = {rule.name: place for place, rule in enumerate(tried)}
    severities = list(Severity)
    found.sort(
        key=lambda one: (
            severities.index(one.severity),
            order[one.rule],
            (one.cluster, one.kind, one.vmid or 0, one.name, one.part),
        )
    )
    return Lint.make(
        state=state.digest,
        collected=state.collected,
        netbox_url=inventory.url if inventory is not None else None,
        clusters=tuple(cluster.name for cluster in state.clusters),
        guests=sum(len(cluster.guests) for cluster in state.clusters),
        fail_on=settings.fail_on,
        rules=tuple(
            LintRule(
                name=rule.name,
                title=rule.title,
                severity=_severity(rule, settings),
                why=rule.why,
                remedy=rule.remedy,
            )
            for rule in tried
        ),
        findings=tuple(found),
        unjudged=tuple(causes.unjudged()),
    )


def _severity(rule: RegisteredRule, settings: LintSettings) -> Severity:
    return settings.rules.of(rule.name).severity or rule.severity


def _findings(
    rule: str, severity: Severity, defect: Defect, exceptions: Sequence[CompiledException], causes: _Causes
) -> Iterator[LintFinding]:
    """Yield the finding of a defect, unless exceptions leave too few of its objects, or may do so."""
    verdicts = [(subject, excepted(exceptions, rule, subject)) for subject in defect.about]
    sure = [subject for subject, verdict in verdicts if verdict is False]
    if len(sure) >= defect.least:
        yield _finding(rule, severity, defect, sure)
        return
    for subject, verdict in verdicts:
        if verdict is None:
            causes.add(rule, _doubt(subject))


def _doubt(subject: Subject) -> Doubt:
    """Return why it is not known whether an exception covers a guest."""
    place = Whereabouts(subject.home, subject.guest) if subject.home is not None and subject.guest is not None else None
    found = unknown(place, "row", "pool", "config") if place is not None else None
    return found or Doubt("exceptions", Lacking.RULES, subject.cluster, subject.address)


def _finding(rule: str, severity: Severity, defect: Defect, subjects: Sequence[Subject]) -> LintFinding:
    first, *others = subjects
    with_ = f": {', '.join(one.words for one in subjects)}" if defect.least > 1 else ""
    return LintFinding(
        rule=rule,
        severity=severity,
        address=first.address,
        kind=first.kind,
        name=first.name,
        vmid=first.vmid,
        cluster=first.cluster,
        node=first.node,
        part=defect.part,
        message=f"{defect.message}{with_}",
        related=tuple(dict.fromkeys(one.address for one in others if one.address != first.address)),
    )


@dataclass(slots=True)
class _Collected:
    """What was said of one cause."""

    first: Doubt
    rules: dict[str, None] = field(default_factory=dict)
    about: set[Address] = field(default_factory=set)


class _Causes:
    """Keeps each cause of doubt once."""

    def __init__(self) -> None:
        self._found: dict[_Cause, _Collected] = {}

    def add(self, rule: str, doubt: Doubt) -> None:
        """Note that a rule could not judge something."""
        cause = (doubt.cluster, doubt.part, doubt.reason)
        found = self._found.setdefault(cause, _Collected(doubt))
        found.rules[rule] = None
        if doubt.about is not None:
            found.about.add(doubt.about)

    def unjudged(self) -> Iterable[Unjudged]:
        """Yield the causes, those of a cluster together."""
        ordered = sorted(self._found, key=lambda cause: (cause[0] or "", cause[1], cause[2]))
        for cluster, part, reason in ordered:
            found = self._found[cluster, part, reason]
            yield Unjudged(
                cluster=cluster,
                part=part,
                reason=reason,
                rules=tuple(found.rules),
                objects=len(found.about),
                detail=found.first.detail,
                hint=found.first.hint,
            )
