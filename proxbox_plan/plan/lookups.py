"""Lookups: what the planner still has to ask NetBox before it can tell what is there."""

from __future__ import annotations

from collections.abc import Iterator

from proxbox_plan.mapping import KINDS
from proxbox_plan.mapping.context import Context
from proxbox_plan.mapping.desired import Desired
from proxbox_plan.mapping.plugin import sidecar
from proxbox_plan.model.inventory import Inventory, Lookup
from proxbox_plan.model.kind import FieldType, Kind, Natural
from proxbox_plan.model.policy import Policy
from proxbox_plan.model.reference import Ref
from proxbox_plan.model.state import State
from proxbox_plan.plan.match.match import Matches
from proxbox_plan.plan.match.matched import Pairing, wants
from proxbox_plan.plan.match.rows import ref_id
from proxbox_plan.plan.order.cascade_delete import swept_along
from proxbox_plan.plan.prune.prune import find_missing


def lookups_of(pairing: Pairing) -> tuple[Lookup, ...]:
    """Return the questions whose answers the inventory lacks; empty when a plan can be made of it.

    Objects with our key are in every inventory. The others are asked for by natural key, and only where something
    wanted has no match yet or changes its name.
    """
    context, matches = pairing.context, pairing.matches
    found = {lookup for wanted in context.desired.values() for lookup in _questions(context, matches, wanted)}
    found |= {
        lookup
        for lookup in swept_along(find_missing(context, matches).changes)
        if not context.inventory.answers(lookup)
    }
    return tuple(sorted(found))


def support_lookups(state: State, inventory: Inventory, policy: Policy) -> tuple[Lookup, ...]:
    """Return the questions about what carries no key (sites, roles, tags, ...), of an inventory without our objects.

    They are asked whatever NetBox has of ours; to know the answers beforehand spares a round of questions.
    """
    context, matches = wants(state, inventory, policy), Matches()
    shared = (wanted for wanted in context.desired.values() if not (wanted.marked and KINDS[wanted.kind].marked))
    return tuple(sorted({lookup for wanted in shared for lookup in _questions(context, matches, wanted)}))


def _questions(context: Context, matches: Matches, wanted: Desired) -> Iterator[Lookup]:
    kind = KINDS[wanted.kind]
    row = matches.rows.get(wanted.address)
    if row is None and kind.name == "virtual-machine" and (lookup := _sidecar_lookup(context, wanted)):
        yield lookup
    for natural in kind.natural:
        if row is not None and not _moves(kind, natural, wanted, row.fields, matches):
            return
        value = _filter_value(kind, natural, wanted, matches)
        if value is not None and not context.inventory.answers(Lookup(kind.name, natural.filter, value)):
            yield Lookup(kind.name, natural.filter, value)
            return  # the next way to find it is only asked when this one found nothing


def _sidecar_lookup(context: Context, wanted: Desired) -> Lookup | None:
    """Ask netbox-proxbox, where it runs, whether it knows the guest already."""
    if sidecar.MACHINE.plugin not in context.inventory.plugins:
        return None
    lookup = Lookup(sidecar.MACHINE.name, "proxmox_vm_id", wanted.key.rpartition("/")[2])
    return None if context.inventory.answers(lookup) else lookup


def _moves(kind: Kind, natural: Natural, wanted: Desired, fields: dict[str, object], matches: Matches) -> bool:
    """Whether an object we know takes a natural key that somebody else may hold."""
    if kind.support or not wanted.marked:
        return False
    for name in natural.fields:
        value, actual = wanted.fields.get(name), fields.get(name)
        if isinstance(value, Ref):
            value, actual = matches.ids.get(value.address or ""), ref_id(actual)
        if name in wanted.fields and value != actual:
            return True
    return False


def _filter_value(kind: Kind, natural: Natural, wanted: Desired, matches: Matches) -> str | None:
    value = wanted.fields.get(natural.by)
    if isinstance(value, Ref):
        number = matches.ids.get(value.address or "")
        return None if number is None else str(number)
    if kind.field(natural.by).type is FieldType.CIDR and isinstance(value, str):
        return value.split("/", maxsplit=1)[0]
    return None if value is None else str(value)
