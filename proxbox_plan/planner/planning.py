"""Planning: State x Inventory x Policy -> Plan. Pure: the same three always give the same bytes."""

from __future__ import annotations

import fnmatch
from collections.abc import Mapping

from proxbox_plan.errors import RefusedError
from proxbox_plan.model.inventory import Inventory, Row
from proxbox_plan.model.plan import Action, Binding, Change, Kept, Plan, Reason, Withheld
from proxbox_plan.model.policy import Policy
from proxbox_plan.model.problem import ProblemCode
from proxbox_plan.model.state import State
from proxbox_plan.planner.context import Context
from proxbox_plan.planner.desired import Desired
from proxbox_plan.planner.diffing import LINKS, Diff, Differ
from proxbox_plan.planner.limits import check_limits
from proxbox_plan.planner.mapping import KINDS, fill
from proxbox_plan.planner.matching import Matcher
from proxbox_plan.planner.missing import REPLACED, find_missing
from proxbox_plan.planner.ordering import order, references
from proxbox_plan.planner.primary import choose
from proxbox_plan.planner.rows import Rows, rank, refs_in

IGNORE_TAG = "proxbox-ignore"


def make_plan(state: State, inventory: Inventory, policy: Policy, config_digest: str) -> Plan:
    """Return the difference between what Proxmox and NetBox say, under the policy.

    Raises RefusedError when a cluster of the state has no guests at all while NetBox has some of it.
    """
    planner = _Planner(state, inventory, policy)
    planner.run()
    return planner.plan(
        Binding(
            state_digest=state.digest, config_digest=config_digest, inventory_digest=inventory.digest,
            netbox_url=inventory.url, netbox_version=inventory.netbox_version,
        )
    )  # fmt: skip


class _Planner:
    """One planning run: each step adds to what the next one reads."""

    def __init__(self, state: State, inventory: Inventory, policy: Policy) -> None:
        self._context = Context(state, inventory, policy)
        self._policy = policy
        self._rows = Rows(inventory)
        self._changes: list[Change] = []
        self._withheld: list[Withheld] = []
        self._kept: list[Kept] = []
        self._unchanged: dict[str, int] = {}

    def run(self) -> None:
        context = self._context
        _refuse_empty(context)
        fill(context)
        self._matches = Matcher(context, self._rows).run()
        choose(context, self._matches, self._rows)
        self._block_unmade()
        self._differ = Differ(self._policy, context.version, self._matches.ids)
        for wanted in sorted(context.desired.values(), key=lambda item: (rank(item.kind), item.address)):
            self._plan_one(wanted)
        missing = find_missing(context, self._matches)
        forgotten = [change for change in missing.changes if self._is_forgotten(change.address)]
        self._changes += [change for change in missing.changes if change not in forgotten]
        self._changes += [_forget(change) for change in forgotten]
        self._withheld += missing.withheld
        for kind, count in missing.kept.items():
            self._unchanged[kind] = self._unchanged.get(kind, 0) + count
        self._drop_held_names()
        ordered = order(self._changes, self._waits(), self._rows_by_id())
        placed = {change.address for change in ordered}
        for change in self._changes:
            if change.address not in placed:
                self._report_blocked(change, "waits for changes that wait for it")
        self._changes = ordered

    def plan(self, binding: Binding) -> Plan:
        managed = {kind: sum(1 for row in self._rows.of(kind) if row.key) for kind in KINDS}
        limits = check_limits(self._changes, managed, self._policy.limits)
        return Plan.make(
            binding=binding,
            clusters=tuple(view.name for view in self._context.clusters),
            changes=tuple(self._changes),
            withheld=tuple(sorted(self._withheld, key=lambda item: item.address)),
            kept=tuple(self._kept),
            problems=tuple(sorted(self._context.problems, key=lambda item: (item.code, item.address))),
            limits=limits,
            unchanged=dict(sorted(self._unchanged.items())),
            complete=not self._withheld,
            applicable=not limits,
        )

    def _block_unmade(self) -> None:
        """Block what nobody may create, and with it everything that needs it and does not exist yet."""
        blocked = self._matches.blocked
        for wanted in self._context.desired.values():
            kind = KINDS[wanted.kind]
            creatable = kind.creatable and (wanted.kind != "site" or self._policy.create_sites)
            if not creatable and wanted.address not in self._matches.rows:
                hint = "Create it in NetBox, or correct the name in the configuration."
                if wanted.kind == "site":
                    hint = "Create it in NetBox, correct the name, or set mapping.create_sites: true."
                message = f"NetBox has no {wanted.kind} {wanted.name!r}, which the configuration names"
                self._context.problem(ProblemCode.REFERENCE_MISSING, wanted.address, message, hint)
                blocked[wanted.address] = message
        for wanted in sorted(self._context.desired.values(), key=lambda item: rank(item.kind)):
            cause = next((why for why in self._blockers(wanted)), None)
            if cause is not None and wanted.address not in blocked:
                blocked[wanted.address] = cause

    def _blockers(self, wanted: Desired) -> list[str]:
        rows, blocked = self._matches.rows, self._matches.blocked
        refs = (ref.address or "" for value in wanted.fields.values() for ref in refs_in(value))
        return [f"needs {address}" for address in refs if address in blocked and address not in rows]

    def _plan_one(self, wanted: Desired) -> None:
        kind, row = KINDS[wanted.kind], self._matches.rows.get(wanted.address)
        if kind.since > self._context.version or self._is_forgotten(wanted.address):
            if row is not None and row.key is not None:
                self._changes.append(_let_go(wanted, row.id, row.last_updated))
            return
        if wanted.address in self._matches.blocked:
            self._note_blocked(wanted)
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

    def _note_blocked(self, wanted: Desired) -> None:
        """Say once per object that it waits for something that can't be had, unless a problem says it already."""
        if any(problem.address == wanted.address for problem in self._context.problems):
            return
        why = self._matches.blocked[wanted.address]
        self._context.problem(
            ProblemCode.BLOCKED, wanted.address, f"{wanted.kind} {wanted.name!r} is left out: it {why}",
            "Mend the other problem first.",
        )  # fmt: skip

    def _add(self, wanted: Desired, diff: Diff) -> None:
        self._changes += diff.changes
        self._kept += diff.kept
        if not diff.changes:
            self._count(wanted.kind)

    def _count(self, kind: str) -> None:
        self._unchanged[kind] = self._unchanged.get(kind, 0) + 1

    def _is_forgotten(self, address: str) -> bool:
        return any(fnmatch.fnmatchcase(address, pattern) for pattern in self._policy.forget)

    def _drop_held_names(self) -> None:
        """Drop changes whose name or address one of ours keeps holding; the rest waits until it is free."""
        while True:  # what is dropped does not free its own name any more
            moving = {(change.kind, change.netbox_id) for change in self._changes if _frees(change)}
            planned = {change.address for change in self._changes}
            held = {
                address: row
                for address, rows in self._matches.holders.items()
                for row in rows
                if address in planned and (address.partition(":")[0], row.id) not in moving
            }
            if not held:
                return
            for address, row in held.items():
                self._report_held(address, row.key or "", row.name)
            self._drop(set(held))

    def _drop(self, dropped: set[str]) -> None:
        """Take changes out, and with them everything that refers to an object which is then not created."""
        created = {change.address for change in self._changes if change.action is Action.CREATE}
        while True:
            gone = dropped & created
            more = {change.address for change in self._changes if change.address not in dropped and _needs(change, gone)}
            if not more:
                break
            dropped |= more
            for change in self._changes:
                if change.address in more and not change.address.endswith(LINKS):
                    self._report_blocked(change, "needs another object that can't be created now")
        links = {address + LINKS for address in dropped}
        self._changes = [change for change in self._changes if change.address not in dropped | links]

    def _report_blocked(self, change: Change, why: str) -> None:
        self._context.problem(
            ProblemCode.BLOCKED, change.address, f"{change.kind} {change.name!r} is left out: it {why}",
            "Mend the other problem first.",
        )  # fmt: skip

    def _report_held(self, address: str, key: str, name: str) -> None:
        kind = address.partition(":")[0]
        code = ProblemCode.ADDRESS_CONFLICT if kind == "ip-address" else ProblemCode.NAME_TAKEN
        self._context.problem(
            code, address, f"{kind} {name!r} is still documented at {key}, and it is not proven gone there",
            "It follows once the other object is read completely or corrected.",
        )  # fmt: skip

    def _waits(self) -> Mapping[str, list[str]]:
        """Dependencies that no reference shows: a key, a name or an address that must be free first."""
        by_row = {(change.kind, change.netbox_id): change.address for change in self._changes if _frees(change)}
        waits: dict[str, list[str]] = {}
        for address, rows in self._matches.holders.items():
            kind = address.partition(":")[0]
            waits[address] = [by_row[kind, row.id] for row in rows if (kind, row.id) in by_row]
        for address in self._matches.replaced:
            waits.setdefault(address, []).append(address + REPLACED)
        return waits

    def _rows_by_id(self) -> dict[str, dict[int, Row]]:
        return {kind: {row.id: row for row in rows} for kind, rows in self._context.inventory.kinds.items()}


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
    return Withheld(address=wanted.address, kind=wanted.kind, name=wanted.name, action=action, gap=gap.gap,
                    detail=gap.detail)  # fmt: skip


def _needs(change: Change, addresses: set[str]) -> bool:
    """Whether a change refers to one of these objects."""
    return any(ref.get("address") in addresses for field in change.fields for ref in references(field.after))


def _frees(change: Change) -> bool:
    """Whether a change gives up a natural key: the object goes, or takes another name."""
    natural = {name for item in KINDS[change.kind].natural for name in item.fields}
    return change.action is Action.DELETE or any(field.field in natural for field in change.fields)


def _forget(change: Change) -> Change:
    return change.model_copy(
        update={"action": Action.FORGET, "reason": Reason.LET_GO, "fields": (), "key": None, "applied": None}
    )


def _let_go(wanted: Desired, number: int, last_updated: str | None) -> Change:
    return Change(address=wanted.address, kind=wanted.kind, action=Action.FORGET, reason=Reason.LET_GO,
                  name=wanted.name, cluster=wanted.cluster, netbox_id=number, last_updated=last_updated)  # fmt: skip
