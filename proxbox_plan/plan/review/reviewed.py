"""Reviewed: the changes of a plan with their classes, and apart from them those that are held."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from proxbox_plan.mapping import KINDS
from proxbox_plan.model.plan import Change, Held
from proxbox_plan.model.policy import Policy, ReviewClass
from proxbox_plan.policy.review import classes_of
from proxbox_plan.policy.review.judge import Guests
from proxbox_plan.policy.review.judgment import Hold


@dataclass(frozen=True, slots=True)
class Reviewed:
    """What is applied, what is held, and what the rules were told of the guests."""

    changes: tuple[Change, ...]
    held: tuple[Held, ...]
    guests: Guests


def reviewed(changes: Sequence[Change], policy: Policy, guests: Guests) -> Reviewed:
    """Return the changes as the rules of the configuration have it, in the same order."""
    judgments = classes_of(changes, policy, KINDS, guests)
    given = [(change, judgments[change.address]) for change in changes]
    classed = [(_with_class(change, judgment.review), judgment.hold) for change, judgment in given]
    return Reviewed(
        tuple(change for change, hold in classed if hold is None),
        tuple(_held(change, hold) for change, hold in classed if hold is not None),
        guests,
    )


def _with_class(change: Change, review: ReviewClass) -> Change:
    return change if change.review is review else change.replace(review=review)


def _held(change: Change, hold: Hold) -> Held:
    return Held(change=change, reason=hold.reason, rule=hold.rule, by=hold.by, message=hold.message)
