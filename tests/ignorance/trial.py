"""Trying cases: what each estate's plans hold that they must not, grouped so that people can read it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from tests.ignorance.case import Case, Group
from tests.ignorance.estates import estate

EXAMPLES = 2


@dataclass
class Findings:
    """The cases that were tried, and what was planned in them although nothing more is known."""

    tried: Counter[tuple[str, str]] = field(default_factory=Counter)
    """Cases by recording and sort."""
    broken: Counter[tuple[str, str]] = field(default_factory=Counter)
    """Cases that break the law, by endpoint and sort."""
    refused: int = 0
    """Cases in which nothing was planned because the user was told what is wrong."""
    violations: dict[Group, Counter[str]] = field(default_factory=dict)
    """How many cases of a group change what."""
    examples: dict[tuple[Group, str], list[str]] = field(default_factory=dict)
    """Some places where it happens."""

    def add(self, case: Case, changes: Iterable[str], places: Mapping[str, str]) -> None:
        """Remember what one case changes, and where."""
        group = case.group
        for change in changes:
            self.violations.setdefault(group, Counter())[change] += 1
            seen = self.examples.setdefault((group, change), [])
            if len(seen) < EXAMPLES:
                seen.append(f"{places.get(change, '')} without {case.where}")

    def merge(self, other: Findings) -> None:
        """Take over what others found."""
        self.tried.update(other.tried)
        self.broken.update(other.broken)
        self.refused += other.refused
        for group, changes in other.violations.items():
            self.violations.setdefault(group, Counter()).update(changes)
        self.examples.update(other.examples)


def attempt(cases: Iterable[Case]) -> Findings:
    """Try cases one after the other."""
    findings = Findings()
    for case in cases:
        findings.tried[case.recording, case.sort] += 1
        verdict = estate(case.recording).judge(case.make())
        findings.refused += bool(verdict.refusal)
        changes = case.breaks(verdict.changes)
        findings.broken[case.endpoint, case.sort] += bool(changes)
        findings.add(case, changes, verdict.places)
    return findings
