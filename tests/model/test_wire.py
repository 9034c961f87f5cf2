"""Fields as NetBox answers them."""

from __future__ import annotations

from typing import Any

import pytest

from proxbox_plan.model.inventory.wire import read_field
from proxbox_plan.model.kind import Field, FieldType

CHOICE = {"value": "a", "label": "First"}


@pytest.mark.parametrize(
    ("answered", "read"),
    [("a", "a"), (CHOICE, "a"), ([CHOICE, "b"], ["a", "b"]), ({"any": "JSON"}, {"any": "JSON"}), (None, None)],
)
def test_a_custom_field(answered: Any, read: Any) -> None:
    """From NetBox 4.7 on a choice comes with its label, also each of several."""
    field = Field("cf_level", FieldType.CUSTOM)
    assert read_field(field, {"custom_fields": {"level": answered}}, {}) == read
