"""Holders: why an object is not deleted, in words: what depends on it, by name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from proxbox_plan.core.address import Address
from proxbox_plan.core.listed import listed
from proxbox_plan.model.inventory.dependents import Dependent
from proxbox_plan.model.problem import Problem, ProblemCode
from proxbox_plan.model.relation import Effect

_NAMED = 5  # objects named in a message
_WORDS: Mapping[Effect, str] = MappingProxyType(
    {
        Effect.DELETED: "NetBox would delete {} with it",
        Effect.REFUSED: "NetBox refuses that while {} refers to it",
        Effect.EMPTIED: "{} would lose it",
    }
)


def holds_others(address: Address, holders: Sequence[Dependent]) -> Problem:
    """Return the problem that an object is not deleted because others depend on it, or may."""
    seen = [item for item in holders if item.is_seen]
    unseen = sorted({item.model for item in holders if not item.is_seen and item.model})
    if seen:
        by_effect = {effect: [item for item in seen if item.effect is effect] for effect in Effect}
        effect = next(effect for effect in _WORDS if by_effect[effect])
        what = _WORDS[effect].format(_names(by_effect[effect]))
        return _problem(address, what, "Move or delete these objects in NetBox, then plan again.")
    if unseen:
        what = f"the token may not see whether {', '.join(unseen)} objects depend on it"
        return _problem(address, what, "Let the token view these types; `proxbox doctor --permissions` lists them.")
    return _problem(address, "NetBox was not asked what depends on it", "Plan against NetBox itself.")


def _problem(address: Address, why: str, hint: str) -> Problem:
    message = f"{address} is not deleted: {why}"
    return Problem(code=ProblemCode.HOLDS_OTHERS, address=address, message=message, hint=hint)


def _names(items: Sequence[Dependent]) -> str:
    return listed([item.title for item in items], _NAMED)
