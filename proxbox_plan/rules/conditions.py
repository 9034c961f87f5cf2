"""Conditions of rules: compiled once, evaluated for every guest, node, cluster and address."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from proxbox_plan.core.patterns import Expression, Match, pattern
from proxbox_plan.model.policy.review import ReviewCondition
from proxbox_plan.model.policy.rules import AddressCondition, ClusterCondition, Condition, NodeCondition

AnyCondition = Condition | NodeCondition | ClusterCondition | AddressCondition | ReviewCondition
ConditionInput = Mapping[str, tuple[str, ...]]  # what a condition reads: key -> values, one of which must match
Groups = Mapping[str, str]
Ranges = tuple[tuple[int, int], ...]
Networks = tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]
_NUMBERS = ("vmid", "vlan")  # keys whose values are numbers: the conditions are ranges
_NETWORK = "network"  # key whose values are addresses: the conditions are networks


class UnmetCondition(NamedTuple):
    """Why a condition is not met."""

    why: str


@dataclass(frozen=True, slots=True)
class _Pattern:
    text: str
    expression: Expression

    def match(self, value: str) -> Match | None:
        """A regular expression may match anywhere, a glob must match all of it."""
        try:
            return self.expression.search(value)
        except UnicodeEncodeError:  # half a character, as a mapping test may have one, is no text of RE2's
            return None


@dataclass(frozen=True, slots=True)
class CompiledCondition:
    """A condition ready to be evaluated; `keys` are all it reads."""

    patterns: tuple[tuple[str, tuple[_Pattern, ...]], ...]
    ranges: tuple[tuple[str, Ranges], ...]
    networks: Networks
    any: tuple[CompiledCondition, ...]
    unless: CompiledCondition | None
    keys: frozenset[str]
    groups: frozenset[str]

    def judge(self, subject: ConditionInput) -> Groups | UnmetCondition:
        """Return the named groups of its regular expressions when it is met, else why it is not."""
        groups: dict[str, str] = {}
        for key, patterns in self.patterns:
            found = _first(patterns, subject[key])
            if found is None:
                return _miss(key, subject[key], (one.text for one in patterns))
            groups.update({name: value or "" for name, value in found.groupdict().items()})
        for key, ranges in self.ranges:
            if not _is_in(ranges, subject[key]):
                wanted = (str(low) if low == high else f"{low}-{high}" for low, high in ranges)
                return _miss(key, subject[key], wanted)
        if self.networks and not _is_within(self.networks, subject[_NETWORK]):
            return _miss("address", subject[_NETWORK], (f"in {network}" for network in self.networks))
        if self.any:
            other = self._one_of(subject)
            if isinstance(other, UnmetCondition):
                return other
            groups.update(other)
        if self.unless is not None and not isinstance(self.unless.judge(subject), UnmetCondition):
            return UnmetCondition("`unless` is met")
        return groups

    def decide(self, subject: ConditionInput, unknown: frozenset[str]) -> bool | None:
        """Return whether it is met; null when that depends on a key whose value is unknown."""
        parts = [
            None if key in unknown else _first(patterns, subject[key]) is not None for key, patterns in self.patterns
        ]
        parts += [None if key in unknown else _is_in(ranges, subject[key]) for key, ranges in self.ranges]
        if self.networks:
            parts.append(None if _NETWORK in unknown else _is_within(self.networks, subject[_NETWORK]))
        if self.any:
            parts.append(any_of(condition.decide(subject, unknown) for condition in self.any))
        if self.unless is not None:
            parts.append(negated(self.unless.decide(subject, unknown)))
        return negated(any_of(map(negated, parts)))

    def _one_of(self, subject: ConditionInput) -> Groups | UnmetCondition:
        misses: list[str] = []
        for condition in self.any:
            verdict = condition.judge(subject)
            if not isinstance(verdict, UnmetCondition):
                return verdict
            misses.append(verdict.why)
        return UnmetCondition(f"no condition of `any` is met: {'; '.join(misses)}")


def any_of(parts: Iterable[bool | None]) -> bool | None:
    """Return whether one of the parts is true; null when that depends on unknown ones."""
    found = set(parts)
    return True if True in found else None if None in found else False


def negated(part: bool | None) -> bool | None:  # noqa: FBT001 # a value that is judged, no switch
    """Return the opposite; of what is unknown, it is unknown, too."""
    return None if part is None else not part


def _miss(key: str, actual: tuple[str, ...], wanted: Iterable[str]) -> UnmetCondition:
    return UnmetCondition(f"{key} {', '.join(actual) or '(none)'} is not {' or '.join(wanted)}")


def _first(patterns: tuple[_Pattern, ...], values: tuple[str, ...]) -> Match | None:
    return next((found for value in values for one in patterns if (found := one.match(value))), None)


def _is_in(ranges: Ranges, values: tuple[str, ...]) -> bool:
    return any(low <= int(value) <= high for value in values for low, high in ranges)


def _is_within(networks: Networks, values: tuple[str, ...]) -> bool:
    return any(_parsed(value) in network for value in values for network in networks)


@lru_cache(maxsize=1024)
def _parsed(value: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    return ipaddress.ip_address(value)


def compiled(condition: AnyCondition) -> CompiledCondition:
    """Return a condition ready to be evaluated."""
    given = {name: getattr(condition, name) for name in type(condition).model_fields}
    others = tuple(compiled(other) for other in given.pop("any"))
    unless = compiled(given["unless"]) if given["unless"] is not None else None
    del given["unless"]
    ranges = tuple((name, tuple(map(_range, texts))) for name in _NUMBERS if (texts := given.pop(name, None)))
    networks = tuple(map(ipaddress.ip_network, given.pop(_NETWORK, None) or ()))
    patterns = tuple(
        (name, tuple(_Pattern(text, pattern(text)) for text in ((value,) if isinstance(value, str) else value)))
        for name, value in given.items()
        if value is not None
    )
    inner = (*others, unless) if unless else others
    names = {name for _, found in patterns for one in found for name in one.expression.groupindex}
    return CompiledCondition(
        patterns,
        ranges,
        networks,
        others,
        unless,
        frozenset(
            {name for name, _ in (*patterns, *ranges)}.union(
                (_NETWORK,) if networks else (), *(item.keys for item in inner)
            )
        ),
        frozenset(names.union(*(item.groups for item in others))),
    )


def _range(text: str) -> tuple[int, int]:
    low, _, high = text.partition("-")
    return int(low), int(high or low)
