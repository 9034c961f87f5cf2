"""Lookups: the queries to NetBox that the planner still needs before it can match."""

from __future__ import annotations

from collections.abc import Iterator

from proxbox_plan.mapping import ADDRESS, CLUSTER, CUSTOM_FIELD, GUEST, IP_RANGE, KINDS, MAC_ADDRESS, reserved_address
from proxbox_plan.mapping.desired import DesiredObject
from proxbox_plan.mapping.estate.estate import Estate
from proxbox_plan.model.inventory import Inventory, Lookup
from proxbox_plan.model.ipam_mark import DESCRIPTION, OF_A_NIC
from proxbox_plan.model.kind import FieldType, Kind, Natural
from proxbox_plan.model.policy import Policy
from proxbox_plan.model.reference import Ref
from proxbox_plan.model.state import State
from proxbox_plan.plan.desired.desire import desire
from proxbox_plan.plan.match.by_mac import primary_of
from proxbox_plan.plan.match.matched import Matched
from proxbox_plan.plan.match.scopes import scope_lookups
from proxbox_plan.plan.prune.candidates import candidates
from proxbox_plan.plan.relations.dependents import dependents_lookups
from proxbox_plan.plan.relations.owners import owner_lookups
from proxbox_plan.plan.relations.references import ref_id
from proxbox_plan.plan.validate.choices import choice_lookups
from proxbox_plan.plan.validate.cluster_groups import name_lookups
from proxbox_plan.plan.validate.custom_fields import custom_field_lookups
from proxbox_plan.plan.validate.locations import location_lookups
from proxbox_plan.plan.validate.machines import WITHOUT_CLUSTER
from proxbox_plan.plan.validate.relocations import relocation_lookups

_POPULATED = IP_RANGE.field("mark_populated")


def lookups_of(matched: Matched) -> tuple[Lookup, ...]:
    """Return the questions whose answers the inventory lacks; empty when a plan can be made of it.

    Objects with our key are in every inventory. The others are asked for by natural key, and only where something
    desired has no match yet or changes its name.
    """
    inventory = matched.estate.inventory
    found = {lookup for wanted in matched.desired.objects.values() for lookup in _questions(matched, wanted)}
    found |= {lookup for lookup in (*_rules(matched), *_reservations(matched.estate)) if not inventory.answers(lookup)}
    pruned = candidates(matched).changes
    more = {*dependents_lookups(pruned, inventory), *owner_lookups(matched.index, pruned)}
    return tuple(sorted(found | {lookup for lookup in more if not inventory.answers(lookup)}))


def support_lookups(state: State, inventory: Inventory, policy: Policy) -> tuple[Lookup, ...]:
    """Return the questions about what carries no key (sites, roles, tags, ...), of an inventory without our objects.

    They are asked whatever NetBox has of ours; to know the answers beforehand spares a round of questions.
    """
    matched = Matched.nothing(desire(state, inventory, policy))
    wanted = matched.desired.objects.values()
    shared = (item for item in wanted if not (item.managed and KINDS[item.kind].managed))
    return tuple(sorted({lookup for item in shared for lookup in _questions(matched, item)}))


def _rules(matched: Matched) -> Iterator[Lookup]:
    """Ask for what decides whether NetBox takes new objects, where there are any."""
    objects = matched.desired.objects.items()
    new = {item.kind for address, item in objects if address not in matched.rows and item.unknown is None}
    yield from _scopes(matched)
    yield from choice_lookups(matched)
    yield from name_lookups(matched)
    yield from location_lookups(matched)
    yield from relocation_lookups(matched)
    yield from custom_field_lookups(matched)
    if GUEST.name in new:
        yield WITHOUT_CLUSTER
    if MAC_ADDRESS.name in new:
        macs = (item for at, item in matched.desired.objects.items() if at not in matched.rows)
        numbers = (primary_of(item, matched.rows) for item in macs if item.kind == MAC_ADDRESS.name)
        yield from (Lookup(MAC_ADDRESS.name, "id", str(number)) for number in numbers if number is not None)
    if ADDRESS.name in new and matched.estate.has(IP_RANGE) and _POPULATED.since <= matched.estate.version:
        yield Lookup(IP_RANGE.name, _POPULATED.name, "true")
    if new or any(row.empty for rows in matched.estate.inventory.kinds.values() for row in rows):
        yield Lookup(CUSTOM_FIELD.name, "required", "true")


def _reservations(estate: Estate) -> Iterator[Lookup]:
    """Ask, at once, what IPAMs of Proxmox have given, where they give addresses to any NIC."""
    guests = (guest for view in estate.clusters for guest in view.guests) if estate.has(ADDRESS) else ()
    if any(any(reserved_address.asked_for(estate, guest)) for guest in guests):
        yield Lookup(ADDRESS.name, f"{DESCRIPTION}__isw", OF_A_NIC)


def _scopes(matched: Matched) -> Iterator[Lookup]:
    """Ask what people scoped the clusters to that carry no key and have the name of one of ours."""
    for wanted in matched.desired.objects.values():
        scope = wanted.fields.get(CLUSTER.adopted_in)
        if wanted.kind != CLUSTER.name or wanted.address in matched.rows or not isinstance(scope, Ref):
            continue
        site = matched.rows.get(scope.address) if scope.address is not None else None
        for row in matched.index.of(CLUSTER.name) if site is not None else ():
            present = row.fields.get(CLUSTER.adopted_in)
            if site is not None and row.key is None and isinstance(present, dict):
                yield from scope_lookups(matched.index, present, site)


def _questions(matched: Matched, wanted: DesiredObject) -> Iterator[Lookup]:
    kind, inventory = KINDS[wanted.kind], matched.estate.inventory
    row = matched.rows.get(wanted.address)
    if row is None and (lookup := _legacy_lookup(matched.estate, kind, wanted)):
        yield lookup
    for natural in kind.natural:
        if row is not None and not _moves(kind, natural, wanted, row.fields, matched):
            return
        value = _filter_value(kind, natural, wanted, matched)
        if value is not None and not inventory.answers(Lookup(kind.name, natural.filter, value)):
            yield Lookup(kind.name, natural.filter, value)
            return  # the next way to find it is only asked when this one found nothing


def _legacy_lookup(estate: Estate, kind: Kind, wanted: DesiredObject) -> Lookup | None:
    """Ask netbox-proxbox, where it is in scope and has such rows, whether it knows the guest already."""
    if kind.legacy is None or not estate.has(KINDS[kind.legacy.kind]):
        return None
    lookup = Lookup(kind.legacy.kind, kind.legacy.vmid, wanted.key.last)
    return None if estate.inventory.answers(lookup) else lookup


def _moves(kind: Kind, natural: Natural, wanted: DesiredObject, fields: dict[str, object], matched: Matched) -> bool:
    """Whether an object we know takes a natural key that another object may hold."""
    if kind.support or not wanted.managed:
        return False
    for name in natural.fields:
        value, actual = wanted.fields.get(name), fields.get(name)
        if isinstance(value, Ref):
            value, actual = matched.ids.get(value.address) if value.address else None, ref_id(actual)
        if name in wanted.fields and value != actual:
            return True
    return False


def _filter_value(kind: Kind, natural: Natural, wanted: DesiredObject, matched: Matched) -> str | None:
    value = wanted.fields.get(natural.by)
    if isinstance(value, Ref):
        number = matched.ids.get(value.address) if value.address else None
        return None if number is None else str(number)
    if kind.field(natural.by).type is FieldType.CIDR and isinstance(value, str):
        return value.split("/", maxsplit=1)[0]
    return None if value is None else str(value)
