"""Placed: what people put in a cluster, on a node or in a location since keeps it where the apply moved it.

NetBox compares the places of clusters, nodes and machines at each write (`proxbox_plan/plan/validate/places.py`), and
would refuse a part of the undo half-way.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from proxbox_plan.core.address import Address
from proxbox_plan.mapping import CLUSTER, GUEST, LOCATION, NODE
from proxbox_plan.model.inventory import Lookup, Row
from proxbox_plan.model.plan import Change, Delete
from proxbox_plan.model.problem import Problem, ProblemCode
from proxbox_plan.plan.relations.dependents import ObjectId
from proxbox_plan.plan.relations.references import ref_id
from proxbox_plan.plan.relations.rows import Rows

_PLACED = (CLUSTER.name, NODE.name, GUEST.name)
_FIELDS = ("scope", "site", "location", "cluster", "device")
_INSIDE = {CLUSTER.name: (NODE.name, GUEST.name), NODE.name: (GUEST.name,)}


class _Misfit(NamedTuple):
    """Two objects that NetBox would not have together."""

    one: ObjectId
    other: ObjectId


def place_lookups(changes: Iterable[Change], rows: Rows) -> Iterator[Lookup]:
    """Yield the questions what is in clusters and on nodes that go back, and what these go back into."""
    for change in changes:
        fields = {item.field: item.after for item in change.fields if item.field in _FIELDS}
        row = rows.by_id(change.kind, change.target_id or 0)
        if row is None or change.kind not in _PLACED or not fields or isinstance(change, Delete):
            continue
        yield from (Lookup(kind, f"{change.kind}_id", str(row.id)) for kind in _INSIDE.get(change.kind, ()))
        values = row.fields | fields
        for name in _FIELDS:
            value, number = values.get(name), ref_id(values.get(name))
            if (
                number is not None
                and isinstance(value, dict)
                and value["kind"] in (CLUSTER.name, NODE.name, LOCATION.name)
            ):
                yield Lookup(str(value["kind"]), "id", str(number))


def displaced(changes: Sequence[Change], rows: Rows) -> Mapping[Address, Problem]:
    """Return the changes that NetBox would refuse as their object does not fit where it is, or what is in it."""
    moving = _moving(changes)
    gone = {(change.kind, change.target_id) for change in changes if isinstance(change, Delete)}
    found: dict[Address, Problem] = {}
    while moving:
        places = _Places(rows, moving, gone)
        misfits = {item: _names(misfit, places) for misfit in places.misfits() for item in misfit if item in moving}
        if not misfits:
            break
        for item, names in misfits.items():
            for change in moving.pop(item):
                found[change.address] = _stays(change, names)
    return found


def _moving(changes: Iterable[Change]) -> dict[ObjectId, list[Change]]:
    found: dict[ObjectId, list[Change]] = {}
    for change in changes:
        number, placed = change.target_id, any(item.field in _FIELDS for item in change.fields)
        if change.kind in _PLACED and number is not None and placed and not isinstance(change, Delete):
            found.setdefault((change.kind, number), []).append(change)
    return found


class _Places:
    """Where everything is once the changes are made."""

    def __init__(
        self, rows: Rows, moving: Mapping[ObjectId, Sequence[Change]], gone: Iterable[tuple[str, int | None]]
    ) -> None:
        self._moving = moving
        self._rows = {(kind, row.id): row for kind in (*_PLACED, LOCATION.name) for row in rows.of(kind)}
        for item in gone:
            self._rows.pop((item[0], item[1] or 0), None)

    def row(self, item: ObjectId) -> Row | None:
        return self._rows.get(item)

    def misfits(self) -> Iterator[_Misfit]:
        """Yield what does not fit, as far as something of it moves."""
        for item in self._rows:
            if item[0] == NODE.name:
                yield from self._of_node(item)
            elif item[0] == GUEST.name:
                yield from self._of_machine(item)

    def _of_node(self, node: ObjectId) -> Iterator[_Misfit]:
        cluster, location = self._in(node, "cluster", CLUSTER.name), self._in(node, "location", LOCATION.name)
        place = self._value(cluster, "scope") if cluster is not None else None
        bound = str(place["kind"]) if isinstance(place, dict) else ""
        if cluster is not None and bound in ("site", "location") and ref_id(self._value(node, bound)) != ref_id(place):
            yield _Misfit(node, cluster)
        if location is not None and ref_id(self._value(location, "site")) != ref_id(self._value(node, "site")):
            yield _Misfit(node, location)

    def _of_machine(self, machine: ObjectId) -> Iterator[_Misfit]:
        cluster, node = self._in(machine, "cluster", CLUSTER.name), self._in(machine, "device", NODE.name)
        own = ref_id(self._value(machine, "site"))
        if cluster is not None and own not in (None, site := self._site_of(cluster)) and site is not None:
            yield _Misfit(machine, cluster)
        if node is None:
            return
        if own not in (None, ref_id(self._value(node, "site"))):
            yield _Misfit(machine, node)
        if ref_id(self._value(node, "cluster")) != ref_id(self._value(machine, "cluster")):
            yield _Misfit(machine, node)

    def _site_of(self, cluster: ObjectId) -> int | None:
        scope = self._value(cluster, "scope")
        if not isinstance(scope, dict) or scope["kind"] not in ("site", "location"):
            return None
        number = ref_id(scope)
        return number if scope["kind"] == "site" else ref_id(self._value((LOCATION.name, number or 0), "site"))

    def _in(self, item: ObjectId, name: str, kind: str) -> ObjectId | None:
        """Return what an object is in, as far as that is known."""
        number = ref_id(self._value(item, name))
        return (kind, number) if number is not None and (kind, number) in self._rows else None

    def _value(self, item: ObjectId, name: str) -> Any:
        row = self._rows.get(item)
        value = row.fields.get(name) if row is not None else None
        for change in self._moving.get(item, ()):
            value = next((field.after for field in change.fields if field.field == name), value)
        return value


def _names(misfit: _Misfit, places: _Places) -> tuple[str, ...]:
    return tuple(f"{kind} {row.name!r}" for kind, number in misfit if (row := places.row((kind, number))) is not None)


def _stays(change: Change, names: Sequence[str]) -> Problem:
    both = " and ".join(names)
    return Problem(
        code=ProblemCode.NOT_ALLOWED,
        address=change.address.first_pass,
        message=f"{change.kind} {change.name!r} is not put back where it was: NetBox takes no {both} together, as they "
        "would be at different places",
        hint="Correct the place of the other one in NetBox, then undo again.",
    )
