"""Exceptions: what the configuration says is no finding."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from proxbox_plan.core.patterns import Expression, pattern
from proxbox_plan.lint.subject import Subject
from proxbox_plan.model.lint.settings import LintException
from proxbox_plan.model.state.vlans import Wiring
from proxbox_plan.rules import conditions
from proxbox_plan.rules.conditions import CompiledCondition, any_of
from proxbox_plan.rules.rule_book import guest_subject, unknown_keys


@dataclass(frozen=True, slots=True)
class CompiledException:
    """An exception ready to be evaluated."""

    rules: frozenset[str]
    when: CompiledCondition | None
    addresses: tuple[Expression, ...]

    def covers(self, rule: str, subject: Subject) -> bool | None:
        """Whether a finding of a rule is none; null when that depends on what is unknown of the guest."""
        if self.rules and rule not in self.rules:
            return False
        if self.when is None:
            return any(one.search(subject.address) is not None for one in self.addresses)
        if subject.guest is None or subject.home is None:
            return False
        found = Wiring(subject.home).vlans_of(subject.guest)
        return self.when.decide(
            guest_subject(subject.guest, subject.cluster, found), unknown_keys(subject.guest, found)
        )


def compiled(exceptions: Iterable[LintException]) -> tuple[CompiledException, ...]:
    """Return the exceptions ready to be evaluated."""
    return tuple(
        CompiledException(
            frozenset(one.rules),
            conditions.compiled(one.when) if one.when is not None else None,
            tuple(map(pattern, (one.address,) if isinstance(one.address, str) else one.address or ())),
        )
        for one in exceptions
    )


def excepted(exceptions: Iterable[CompiledException], rule: str, subject: Subject) -> bool | None:
    """Return whether any exception covers it; null when that is not known."""
    return any_of(one.covers(rule, subject) for one in exceptions)
