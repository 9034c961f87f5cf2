"""Undo: builds the plan that reverts an outcome, to be reviewed like any other."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from functools import partial
from typing import Final

from proxbox_plan.core.address import Address
from proxbox_plan.mapping import KINDS
from proxbox_plan.mapping.estate.claims import Claims, proven
from proxbox_plan.model.inventory import Inventory, Lookup, Row
from proxbox_plan.model.kind import Kind, Natural
from proxbox_plan.model.outcome import Outcome
from proxbox_plan.model.plan import (
    Binding,
    Change,
    Create,
    Delete,
    Move,
    Plan,
    Update,
)
from proxbox_plan.model.policy import Policy
from proxbox_plan.model.problem import Problem, ProblemCode
from proxbox_plan.plan.machines import machines
from proxbox_plan.plan.order.graph import ordered
from proxbox_plan.plan.order.keys import before_machines, holder_of, key_holders, with_cut_rings, with_heirs
from proxbox_plan.plan.prune.feasible import frees, without
from proxbox_plan.plan.relations.dependents import dependents_lookups, held_deletes, with_along
from proxbox_plan.plan.relations.holders import holds_others
from proxbox_plan.plan.relations.referred import referred, shared_refs
from proxbox_plan.plan.relations.referrers import record_lookups
from proxbox_plan.plan.relations.rows import NaturalKey, Rows, row_key
from proxbox_plan.plan.review.guests import guests_undone
from proxbox_plan.plan.review.reviewed import reviewed
from proxbox_plan.plan.undo.edited import edited
from proxbox_plan.plan.undo.emptied import emptied_lookups
from proxbox_plan.plan.undo.marked import marked, owner_lookups
from proxbox_plan.plan.undo.placed import displaced, place_lookups
from proxbox_plan.plan.undo.reverted import in_two, landed, reverted

_NO_RULES: Final = Policy(clusters=())


def undo_lookups(outcome: Outcome, inventory: Inventory, policy: Policy = _NO_RULES) -> tuple[Lookup, ...]:
    """Return what must be read before the undo can be planned: the objects that are there, and what is on them."""
    included = partial(_is_included, policy)
    wanted = {Lookup(change.kind, "id", str(number)) for change, number in landed(outcome) if _is_there(change)}
    changes = list(reverted(outcome, Rows(inventory)))
    wanted |= set(dependents_lookups(changes, inventory))
    wanted |= set(emptied_lookups(landed(outcome), inventory))
    for change in changes:
        if isinstance(change, Delete):
            wanted |= set(record_lookups(inventory, change.kind, change.netbox_id, included))
    wanted |= {Lookup(ref.kind, "id", str(ref.id)) for ref in shared_refs(changes)}
    wanted |= set(owner_lookups(outcome))
    wanted |= set(place_lookups(changes, Rows(inventory)))
    return tuple(sorted(lookup for lookup in wanted if not inventory.answers(lookup)))


def make_undo(outcome: Outcome, inventory: Inventory, config_digest: str, policy: Policy = _NO_RULES) -> Plan:
    """Return the plan that reverts an apply, as far as its objects were not edited since.

    Objects without our key stay: others may use them by now. What was edited since the apply stays too, as a problem.
    The rules of `review` hold for an undo as for any plan.
    """
    digest = inventory.digest
    inventory, claims = proven(inventory)
    rows = Rows(inventory)
    changes = list(reverted(outcome, rows))
    problems = [claim.problem() for claim in claims]
    problems += edited(outcome, rows, claims)
    problems += marked(changes, rows)
    kept = {problem.address for problem in problems}
    changes, lost = _possible(changes, kept | {item.address for item in changes if _is_claimed(claims, item)})
    held = held_deletes(changes, inventory)
    problems += [holds_others(address, holders) for address, holders in held.items()]
    changes, more = _possible(changes, held.keys())
    stay = displaced(changes, rows)
    problems += stay.values()
    changes, apart = _possible(changes, stay.keys())
    said = kept | held.keys() | stay.keys()
    problems += [_has_no_place(change) for change in (*lost, *more, *apart) if change.address not in said]
    changes = list(with_cut_rings(part for change in changes for part in in_two(change)))
    done = ordered(with_along(changes, inventory), _waits(changes, rows), inventory)
    placed = {change.address for change in done}
    problems += [_cycle(change) for change in changes if change.address not in placed]
    binding = Binding(
        state_digest=outcome.digest,
        config_digest=config_digest,
        inventory_digest=digest,
        netbox_url=inventory.url,
        netbox_version=inventory.netbox_version,
        changelog=inventory.changelog,
        units=outcome.units,
        branch=inventory.view.branch if inventory.view else None,
    )
    clusters = sorted({change.cluster for change in done if change.cluster})
    found = reviewed(done, policy, guests_undone(inventory, policy, done))
    return Plan.make(
        binding=binding,
        clusters=tuple(clusters),
        changes=found.changes,
        held=found.held,
        guests=dict(found.guests),
        machines={**outcome.machines, **machines(done, inventory)},
        problems=tuple(problems),
        referred=referred(found.changes, rows),
        complete=not problems,
        applicable=True,
    )


def _is_included(policy: Policy, kind: Kind) -> bool:
    return policy.areas.include(kind.areas)


def _possible(changes: Sequence[Change], stays: Collection[Address]) -> tuple[list[Change], list[Change]]:
    """Return the changes without those that are not made, and these: with what needs a key or an object of theirs."""
    lost = with_heirs((change for change in changes if change.address in stays), changes)
    left, _ = without(changes, {change.address for change in lost})
    there = {change.address for change in left}
    return list(left), [change for change in changes if change.address not in there]


def _is_claimed(claims: Claims, change: Change) -> bool:
    return claims.has(change.kind, change.target_id)


def _waits(changes: Iterable[Change], rows: Rows) -> dict[Address, list[Address]]:
    """Return what waits for a name or an address to be free: NetBox has each of them once."""
    turns = [(change, rows.by_id(change.kind, change.target_id or 0)) for change in changes]
    held = {key: change.address for change, row in turns if row and frees(change) for key in _natural(change, row)}
    holders = key_holders(change for change, _ in turns)
    waits: dict[Address, list[Address]] = {}
    for change, row in turns:
        if isinstance(change, Create | Update | Move):
            fields = {**(row.fields if row else {}), **{field.field: field.after for field in change.fields}}
            taken = _natural(change, Row(id=0, name=change.name, fields=fields))
            named = (held[key] for key in taken if key in held)
            waits[change.address] = [at for at in named if at.first_pass != change.address.first_pass]
            holder = holder_of(change, holders)
            waits[change.address] += [holder] if holder is not None else []
    for address, first in before_machines(change for change, _ in turns):
        waits[address].append(first)
    return waits


def _natural(change: Change, row: Row) -> list[tuple[str, Natural, NaturalKey]]:
    kind = KINDS[change.kind]
    return [(kind.name, natural, row_key(kind, natural, row)) for natural in kind.natural if natural.unique]


def _is_there(change: Change) -> bool:
    return not isinstance(change, Delete)


def _has_no_place(change: Change) -> Problem:
    return Problem(
        code=ProblemCode.BLOCKED,
        address=change.address,
        message=f"{change.kind} {change.name!r} is not reverted: another object that is not reverted is in its place",
        hint="Fix the other problem first, then undo again.",
    )


def _cycle(change: Change) -> Problem:
    return Problem(
        code=ProblemCode.BLOCKED,
        address=change.address.first_pass,
        message=f"{change.kind} {change.name!r} is not reverted: its change is in a dependency cycle",
        hint="Rename one of the objects in NetBox to break the cycle, then undo again.",
    )
