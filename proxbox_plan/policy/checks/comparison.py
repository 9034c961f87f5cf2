"""Comparison: whether a constant can be what it is compared with: one of a closed list, or of the same type."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any, Final

from proxbox_plan.core.listed import listed
from proxbox_plan.core.suggestion import suggestion
from proxbox_plan.model.kind_names import kind_meant
from proxbox_plan.policy.checks.thing import Attribute, FieldSide, Thing
from proxbox_plan.policy.checks.vocabulary import CAUSES, ValueType, Vocabulary

_NAMES: Final = {
    ValueType.TEXT: "text",
    ValueType.NUMBER: "a number",
    ValueType.BOOLEAN: "true or false",
    ValueType.LIST: "a list of texts",
    ValueType.ANY: "anything",
}
KIND: Final = "change.kind"
NAMED: Final = 8  # values named of a closed list


@dataclass(frozen=True, slots=True)
class FieldComparison:
    """Compares with what a configuration knows."""

    vocabulary: Vocabulary

    def equal(self, thing: Thing, constant: Any) -> Iterator[str]:
        """Yield why a value is never equal to a constant."""
        match thing:
            case Attribute(name=name) if name in self.vocabulary.values:
                yield from _listed(thing.text, constant, self.vocabulary.values[name])
            case Attribute(name="address") if isinstance(constant, str):
                kind, colon, _ = constant.partition(":")
                if not colon or kind not in self.vocabulary.fields:
                    yield f"'{constant[:60]}' is not an address (KIND:KEY){suggestion(kind, self.vocabulary.fields)}"
            case Attribute() if constant is not None and not isinstance(constant, str):
                yield f"`{thing.text}` is text, and {constant!r} is not"
            case FieldSide(name="cause"):
                yield from _listed(thing.text, constant, frozenset({*CAUSES, None}))
            case FieldSide() if constant is not None:
                yield from _mistyped(thing, constant)

    def contained(self, constant: Any, thing: Thing) -> Iterator[str]:
        """Yield why a value never contains a constant."""
        match thing:
            case Attribute(name=name) if name in self.vocabulary.values:
                known = [value for value in self.vocabulary.values[name] if value]
                if not any(str(constant) in value for value in known):
                    yield f"no value of `{thing.text}` contains '{str(constant)[:60]}'"
            case FieldSide() if thing.types and thing.types <= {ValueType.NUMBER, ValueType.BOOLEAN}:
                yield f"`{thing.text}` is {type_words(thing)} and contains nothing"


def _listed(text: str, constant: Any, known: Collection[str | None]) -> Iterator[str]:
    if constant not in known:
        names = sorted(name for name in known if name is not None)
        word = str(constant)
        meant = kind_meant(word, names) if text == KIND else suggestion(word, names)
        yield f"`{text}` is never '{word[:60]}'{meant or f'; it is one of {listed(names, NAMED)}'}"


def _mistyped(thing: FieldSide, constant: float | str) -> Iterator[str]:
    found = _type_of(constant)
    if not thing.types or ValueType.ANY in thing.types or found in thing.types:
        return
    if thing.types == {ValueType.LIST}:
        yield f"`{thing.text}` is a list: ask with `{constant!r} in {thing.text}`"
    else:
        yield f"`{thing.text}` is {type_words(thing)}, and {constant!r} is {_NAMES[found]}"


def _type_of(constant: float | str) -> ValueType:
    match constant:
        case bool():
            return ValueType.BOOLEAN
        case int() | float():
            return ValueType.NUMBER
        case _:
            return ValueType.TEXT


def type_words(thing: FieldSide) -> str:
    """Return what a side of a field is."""
    return " or ".join(sorted(_NAMES[type_] for type_ in thing.types))
