"""Strategies that break things: values of any type, and documents with something exchanged."""

from __future__ import annotations

import copy
from typing import Any

from hypothesis import strategies as st

ODD_TEXTS = (
    "",
    "x",
    "\x00",
    "\x1b[2J",
    "\ud800",
    "é",
    "1",
    "-1",
    "null",
    "../..",
    "a" * 5000,
    "{{ 7*7 }}",
    "10.0.0.1/24",
)
ODD_NUMBERS = (0, 1, -1, 4095, 2**31, 2**63, -(10**30), 10**30, 0.5, 1e308, float("inf"), float("nan"))
LEAVES = st.none() | st.booleans() | st.sampled_from(ODD_NUMBERS) | st.sampled_from(ODD_TEXTS) | st.text(max_size=6)
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)


def nested(depth: int) -> Any:
    """Return a list in a list in a list."""
    value: Any = "x"
    for _ in range(depth):
        value = [value]
    return value


@st.composite
def mutated(draw: st.DrawFn, document: Any, *, most: int = 3) -> Any:
    """Return a copy of JSON data in which a few members are exchanged, removed, doubled or nested."""
    changed = copy.deepcopy(document)
    for _ in range(draw(st.integers(1, most))):
        _mutate(draw, changed)
    return changed


def _mutate(draw: st.DrawFn, place: Any) -> None:
    while isinstance(place, dict | list) and place:
        keys = sorted(place) if isinstance(place, dict) else range(len(place))
        key = draw(st.sampled_from(keys))
        inner = place[key]
        if isinstance(inner, dict | list) and inner and draw(st.integers(0, 3)):
            place = inner
            continue
        match draw(st.integers(0, 5)):
            case 0:
                del place[key]
            case 1 if isinstance(place, list):
                place.append(copy.deepcopy(inner))
            case 2 if isinstance(place, dict):
                place[draw(st.text(max_size=5))] = inner
            case 3:
                place[key] = nested(draw(st.sampled_from((3, 50, 300))))
            case _:
                place[key] = draw(VALUES)
        return
