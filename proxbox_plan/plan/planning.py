"""Planning: State x Inventory x Policy -> Plan. Pure: the same three always give the same bytes."""

from __future__ import annotations

import fnmatch
from collections.abc import Mapping

from proxbox_plan.core.errors import RefusedError
from proxbox_plan.mapping import KINDS
from proxbox_plan.mapping.context import Context
from proxbox_plan.mapping.desired import Desired
from proxbox_plan.model.branch import BranchView
from proxbox_plan.model.inventory import Inventory, Row
from proxbox_plan.model.plan import REPLACED, Action, Binding, Change, Kept, Part, Plan, Reason, Withheld
from proxbox_plan.model.policy import Policy
from proxbox_plan.model.state import State
from proxbox_plan.plan.diff.diff import Diff, Differ
from proxbox_plan.plan.diff.ownership import marks_of
from proxbox_plan.plan.diff.primary import choose
from proxbox_plan.plan.match.matched import Pairing, pair
from proxbox_plan.plan.match.rows import rank
from proxbox_plan.plan.order.blocking import block_unmade, frees, possible, report_circle, report_held_back, without
from proxbox_plan.plan.order.order import order
from proxbox_plan.plan.prune.prune import IGNORE_TAG, find_missing
from proxbox_plan.plan.targeting import EVERYTHING, Chooser, Selection
from proxbox_plan.plan.unsupported import left_out
from proxbox_plan.policy.checks import run_checks
from proxbox_plan.policy.limits import check_limits

_NAMED = 5  # changes named in an error


def make_plan(
    state: State, inventory: Inventory, policy: Policy, config_digest: str, selection: Selection = EVERYTHING
) -> Plan:
    """Return the difference between what Proxmox and NetBox say, under the policy, or the selected part of it.

    Raises RefusedError when a cluster of the state has no guests at all while NetBox has some of it, and UsageError
    when the selection names what there is not.
    """
    return plan_of(pair(state, inventory, policy), config_digest, selection)


def plan_of(pairing: Pairing, config_digest: str, selection: Selection = EVERYTHING) -> Plan:
    """Return the same plan of what is paired already, and use the pairing up."""
    inventory = pairing.inventory
    planner = _Planner(pairing)
    planner.run()
    if selection:
        planner.select(selection)
    planner.refuse_outside(inventory.view)
    return planner.plan(
        Binding(
            state_digest=pairing.context.state_digest,
            config_digest=config_digest,
            inventory_digest=inventory.digest,
            netbox_url=inventory.url,
            netbox_version=inventory.netbox_version,
            branch=inventory.view.branch if inventory.view else None,
        )
    )


class _Planner:
    """One planning run: each step adds to what the next one reads."""

    def __init__(self, pairing: Pairing) -> None:
        self._context = pairing.context
        self._policy = pairing.context.policy
        self._rows = pairing.rows
        self._matches = pairing.matches
        self._changes: list[Change] = []
        self._withheld: list[Withheld] = []
        self._kept: list[Kept] = []
        self._unchanged: dict[str, int] = {}
        self._part: Part | None = None

    def run(self) -> None:
        context = self._context
        _refuse_empty(context)
        choose(context, self._matches, self._rows)
        block_unmade(context, self._matches)
        self._differ = Differ(self._policy, context.version, self._matches.ids)
        for wanted in sorted(context.desired.values(), key=lambda item: (rank(item.kind), item.address)):
            self._plan_one(wanted)
        missing = find_missing(context, self._matches)
        forgotten = {change.address for change in missing.changes if self._is_forgotten(change.address)}
        self._changes += [change for change in missing.changes if change.address not in forgotten]
        self._changes += [_forget(change) for change in missing.changes if change.address in forgotten]
        self._withheld += missing.withheld
        for kind, count in missing.kept.items():
            self._unchanged[kind] = self._unchanged.get(kind, 0) + count
        self._changes = possible(context, self._matches, self._changes)
        self._order()
        report_held_back(context, self._matches)

    def _order(self) -> None:
        """Put the changes in order; those that wait for each other are left out, with all that needs them."""
        while True:
            ordered = order(self._changes, self._waits(), self._context.inventory)
            placed = {change.address for change in ordered}
            lost = [change for change in self._changes if change.address not in placed]
            if not lost:
                self._changes = ordered
                return
            for change in lost:
                report_circle(self._context, change)
            self._changes = without(self._matches, self._changes, {change.address for change in lost})

    def select(self, selection: Selection) -> None:
        """Drop what is not asked for: the whole difference is known, so nothing of the part is planned otherwise."""
        chooser = Chooser(self._context, selection)
        self._changes, self._part = chooser.part(self._changes)
        self._withheld = [item for item in self._withheld if chooser.holds(item.address)]
        self._kept = [item for item in self._kept if chooser.holds(item.address)]
        self._context.problems = [item for item in self._context.problems if chooser.holds(item.address)]

    def refuse_outside(self, view: BranchView | None) -> None:
        """Refuse what NetBox would write to main although a branch is asked for."""
        found = [change for change in self._changes if view is not None and change.kind in view.outside]
        if not found:
            return
        kinds = sorted({change.kind for change in found})
        only = " ".join(f"--target {kind}" for kind in kinds)
        raise RefusedError(
            f"{len(found)} changes can't be made in a branch, because NetBox keeps {', '.join(kinds)} outside of all "
            f"branches: {', '.join(change.address for change in found[:_NAMED])}",
            hint=f"Apply them first: proxbox plan {only} --out first.json; proxbox apply first.json",
        )

    def plan(self, binding: Binding) -> Plan:
        managed = {kind: sum(1 for row in self._rows.of(kind) if row.key) for kind in KINDS}
        limits = check_limits(self._changes, managed, self._policy.limits)
        checks = run_checks(self._changes, self._policy.checks)
        return Plan.make(
            binding=binding,
            clusters=tuple(view.name for view in self._context.clusters),
            part=self._part,
            changes=tuple(self._changes),
            withheld=tuple(sorted(self._withheld, key=lambda item: item.address)),
            kept=tuple(self._kept),
            left_out=left_out(self._context),
            problems=tuple(sorted(self._context.problems, key=lambda item: (item.code, item.address))),
            limits=limits,
            checks=checks,
            unchanged=dict(sorted(self._unchanged.items())),
            complete=not self._withheld,
            applicable=not limits and not any(hit.effect == "deny" for hit in checks),
        )

    def _plan_one(self, wanted: Desired) -> None:
        kind, row = KINDS[wanted.kind], self._matches.rows.get(wanted.address)
        if self._is_forgotten(wanted.address):
            if row is not None and row.key is not None:
                self._changes.append(_let_go(wanted, row))
            return
        if wanted.address in self._matches.blocked:
            return
        if wanted.unknown is not None:
            self._withheld.append(_withhold(wanted, row is not None))
        if row is None:
            if wanted.unknown is None:
                self._add(wanted, self._differ.create(kind, wanted))
        elif IGNORE_TAG in row.tags:
            self._count(wanted.kind)
        else:
            self._add(wanted, self._differ.update(kind, wanted, row))

    def _add(self, wanted: Desired, diff: Diff) -> None:
        self._changes += diff.changes
        self._kept += diff.kept
        if not diff.changes:
            self._count(wanted.kind)

    def _count(self, kind: str) -> None:
        self._unchanged[kind] = self._unchanged.get(kind, 0) + 1

    def _is_forgotten(self, address: str) -> bool:
        return any(fnmatch.fnmatchcase(address, pattern) for pattern in self._policy.forget)

    def _waits(self) -> Mapping[str, list[str]]:
        """Dependencies that no reference shows: a key, a name or an address that must be free first."""
        by_row = {(change.kind, change.netbox_id): change.address for change in self._changes if frees(change)}
        waits: dict[str, list[str]] = {}
        for address, rows in self._matches.holders.items():
            kind = address.partition(":")[0]
            waits[address] = [by_row[kind, row.id] for row in rows if (kind, row.id) in by_row]
        for wanted in self._context.desired.values():
            if wanted.after:
                waits.setdefault(wanted.address, []).extend(wanted.after)
        for address in self._matches.replaced:
            waits.setdefault(address, []).append(address + REPLACED)
        return waits


def _refuse_empty(context: Context) -> None:
    """An empty source is an error, not an empty cluster (unless the limit is lifted for this run)."""
    if context.policy.limits.force:
        return
    for view in context.clusters:
        prefixes = (f"{view.name}/qemu/", f"{view.name}/lxc/")
        managed = [key for key in context.rows_by_key.get("virtual-machine", {}) if key.startswith(prefixes)]
        if managed and not view.cluster.guests:
            raise RefusedError(
                f"cluster {view.name!r} has no guests at all in the state, but NetBox has {len(managed)} of it",
                hint="Check the token's rights and the source. If every guest really is gone, plan with --force-limit.",
            )


def _withhold(wanted: Desired, exists: bool) -> Withheld:  # noqa: FBT001 # the second half of a pair, not a switch
    gap = wanted.unknown
    if gap is None:
        raise AssertionError(wanted.address)
    action = Action.UPDATE if exists else Action.CREATE
    return Withheld(
        address=wanted.address, kind=wanted.kind, name=wanted.name, action=action, gap=gap.gap, detail=gap.detail
    )


def _forget(change: Change) -> Change:
    return change.model_copy(
        update={"action": Action.FORGET, "reason": Reason.LET_GO, "fields": (), "key": None, "applied": None}
    )


def _let_go(wanted: Desired, row: Row) -> Change:
    return Change(
        address=wanted.address,
        kind=wanted.kind,
        action=Action.FORGET,
        reason=Reason.LET_GO,
        name=wanted.name,
        cluster=wanted.cluster,
        netbox_id=row.id,
        last_updated=row.last_updated,
        marks_before=marks_of(row),
    )
