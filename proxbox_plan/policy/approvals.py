"""Approvals: how many people have approved a plan, other than who made it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from proxbox_plan.core.errors import RefusedError
from proxbox_plan.core.escaping import sanitized
from proxbox_plan.core.moment import seconds_between
from proxbox_plan.model.approval import Approval
from proxbox_plan.model.plan import Plan

TOLERATED: Final = 300.0  # seconds by which the clock of an approver may be ahead
_HOUR: Final = 3600.0
_LONGEST_URL: Final = 200


@dataclass(frozen=True, slots=True)
class Signed:
    """An approval whose signature is that of the person it names."""

    file: str
    approval: Approval
    key: str
    names: frozenset[str]  # every name of that person, folded


@dataclass(frozen=True, slots=True)
class Requirement:
    """What an apply asks for."""

    people: int
    authors: frozenset[str]  # every name of who made the plan, folded
    unknown: str = ""  # why it is not known who made it
    max_age: float | None = None  # hours

    @property
    def needed(self) -> int:
        """Return how many must approve: one more while it is unknown who made the plan, as one of them may have."""
        return self.people + bool(self.people and self.unknown)


@dataclass(frozen=True, slots=True)
class JudgedApproval:
    """An approval, and why it does not count; empty when it does."""

    file: str
    approver: str  # as the file says; empty where it says nothing that can be read
    why: str = ""


@dataclass(frozen=True, slots=True)
class Tally:
    """What is required of a plan, which approvals count, and why others do not."""

    requirement: Requirement
    judged: tuple[JudgedApproval, ...] = ()
    elsewhere: int = 0  # approvals in folders that are for other plans

    @property
    def people(self) -> tuple[str, ...]:
        """Return whose approvals count."""
        return tuple(each.approver for each in self.judged if not each.why)

    @property
    def ignored(self) -> tuple[str, ...]:
        """Return a line for each approval that does not count."""
        return tuple(f"{each.file}: {each.why}" for each in self.judged if each.why)

    @property
    def enough(self) -> bool:
        """Whether as many people have approved the plan as are required."""
        return len(self.people) >= self.requirement.needed


def tally(plan: Plan, signed: Iterable[Signed], requirement: Requirement, now: str | None) -> Tally:
    """Count each person once; without `now` no approval is too old."""
    counted: list[Signed] = []
    judged: list[JudgedApproval] = []
    for each in signed:
        why = _unfit(plan, each, requirement, now) or _repeated(each, counted)
        judged.append(JudgedApproval(each.file, each.approval.approver, why))
        if not why:
            counted.append(each)
    return Tally(requirement, tuple(judged))


def check_approvals(found: Tally) -> None:
    """Raise RefusedError when fewer people than required have approved the plan."""
    if found.enough:
        return
    ignored = "".join(f"\n{line}" for line in (*found.ignored, *elsewhere_words(found)))
    unknown = found.requirement.unknown
    named = " Name the author as the file of allowed signers does: --author NAME." if unknown else ""
    raise RefusedError(
        f"{approval_words(found)}{ignored}",
        hint=f"Another person approves it with `proxbox approve PLAN`; pass each file with --approval.{named}",
    )


def approval_words(found: Tally) -> str:
    """Return how many approvals a plan requires and how many count, as the words that a refusal begins with."""
    requirement, number = found.requirement, len(found.people)
    by = f" ({', '.join(found.people)})" if found.people else ""
    unknown = f", one of them because {requirement.unknown}" if requirement.people and requirement.unknown else ""
    needed = f"{requirement.needed or 'no'} approval{'' if requirement.needed == 1 else 's'}"
    return f"The plan requires {needed}{unknown}, and {number} {'counts' if number == 1 else 'count'}{by}"


def elsewhere_words(found: Tally) -> Iterator[str]:
    """Yield how many approvals in folders are for other plans, if there are any."""
    if found.elsewhere:
        plural = "s are" if found.elsewhere > 1 else " is"
        yield f"{found.elsewhere:,} more approval{plural} for other plans"


def is_of_changes(approval: Approval, plan: Plan) -> bool:
    """Whether an approval has the changes of that plan, so that it may count or is worth a reason."""
    return approval.changes_digest == plan.changes_digest


def _is_of(approval: Approval, plan: Plan) -> bool:
    """Whether an approval is of that plan, or of its changes wherever they are planned again from the same source."""
    if approval.approves == "changes":
        return is_of_changes(approval, plan) and approval.intent_digest == plan.intent_digest()
    return is_of_changes(approval, plan) and approval.plan_digest == plan.digest


def _other(approval: Approval, plan: Plan) -> str:
    """Return what a plan that was not approved has in common with the one that was."""
    if not is_of_changes(approval, plan):
        return "is for another plan"
    if approval.intent_digest == plan.intent_digest():
        return "is for another plan with the same changes: one of `proxbox approve --changes` would count"
    return "is for the same changes of another state, configuration, NetBox or branch, or with other names"


def _unfit(plan: Plan, signed: Signed, requirement: Requirement, now: str | None) -> str:
    approval = signed.approval
    if not _is_of(approval, plan):
        return _other(approval, plan)
    if approval.netbox_url != plan.binding.netbox_url:
        return f"is for another NetBox, {sanitized(approval.netbox_url)[:_LONGEST_URL]}"
    if signed.names & requirement.authors:
        return f"{approval.approver} made the plan"
    return "" if now is None else _aged(approval, requirement, now)


def _aged(approval: Approval, requirement: Requirement, now: str) -> str:
    age = seconds_between(approval.approved_at, now)
    if age < -TOLERATED:
        return f"is from the future ({approval.approved_at}, and now it is {now})"
    if requirement.max_age is not None and age > requirement.max_age * _HOUR:
        return f"is older than {requirement.max_age:g} hours ({approval.approved_at}, and now it is {now})"
    return ""


def _repeated(signed: Signed, counted: Sequence[Signed]) -> str:
    for other in counted:
        if signed.key == other.key or signed.names & other.names:
            return f"is by {other.approval.approver} again, as is {other.file}"
    return ""
