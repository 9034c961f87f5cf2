"""All preconditions: first those that the plan itself answers, then, under the lock, those that NetBox answers."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import cast

from proxbox_plan.apply.batches.dependents import held_by_others
from proxbox_plan.apply.concurrency.owners import kept_by_owners
from proxbox_plan.apply.concurrency.staleness import EDITED
from proxbox_plan.apply.journal import Earlier, JournalEntry
from proxbox_plan.apply.preconditions.binding import check_binding
from proxbox_plan.apply.preconditions.expectations import ObjectId
from proxbox_plan.apply.preconditions.history import Since, check_history
from proxbox_plan.apply.preconditions.landed import check_landed, nothing_left
from proxbox_plan.apply.preconditions.limits import check_limits_again
from proxbox_plan.apply.preconditions.look import Looked, Stale, refuse_stale, stale_changes
from proxbox_plan.apply.preconditions.traces import unproven
from proxbox_plan.apply.preconditions.undone import check_undone
from proxbox_plan.clients.netbox.client import NetBox
from proxbox_plan.clients.netbox.dependents import DependentsReader
from proxbox_plan.core.address import Address
from proxbox_plan.model.kind import Kind
from proxbox_plan.model.plan import Change, Plan
from proxbox_plan.model.plan.graph import PlanGraph
from proxbox_plan.model.policy import Policy
from proxbox_plan.policy.permission import Consent, check_again, check_permission
from proxbox_plan.policy.permitted import check_permitted
from proxbox_plan.policy.review.permitted import check_reviewed


def check_document(
    plan: Plan, netbox: NetBox, kinds: Mapping[str, Kind], policy: Policy | None, consent: Consent
) -> None:
    """Raise DocumentError, RefusedError or StaleError for a plan that cannot be applied, or not to this NetBox."""
    PlanGraph.of(plan, kinds)
    check_permission(plan, consent.labels)
    consent.check_excess(plan.limits, policy.limits if policy is not None else None)
    check_binding(plan, netbox)
    check_permitted(plan, kinds, policy, netbox.moment)
    check_reviewed(plan, kinds, policy)
    if policy is not None:
        check_again(plan, policy, consent.labels)


@dataclass(frozen=True, slots=True)
class CheckedPlan:
    """What NetBox answered before anything is written."""

    plan: Plan
    stale: Stale
    since: Since
    landed: Mapping[Address, JournalEntry] = field(default_factory=dict)  # without a line in the journal

    def refuse_stale(self) -> None:
        """Raise StaleError when any change is stale."""
        refuse_stale(self.plan.changes, self.stale)


async def look(  # noqa: PLR0913 # the plan, what it is checked against, and where
    netbox: NetBox,
    main: NetBox,
    kinds: Mapping[str, Kind],
    plan: Plan,
    policy: Policy | None,
    earlier: Earlier,
    consent: Consent,
    *,
    resume: bool,
) -> CheckedPlan:
    """Raise StaleError or RefusedError for what forbids the whole plan; return which changes are stale.

    `main` is NetBox itself when `netbox` works in a branch; `resume`: an earlier run left its journal or its lock here.
    All is asked at once, and what is raised does not depend on which answer comes first.
    """
    begun = earlier.plan_digest is not None
    open_changes = [change for change in plan.changes if change.address not in earlier.landed]
    answers = await asyncio.gather(
        check_history(netbox, main, plan, resume=resume),
        check_landed(netbox, kinds, plan, earlier),
        check_limits_again(netbox, kinds, plan, policy, consent, earlier),
        held_by_others(DependentsReader(netbox, kinds), [] if begun else plan.changes),
        stale_changes(netbox, kinds, plan, open_changes, earlier),
        kept_by_owners(netbox, kinds, plan.changes, open_changes),
        check_undone(netbox, kinds, open_changes),
        return_exceptions=True,
    )
    for answer in answers:
        if isinstance(answer, BaseException):
            raise answer
    since, proven = cast("Since", answers[0]), cast("frozenset[ObjectId]", answers[1])
    held, looked = cast("list[Change]", answers[3]), cast("Looked", answers[4])
    kept = cast("dict[Address, str]", answers[5])
    if since.complete:
        return CheckedPlan(plan, {}, since, await nothing_left(netbox, kinds, plan, earlier))
    edited = await unproven(netbox, kinds, plan, looked.moved, proven, earlier.landed, since.entry)
    stale = dict.fromkeys((change.address for change in (*held, *edited)), EDITED)
    return CheckedPlan(plan, stale | kept | dict(looked.stale), since)
