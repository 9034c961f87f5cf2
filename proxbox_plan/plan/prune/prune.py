"""Prune: the fourth phase of planning: deletes what is no longer desired, and omits what is not possible."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from proxbox_plan.core.address import Address
from proxbox_plan.model.plan import Change, Deferred, LeftAlone, Preserved
from proxbox_plan.model.problem import Problem
from proxbox_plan.plan.diff.diff import Diffed
from proxbox_plan.plan.prune.candidates import candidates
from proxbox_plan.plan.prune.feasible import feasible


@dataclass(frozen=True, slots=True)
class Pruned:
    """Every change that can be made, in no order yet."""

    diffed: Diffed
    changes: tuple[Change, ...]
    deferred: tuple[Deferred, ...]
    preserved: tuple[Preserved, ...]
    left_alone: tuple[LeftAlone, ...]
    unchanged: Mapping[str, int]
    blocked: Mapping[Address, Address]
    problems: tuple[Problem, ...]


def prune(diffed: Diffed) -> Pruned:
    """Add the changes of managed objects that are no longer desired, and omit what is not possible."""
    found = candidates(diffed.matched)
    problems = (*diffed.problems, *found.stopped.problems())
    done = feasible(diffed.matched, (*diffed.changes, *found.changes), diffed.blocked, problems)
    return Pruned(
        diffed=diffed,
        changes=done.changes,
        deferred=(*diffed.deferred, *found.deferred),
        preserved=(*diffed.preserved, *found.preserved),
        left_alone=(*diffed.left_alone, *found.left_alone),
        unchanged=Counter(diffed.unchanged) + found.kept,
        blocked=done.blocked,
        problems=done.problems,
    )
