"""Matched: the result of the second phase of planning."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

from proxbox_plan.core.address import Address
from proxbox_plan.core.key import Key
from proxbox_plan.mapping.desired import DesiredObject, Unknown
from proxbox_plan.mapping.estate.estate import Estate
from proxbox_plan.model.inventory import Row
from proxbox_plan.model.problem import Problem
from proxbox_plan.model.reference import Ref
from proxbox_plan.plan.desired.desire import Desired
from proxbox_plan.plan.match.proof import OutOfScope
from proxbox_plan.plan.relations.references import ref_id
from proxbox_plan.plan.relations.rows import Rows


@dataclass(frozen=True, slots=True)
class Matched:
    """Desired objects with the live objects they are."""

    desired: Desired
    index: Rows
    rows: Mapping[Address, Row]  # the NetBox object each one is
    ids: Mapping[Address, int]  # the same by NetBox id
    moved: Mapping[Key, Key]  # key of a guest -> the key it had in another cluster
    replaced: Mapping[Address, Row]  # the object of the guest it replaced
    holders: Mapping[Address, tuple[Row, ...]]  # ours that hold its natural key now
    blocked: Mapping[Address, Address]  # what cannot be planned -> the object of its problem
    problems: tuple[Problem, ...]
    of_groups: Mapping[Address, Row] = field(default_factory=dict)  # addresses that NetBox has on a FHRP group
    matched_by: Mapping[Address, tuple[str, ...]] = field(default_factory=dict)  # fields that found what has no key
    kept: Mapping[Key, Unknown | OutOfScope] = field(default_factory=dict)  # guests whose machine stays another's: why
    # addresses that move between guests and are documented on another one -> that object, null for one that is new
    floating: Mapping[Address, Row | None] = field(default_factory=dict)

    @property
    def estate(self) -> Estate:
        """What all planning reads."""
        return self.desired.estate

    @classmethod
    def nothing(cls, desired: Desired) -> Matched:
        """Return what matching gives when NetBox has none of it."""
        none: Mapping[Address, Row] = MappingProxyType({})
        return cls(desired, Rows(desired.estate.inventory), none, {}, {}, none, {}, {}, desired.problems)

    def sealed(self) -> Matched:
        """Return it with a digest on its inventory, which is complete now."""
        return replace(self, desired=self.desired.sealed())

    def row_of(self, value: Any) -> Row | None:
        """Return the row that a desired reference leads to; null for one that is not there, or not read."""
        if not isinstance(value, Ref):
            return None
        if value.address is not None and value.address in self.rows:
            return self.rows[value.address]
        return self.index.by_id(value.kind, value.id) if value.id is not None else None

    def coming(self, wanted: DesiredObject, name: str) -> Any:
        """Return what a field that NetBox is authoritative for will refer to: an id, else an address; null for nothing.

        What people have set stays, what we have set follows the source: also where that says that there is nothing.
        """
        row = self.rows.get(wanted.address)
        present = ref_id(row.fields.get(name)) if row is not None else None
        last = row.last_applied.fields.get(name) if row is not None and row.last_applied is not None else None
        value = wanted.fields.get(name, present)
        if value is None and present == last:
            return None
        if not isinstance(value, Ref) or (present is not None and present != last):
            return present
        found = self.row_of(value)
        return found.id if found is not None else value.address
