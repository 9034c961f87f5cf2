"""Expectations: what a plan takes for granted about the objects of NetBox that its changes touch and refer to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from proxbox_plan.apply.journal import Earlier
from proxbox_plan.core.address import Address
from proxbox_plan.model.kind import CUSTOM, FieldType, Kind
from proxbox_plan.model.plan import Change, Plan
from proxbox_plan.model.plan.digest import Referred
from proxbox_plan.model.reference import Ref, refs_of

ObjectId = tuple[str, int]
"""Kind and NetBox id."""

REFS = (FieldType.REF, FieldType.REFS, FieldType.GENERIC)
_PARENTS = ("virtual_machine", "device")


@dataclass(frozen=True, slots=True)
class Expectation:
    """One object of NetBox that a change needs to be what the plan says."""

    change: Change
    kind: Kind
    id: int
    ref: Ref | None = None  # by which the change refers to it; null: it is the object that the change is of

    @property
    def object(self) -> ObjectId:
        """Which object."""
        return self.kind.name, self.id


@dataclass(frozen=True, slots=True)
class KnownObjects:
    """What the whole plan says, for judging one object of it."""

    kinds: Mapping[str, Kind]
    changes: Mapping[Address, Change]
    touched: Mapping[ObjectId, Change]  # the first change of each object
    renamed: frozenset[str]  # keys of the guests and nodes that change their name, or keep one that differs
    ignored: frozenset[ObjectId]  # carried `proxbox-ignore` when the plan was made
    referred: Referred  # what shared objects were when the plan was made
    begun: bool  # an earlier run of the apply wrote some of it
    landed: Mapping[Address, int]  # by what that run's journal says: ids of what it wrote
    types: Mapping[str, str] = field(repr=False)  # NetBox's object type -> kind

    @classmethod
    def of(cls, plan: Plan, kinds: Mapping[str, Kind], earlier: Earlier) -> KnownObjects:
        """Return it for a plan."""
        touched: dict[ObjectId, Change] = {}
        for change in plan.changes:
            if change.target_id is not None:
                touched.setdefault((change.kind, change.target_id), change)
        ignored = frozenset((kind, number) for kind, ids in plan.ignored.items() for number in ids)
        named = (change for change in plan.changes if any(item.field == "name" for item in change.fields))
        renamed = {change.key.settled if change.key is not None else "" for change in named}
        renamed |= {item.address.key for item in plan.preserved if item.field == "name"}
        types = {kind.object_type: name for name, kind in kinds.items()}
        changes = {change.address: change for change in plan.changes}
        begun = earlier.plan_digest is not None
        landed = {address: entry.result.netbox_id or 0 for address, entry in earlier.landed.items()}
        return cls(kinds, changes, touched, frozenset(renamed), ignored, plan.referred, begun, landed, types)

    def keys_after(self, change: Change) -> set[str | None]:
        """Return the keys that an object may carry after a change: that of its second step may be another one."""
        later = self.changes.get(change.address.second_pass)
        return {change.key} if later is None else {change.key, later.key}


def expectations(changes: Iterable[Change], kinds: Mapping[str, Kind]) -> Iterator[Expectation]:
    """Yield the object of each change, and each existing object that it refers to."""
    for change in changes:
        kind = kinds[change.kind]
        if change.target_id is not None:
            yield Expectation(change, kind, change.target_id)
        for item in change.fields:
            if item.field != "tags" and kind.field(item.field).type in REFS:
                for ref in refs_of(item.after):
                    if ref.id is not None:
                        yield Expectation(change, kinds[ref.kind], ref.id, ref)


def columns(kind: Kind, expected: Iterable[Expectation]) -> list[str]:
    """Names for `?fields=`: what the objects of one kind are judged by, and nothing else."""
    found = ["id", "last_updated", kind.label, "display", *(["custom_fields", "tags"] if kind.managed else [])]
    found += [item.name for item in kind.fields if item.name in ("slug", *_PARENTS)]
    names: dict[str, None] = {}
    for item in expected:
        if item.ref is None:
            names |= dict.fromkeys(changed.field for changed in item.change.fields)
        else:
            names |= dict.fromkeys(name for natural in kind.natural for name in natural.fields)
    for name in sorted(names.keys() - {"tags"}):
        found += [] if name.startswith(CUSTOM) else _columns_of(kind, name)
    return list(dict.fromkeys(found))


def _columns_of(kind: Kind, name: str) -> list[str]:
    spec = kind.field(name)
    generic = [f"{name}_type", f"{name}_id"] if spec.type is FieldType.GENERIC else []
    return [*generic, name, *([spec.along] if spec.along else [])]


def shown_names(kind: Kind, row: Mapping[str, Any]) -> set[str]:
    """Return everything by which NetBox, or a plan, may call an object."""
    label = row.get(kind.label)
    found = {label, row.get("display"), row.get("slug")}
    parent = next((row[name] for name in _PARENTS if isinstance(row.get(name), dict)), None)
    if parent is not None:
        found.add(f"{parent.get('name')} {label}")
    return {str(name).casefold() for name in found if name is not None}
