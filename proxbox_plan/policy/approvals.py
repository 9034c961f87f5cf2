"""Approvals: how many people have approved a plan, other than who made it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from proxbox_plan.core.errors import RefusedError
from proxbox_plan.core.moment import seconds_between
from proxbox_plan.model.approval import Approval
from proxbox_plan.model.plan import Plan

TOLERATED: Final = 300.0  # seconds by which the clock of an approver may be ahead
_HOUR: Final = 3600.0


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
        return self.people + bool(self.unknown)


@dataclass(frozen=True, slots=True)
class Tally:
    """The people whose approvals count, and why others do not."""

    people: tuple[str, ...]
    ignored: tuple[str, ...]


def tally(plan: Plan, signed: Iterable[Signed], requirement: Requirement, now: str | None) -> Tally:
    """Count each person once; without `now` no approval is too old."""
    counted: list[Signed] = []
    ignored: list[str] = []
    for each in signed:
        why = _unfit(plan, each, requirement, now) or _repeated(each, counted)
        if why:
            ignored.append(f"{each.file}: {why}")
        else:
            counted.append(each)
    return Tally(tuple(each.approval.approver for each in counted), tuple(ignored))


def check_approvals(found: Tally, requirement: Requirement) -> None:
    """Raise RefusedError when fewer people than required have approved the plan."""
    if len(found.people) >= requirement.needed:
        return
    by = f" ({', '.join(found.people)})" if found.people else ""
    unknown = f", one of them because {requirement.unknown}" if requirement.unknown else ""
    counts = "counts" if len(found.people) == 1 else "count"
    missing = f"The plan requires {_counted(requirement.needed)}{unknown}, and {len(found.people)} {counts}{by}"
    ignored = "".join(f"\n{line}" for line in found.ignored)
    named = " Name the author as the file of allowed signers does: --author NAME." if requirement.unknown else ""
    raise RefusedError(
        f"{missing}{ignored}",
        hint=f"Another person approves it with `proxbox approve PLAN`; pass each file with --approval.{named}",
    )


def _counted(number: int) -> str:
    return f"{number} approval{'' if number == 1 else 's'}"


def _unfit(plan: Plan, signed: Signed, requirement: Requirement, now: str | None) -> str:
    approval = signed.approval
    if approval.plan_digest != plan.digest or approval.changes_digest != plan.changes_digest:
        return "is for another plan"
    if approval.netbox_url != plan.binding.netbox_url:
        return f"is for another NetBox, {approval.netbox_url}"
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
