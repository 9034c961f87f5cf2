"""The text of a document is what `json.dumps` would give, to the byte, however it is taken apart."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proxbox_plan.core import canonical
from proxbox_plan.model.base import Document, canonical_json
from tests.builders import busy_plan, incomplete_state, large_plan, outcome, state
from tests.examples import examples
from tests.plan import lab
from tests.plan.estate import estate

TEXTS = st.text(st.characters(), max_size=8)  # lone surrogates and control characters, too
SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXTS
DATA = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=20) | st.dictionaries(TEXTS, inner, max_size=5), max_leaves=60
)
ODD = st.dictionaries(st.integers() | st.booleans(), DATA, max_size=3)  # keys that are not texts
DOCUMENTS: dict[str, Document] = {
    "state": state(),
    "incomplete": incomplete_state(),
    "estate": estate(3, plugin=True),
    "plan": busy_plan(),
    "large": large_plan(40),
    "outcome": outcome(),
    "inventory": lab.world().inventory.remade(),
}


def in_one_line(data: Any) -> str:
    """Return what a digest is taken of."""
    return json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def in_a_file(data: Any) -> str:
    """Return what a file holds."""
    return json.dumps(data, sort_keys=True, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


@pytest.mark.covering
@settings(max_examples=examples(1000), deadline=None)
@given(DATA | ODD)
def test_any_data(data: Any) -> None:
    """Numbers, texts of any characters, empty and long lists, at any depth."""
    assert canonical_json(data) == in_a_file(data)
    assert "".join(canonical.digest_pieces(data)) == in_one_line(data)


@pytest.mark.parametrize("data", [float("nan"), [float("inf")], {"a": {"b": float("-inf")}}])
def test_what_no_document_can_hold(data: Any) -> None:
    """Refused, as before anything is taken apart."""
    with pytest.raises(ValueError, match="JSON compliant"):
        canonical_json(data)
    with pytest.raises(ValueError, match="JSON compliant"):
        list(canonical.digest_pieces(data))


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_document(name: str) -> None:
    """A document is never made plain data as a whole, and its text does not show it."""
    document = DOCUMENTS[name]
    plain = document.model_dump(mode="json")
    assert document.to_json() == in_a_file(plain)
    content = {key: value for key, value in plain.items() if key not in {"digest", "tool_version"}}
    assert "".join(canonical.digest_pieces(document, frozenset({"digest", "tool_version"}))) == in_one_line(content)
    assert document.content_digest() == document.digest
