"""Dependents: NetBox deletes or empties what depends on a deleted object, so an object is kept while anything does."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType

from proxbox_plan.core.address import Address
from proxbox_plan.mapping import KINDS, MAC_ADDRESS
from proxbox_plan.model.inventory import Inventory, Lookup, Row
from proxbox_plan.model.inventory.dependents import DEPENDENTS, Dependent
from proxbox_plan.model.kind import Kind
from proxbox_plan.model.plan import Change, Delete
from proxbox_plan.model.relation import Effect
from proxbox_plan.plan.relations.references import ref_id
from proxbox_plan.plan.relations.referrers import Referrers

HANGS_OFF: Mapping[str, str] = MappingProxyType({kind.name: kind.parent for kind in KINDS.values() if kind.parent})
_BY_MODEL: Mapping[str, str] = MappingProxyType({kind.object_type: kind.name for kind in KINDS.values()})

ObjectId = tuple[str, int]  # kind and NetBox id
Objects = dict[ObjectId, list[ObjectId]]


def hangs_off(kind: Kind, row: Row) -> ObjectId | None:
    """Return the object that another one hangs off: NetBox deletes it with that; null when it hangs off none."""
    parent = row.fields.get(kind.parent)
    number = ref_id(parent)
    return (str(parent["kind"]), number) if isinstance(parent, dict) and number is not None else None


def children(inventory: Inventory) -> Objects:
    """Every known object by the object it hangs off, ours or not."""
    found: Objects = {}
    for kind in HANGS_OFF:
        for row in inventory.kinds.get(kind, ()):
            parent = hangs_off(KINDS[kind], row)
            if parent is not None:
                found.setdefault(parent, []).append((kind, row.id))
    return found


def dependents_lookups(changes: Iterable[Change], inventory: Inventory) -> Iterator[Lookup]:
    """Return the question before each delete: what NetBox would delete or empty with it, and with what goes along."""
    estate = _Dependence(_Known(inventory), tuple(changes))
    for change in estate.changes:
        if isinstance(change, Delete):
            for kind, number in estate.reached((change.kind, change.netbox_id)):
                yield Lookup(kind, DEPENDENTS, str(number))


def without_implicit(changes: Sequence[Change], inventory: Inventory) -> tuple[Change, ...]:
    """Omit deletes of mere records whose parent is deleted: NetBox does that in one step.

    Deleting one of our MAC addresses first would only stamp its interface anew, and that delete would look stale.
    """
    deletes = {(change.kind, change.netbox_id) for change in changes if isinstance(change, Delete)}
    if not deletes:
        return tuple(changes)
    implicit = {
        child
        for parent, found in children(inventory).items()
        if parent in deletes
        for child in found
        if KINDS[child[0]].implicit or KINDS[child[0]].record
    }
    return tuple(
        change for change in changes if not (isinstance(change, Delete) and (change.kind, change.netbox_id) in implicit)
    )


def with_along(changes: Sequence[Change], inventory: Inventory) -> tuple[Change, ...]:
    """Say with each delete what goes along with it, beside what the plan deletes or moves by itself."""
    if not any(isinstance(change, Delete) for change in changes):
        return tuple(changes)
    estate = _Dependence(_Known(inventory), changes)
    return tuple(
        change.replace(along=tuple(estate.along((change.kind, change.netbox_id))))
        if isinstance(change, Delete)
        else change
        for change in changes
    )


def held_deletes(changes: Iterable[Change], inventory: Inventory) -> dict[Address, tuple[Dependent, ...]]:
    """Return the deletes that would cost more than the plan says: address -> what depends on the object and stays.

    What depends on an object is no obstacle when this plan deletes it too or moves it to another parent, or when it is
    a mere record of the object. An object about whose dependents NetBox was not asked is held by what they may be.
    """
    changes, known = tuple(changes), _Known(inventory)
    held: dict[Address, tuple[Dependent, ...]] = {}
    while True:  # a parent is held as soon as one of its children stays
        left = [change for change in changes if change.address not in held]
        kept = {(change.kind, change.target_id or 0) for change in changes if change.address in held}
        estate = _Dependence(known, left, frozenset(kept))
        found = {
            change.address: holders
            for change in left
            if isinstance(change, Delete) and (holders := tuple(estate.holders(change)))
        }
        if not found:
            return held
        held |= found


@dataclass(frozen=True)
class _Known:
    """What an inventory knows, whatever is planned."""

    inventory: Inventory

    @cached_property
    def rows(self) -> dict[ObjectId, Row]:
        return {(kind, row.id): row for kind, rows in self.inventory.kinds.items() for row in rows}

    @cached_property
    def dependents(self) -> dict[ObjectId, list[Dependent]]:
        """What depends on each object: as NetBox says, and as the rows say that were read for another reason."""
        found: dict[ObjectId, dict[tuple[str, int | None, str], Dependent]] = {}
        for item in (*self.inventory.dependents, *self._parts()):
            found.setdefault((item.kind, item.on), {}).setdefault((item.model, item.id, item.field), item)
        return {parent: list(items.values()) for parent, items in found.items()}

    @cached_property
    def referrers(self) -> Referrers:
        return Referrers(self.inventory)

    def on(self, target: ObjectId) -> Iterator[Dependent]:
        """Yield what depends on an object: all that is said of it, and each reference of ours to it besides."""
        asked = self.dependents.get(target, [])
        yield from asked
        named = {(item.model, item.id, item.field) for item in asked}
        yield from (item for item in self.referrers.of(*target) if (item.model, item.id, item.field) not in named)

    def _parts(self) -> Iterator[Dependent]:
        for (kind, number), parts in children(self.inventory).items():
            for part in parts:
                model = KINDS[part[0]].object_type
                yield Dependent(kind=kind, on=number, model=model, id=part[1], name=self.rows[part].name)


@dataclass(frozen=True)
class _Dependence:
    """What depends on what, under the changes of a plan."""

    known: _Known
    changes: Sequence[Change]
    kept: frozenset[ObjectId] = frozenset()  # must not be deleted

    @cached_property
    def leaving(self) -> set[ObjectId]:
        """What has a change of its own: it is deleted, or gets another parent."""
        return {
            (change.kind, change.target_id)
            for change in self.changes
            if change.target_id is not None
            and (isinstance(change, Delete) or any(item.field == HANGS_OFF.get(change.kind) for item in change.fields))
        }

    @cached_property
    def written(self) -> set[tuple[str, int, str]]:
        """What fields of which objects get another value."""
        return {
            (change.kind, change.target_id, item.field)
            for change in self.changes
            if change.target_id is not None and not isinstance(change, Delete)
            for item in change.fields
        }

    def reached(self, start: ObjectId) -> Iterator[ObjectId]:
        """Yield an object that is deleted, and the objects that go along with it."""
        seen, waiting = {start}, [start]
        while waiting:
            here = waiting.pop()
            yield here
            for item in self.known.on(here):
                there = _object(item)
                if item.effect is Effect.DELETED and there not in seen and self._goes_along(item):
                    seen.add(there)
                    waiting.append(there)

    def holders(self, change: Delete) -> Iterator[Dependent]:
        """Yield what keeps an object, or what goes along with it, from being deleted."""
        for kind, number in self.reached((change.kind, change.netbox_id)):
            if not self.known.inventory.answers(Lookup(kind, DEPENDENTS, str(number))):
                yield Dependent(kind=kind, on=number, model="")
            for item in self.known.on((kind, number)):
                if not (self._has_own_change(item) or self._is_written(item) or self._may_go(item)):
                    yield item

    def along(self, target: ObjectId) -> Iterator[Dependent]:
        """Yield what goes along with a deleted object, or is emptied, without a change of its own."""
        for here in self.reached(target):
            for item in self.known.on(here):
                stays = item.effect is Effect.REFUSED or self._has_own_change(item) or self._survives(item)
                if item.is_seen and not stays:
                    row = self.known.rows.get(_object(item))
                    yield item.replace(key=row.key) if row is not None and row.key is not None else item

    def _goes_along(self, item: Dependent) -> bool:
        return not self._has_own_change(item) and not self._survives(item) and self._may_go(item)

    def _has_own_change(self, item: Dependent) -> bool:
        return _object(item) in self.leaving

    def _is_written(self, item: Dependent) -> bool:
        """Whether the plan gives it another value; it may do so before or after NetBox empties the field."""
        return (*_object(item), item.field) in self.written

    def _survives(self, item: Dependent) -> bool:
        """Whether NetBox refuses the delete rather than it."""
        kind = KINDS.get(_object(item)[0])
        return kind is not None and kind.survives_parent and item.effect is Effect.DELETED

    def _may_go(self, item: Dependent) -> bool:
        """Whether it may go along with an object, or lose its reference to it."""
        own = _object(item)
        kind = KINDS.get(own[0])
        if kind is None or not item.is_seen or item.effect is Effect.REFUSED:
            return False
        row = self.known.rows.get(own)
        if item.effect is Effect.EMPTIED:  # what we wrote to a field is ours to lose; a person filled any other
            return row is not None and _is_written_by_us(row, item)
        if own in self.kept:
            return False
        if kind.survives_parent or kind.record:
            return True
        ours = row is not None and row.key is not None
        return kind.implicit if ours else kind is MAC_ADDRESS and self._is_made_by_netbox(item)

    def _is_made_by_netbox(self, item: Dependent) -> bool:
        """Whether it is the MAC address that NetBox makes when we give one to an interface, that no one wrote on."""
        row = self.known.rows.get((item.kind, item.on))
        ours = row.last_applied.fields.get("mac_address") if row is not None and row.last_applied else None
        return not item.annotated and ours is not None and str(ours).upper() == item.name.upper()


def _is_written_by_us(row: Row, item: Dependent) -> bool:
    """Whether a reference is the one that we last applied; NetBox may show another one in the same field."""
    record = row.last_applied.fields.get(item.field) if row.key is not None and row.last_applied is not None else None
    return item.on in record if isinstance(record, list) else item.on == record


def _object(item: Dependent) -> ObjectId:
    """Return which object it is; one of a type that is no kind of ours is none that we know."""
    return _BY_MODEL.get(item.model, ""), item.id or 0
