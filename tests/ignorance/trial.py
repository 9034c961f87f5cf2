"""Trying cases: what each estate's plans hold that they must not, grouped so that people can read it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from tests.ignorance.case import Case
from tests.ignorance.estates import estate

Group = tuple[str, str, str]
"""Recording, endpoint and fault."""
EXAMPLES = 2


@dataclass
class Findings:
    """The cases that were tried, and what was planned in them although nobody knows any better."""

    tried: Counter[tuple[str, str]] = field(default_factory=Counter)
    """Cases by recording and sort."""
    groups: set[Group] = field(default_factory=set)
    """The groups they belong to."""
    refused: int = 0
    """Cases in which nothing was planned because somebody was told what is wrong."""
    violations: dict[Group, Counter[str]] = field(default_factory=dict)
    """How many cases of a group change what."""
    examples: dict[tuple[Group, str], list[str]] = field(default_factory=dict)
    """Some places where it happens."""

    def add(self, case: Case, changes: Iterable[str], addresses: tuple[str, ...] = ()) -> None:
        """Remember what one case changes."""
        group = (case.recording, case.endpoint, case.fault)
        for change in changes:
            self.violations.setdefault(group, Counter())[change] += 1
            seen = self.examples.setdefault((group, change), [])
            if len(seen) < EXAMPLES:
                seen.append(f"{case.where} ({', '.join(addresses)})")

    def merge(self, other: Findings) -> None:
        """Take over what others found."""
        self.tried.update(other.tried)
        self.groups |= other.groups
        self.refused += other.refused
        for group, changes in other.violations.items():
            self.violations.setdefault(group, Counter()).update(changes)
        self.examples.update(other.examples)


def attempt(cases: Iterable[Case]) -> Findings:
    """Try cases one after the other."""
    findings = Findings()
    for case in cases:
        findings.tried[case.recording, case.sort] += 1
        findings.groups.add((case.recording, case.endpoint, case.fault))
        verdict = estate(case.recording).judge(case.make())
        findings.refused += bool(verdict.refusal)
        findings.add(case, sorted(verdict.changes), verdict.examples)
    return findings
