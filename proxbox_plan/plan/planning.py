"""Planning: State x Inventory x Policy -> Plan, as a chain of frozen results.

`Desired -> Matched -> Diffed -> Pruned -> Ordered`: each phase is a pure function of the one before, so the same input
always gives the same bytes. What is matched is validated by NetBox's own rules before it is compared.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from proxbox_plan.core.errors import RefusedError
from proxbox_plan.core.key import Key
from proxbox_plan.mapping import GUEST, KINDS
from proxbox_plan.mapping.estate.estate import Estate
from proxbox_plan.mapping.estate.protection import is_ignored
from proxbox_plan.model.branch import BranchView
from proxbox_plan.model.inventory import Inventory
from proxbox_plan.model.plan import Binding, Change, Plan, Reason, Update
from proxbox_plan.model.policy import CheckSeverity, Policy
from proxbox_plan.model.reference import refs_of
from proxbox_plan.model.state import GUEST_TYPES, State
from proxbox_plan.plan.desired.desire import desire
from proxbox_plan.plan.desired.identity import check_identity
from proxbox_plan.plan.diff.diff import diff
from proxbox_plan.plan.machines import machines
from proxbox_plan.plan.match.match import match
from proxbox_plan.plan.match.matched import Matched
from proxbox_plan.plan.order.order import order
from proxbox_plan.plan.prune.prune import prune
from proxbox_plan.plan.relations.referred import referred
from proxbox_plan.plan.review.guests import guests_asked_for
from proxbox_plan.plan.review.reviewed import reviewed
from proxbox_plan.plan.strangers import only_in_netbox
from proxbox_plan.plan.targeting import EVERYTHING, Selection, select
from proxbox_plan.plan.task_causes import with_task_authors
from proxbox_plan.plan.unsupported import unsupported
from proxbox_plan.plan.validate.validate import validate
from proxbox_plan.policy.checks import run_checks
from proxbox_plan.policy.limits import check_limits

_NAMED = 5  # changes named in an error


def make_plan(
    state: State, inventory: Inventory, policy: Policy, config_digest: str, selection: Selection = EVERYTHING
) -> Plan:
    """Return the plan that brings NetBox in line with the state under the policy, or the selected part of it.

    Raises RefusedError when a cluster of the state has no guests at all while NetBox has some of it, and UsageError
    when the selection names what does not exist.
    """
    return plan_of(validate(match(desire(state, inventory, policy))), config_digest, selection)


def plan_of(matched: Matched, config_digest: str, selection: Selection = EVERYTHING) -> Plan:
    """Return the same plan of what is matched already."""
    estate = matched.estate
    check_identity(estate)
    _refuse_empty(estate)
    diffed = diff(matched)
    pruned = prune(diffed)
    whole = order(pruned)
    part = select(estate, selection, whole.changes)
    changes = with_task_authors(part.changes, (view.cluster for view in estate.clusters))
    found = reviewed(changes, estate.policy, guests_asked_for(estate, changes))
    _refuse_outside(estate.inventory.view, found.changes)
    managed = Counter((_cluster(estate, row.key), kind) for kind in KINDS for row in matched.index.of(kind) if row.key)
    names = [cluster.name for cluster in estate.policy.clusters]
    limits = check_limits(found.changes, managed, KINDS, estate.policy.limits, names)
    checks = run_checks(found.changes, estate.policy.checks)
    deferred = part.of(pruned.deferred)
    return Plan.make(
        binding=_binding(estate, config_digest),
        clusters=tuple(view.name for view in estate.clusters),
        collected=dict(estate.collected),
        read_at=estate.read_at if any(map(_needs_time, part.changes)) else None,
        targeting=part.targeting,
        changes=found.changes,
        held=found.held,
        guests=dict(found.guests),
        machines=machines((*found.changes, *(item.change for item in found.held)), estate.inventory, diffed.objects),
        deferred=tuple(sorted(deferred, key=lambda item: item.address)),
        preserved=part.of(pruned.preserved),
        left_alone=tuple(sorted(part.of(pruned.left_alone), key=lambda item: item.address)),
        only_in_netbox=only_in_netbox(matched),
        unsupported=unsupported(estate),
        problems=tuple(sorted(part.of(whole.problems), key=lambda item: (item.code, item.address))),
        limits=limits,
        checks=checks,
        ignored=_ignored(matched, found.changes),
        referred=referred(found.changes, matched.index),
        unchanged=dict(sorted(pruned.unchanged.items())),
        complete=not deferred,
        applicable=all(hit.forced for hit in limits) and not any(hit.severity is CheckSeverity.DENY for hit in checks),
    )


def _needs_time(change: Change) -> bool:
    """Whether a change depends on when NetBox was read, or writes that."""
    return change.reason is Reason.EXPIRED or (isinstance(change, Update) and change.decommissions)


def _binding(estate: Estate, config_digest: str) -> Binding:
    inventory = estate.inventory
    return Binding(
        state_digest=estate.state_digest,
        config_digest=config_digest,
        inventory_digest=estate.source.digest,
        netbox_url=inventory.url,
        netbox_version=inventory.netbox_version,
        changelog=inventory.changelog,
        units=estate.policy.units,
        branch=inventory.view.branch if inventory.view else None,
    )


def _ignored(matched: Matched, changes: Iterable[Change]) -> dict[str, tuple[int, ...]]:
    """Return the objects that are left alone although changes refer to them: no one has marked them since the plan."""
    found: dict[str, set[int]] = {}
    for change in changes:
        for ref in (ref for item in change.fields for ref in refs_of(item.after)):
            row = matched.index.by_id(ref.kind, ref.id) if ref.id is not None and ref.kind in KINDS else None
            if row is not None and is_ignored(row):
                found.setdefault(ref.kind, set()).add(row.id)
    return {kind: tuple(sorted(ids)) for kind, ids in sorted(found.items())}


def _cluster(estate: Estate, key: Key) -> str:
    """Return the cluster whose object a key is of, as changes name it."""
    return key.cluster if estate.policy.cluster(key.cluster) else ""


def _refuse_empty(estate: Estate) -> None:
    """An empty source is an error, not an empty cluster (unless the limit is ignored for this run)."""
    if estate.policy.limits.force:
        return
    for view in estate.clusters:
        keys = estate.rows_by_key.get(GUEST.name, {})
        managed = [key for key in keys if key.cluster == view.name and key.sort in GUEST_TYPES]
        if managed and not view.cluster.guests:
            raise RefusedError(
                f"The state of the cluster {view.name!r} has no guests, but NetBox has {len(managed)} of them",
                hint="Run `proxbox doctor` to check the token. If every guest was removed, plan with --force-limit.",
            )


def _refuse_outside(view: BranchView | None, changes: tuple[Change, ...]) -> None:
    """Raise RefusedError for changes that NetBox would write to main although the plan is for a branch."""
    found = [change for change in changes if view is not None and change.kind in view.outside]
    if not found:
        return
    kinds = sorted({change.kind for change in found})
    only = " ".join(f"--target {kind}" for kind in kinds)
    raise RefusedError(
        f"A branch cannot hold {len(found)} of the changes, because NetBox keeps {', '.join(kinds)} outside of all "
        f"branches: {', '.join(change.address for change in found[:_NAMED])}",
        hint=f"Apply them first: proxbox plan {only} --out first.json; proxbox apply first.json",
    )
