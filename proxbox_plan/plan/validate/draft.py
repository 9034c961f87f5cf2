"""Draft: matched objects while NetBox's rules are applied to them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from types import MappingProxyType
from typing import Any

from proxbox_plan.core.address import Address
from proxbox_plan.mapping import KINDS
from proxbox_plan.mapping.desired import DesiredObject
from proxbox_plan.mapping.estate.estate import Estate
from proxbox_plan.model.inventory import Row
from proxbox_plan.model.problem import Problem, ProblemCode
from proxbox_plan.plan.match.matched import Matched


@dataclass
class Draft:
    """What NetBox takes of the desired objects, as far as the rules have been applied."""

    matched: Matched
    objects: dict[Address, DesiredObject]
    blocked: dict[Address, Address]
    problems: dict[Problem, None] = field(default_factory=dict)

    @classmethod
    def of(cls, matched: Matched) -> Draft:
        """Begin with all that was matched."""
        return cls(matched, dict(matched.desired.objects), dict(matched.blocked), dict.fromkeys(matched.problems))

    def done(self) -> Matched:
        """Return the matched objects as NetBox takes them."""
        desired = self.matched.desired
        if self.objects != desired.objects:
            desired = replace(desired, objects=MappingProxyType(self.objects))
        return replace(self.matched, desired=desired, blocked=self.blocked, problems=tuple(self.problems))

    @cached_property
    def _addresses(self) -> Mapping[str, Sequence[Address]]:
        """The objects by kind: each rule is about a few kinds of them."""
        found: dict[str, list[Address]] = {}
        for address in self.objects:
            found.setdefault(address.kind, []).append(address)
        return found

    @property
    def estate(self) -> Estate:
        """What all planning reads."""
        return self.matched.estate

    def of_kind(self, *kinds: str) -> Iterator[tuple[DesiredObject, Row | None]]:
        """Yield the objects of some kinds that are not blocked, each with the row it is."""
        yield from (item for item in self.all_of_kind(*kinds) if item[0].address not in self.blocked)

    def all_of_kind(self, *kinds: str) -> Iterator[tuple[DesiredObject, Row | None]]:
        """Yield the same, with those that are blocked: they stay as they are, and others are in them."""
        for address in (address for kind in kinds for address in self._addresses.get(kind, ())):
            yield self.objects[address], self.matched.rows.get(address)

    def refuse(
        self, wanted: DesiredObject, message: str, hint: str, code: ProblemCode = ProblemCode.NOT_ALLOWED
    ) -> None:
        """Plan nothing of an object, for a problem of its own."""
        self.report(wanted.address, message, hint, code)
        self.blocked[wanted.address] = wanted.address

    def report(self, address: Address, message: str, hint: str, code: ProblemCode = ProblemCode.NOT_ALLOWED) -> None:
        """Report what NetBox does not allow, or what a person must decide."""
        self.problems[Problem(code=code, address=address, message=message, hint=hint)] = None

    def give(self, wanted: DesiredObject, fields: Mapping[str, Any]) -> DesiredObject:
        """Replace the fields of an object, and return it."""
        changed = replace(wanted, fields=fields)
        self.objects[wanted.address] = changed
        return changed

    def leave_out(self, wanted: DesiredObject, name: str) -> DesiredObject:
        """Leave one field off an object, and return it."""
        return self.give(wanted, {field: value for field, value in wanted.fields.items() if field != name})


def is_looked_up(wanted: DesiredObject) -> bool:
    """Whether an object is never created: people make it."""
    return not (wanted.creatable and (KINDS[wanted.kind].creatable or wanted.managed))
