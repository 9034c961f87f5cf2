"""Split: a plan for each class; together they are the whole one, and neither needs the other."""

from __future__ import annotations

from proxbox_plan.model.plan import Plan
from proxbox_plan.model.policy import CheckSeverity, Policy, ReviewClass
from proxbox_plan.model.reference import refs_of
from proxbox_plan.policy.checks import run_checks

PARTS = (ReviewClass.AUTO, ReviewClass.REVIEW)
"""The classes that are applied."""


def part_of(plan: Plan, review: ReviewClass, policy: Policy) -> Plan:
    """Return the plan of the changes of one class, with all that the whole plan says beside its changes.

    A limit that the whole plan exceeds is exceeded by each part: to cut a plan in two is no way around it. What a check
    says depends on the changes alone.
    """
    changes = tuple(change for change in plan.changes if change.review is review)
    there = {change.address for change in changes}
    referred = {(ref.kind, ref.id) for change in changes for item in change.fields for ref in refs_of(item.after)}
    checks = run_checks(changes, policy.checks)
    return plan.remade(
        part=review,
        changes=changes,
        held=(),
        refused_before={address: said for address, said in plan.refused_before.items() if address in there},
        checks=checks,
        ignored={
            kind: numbers
            for kind, ids in plan.ignored.items()
            if (numbers := tuple(number for number in ids if (kind, number) in referred))
        },
        referred={
            kind: found
            for kind, rows in plan.referred.items()
            if (found := {number: row for number, row in rows.items() if (kind, int(number)) in referred})
        },
        applicable=all(hit.forced for hit in plan.limits)
        and not any(hit.severity is CheckSeverity.DENY for hit in checks),
    )
