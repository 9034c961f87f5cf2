from __future__ import annotations

from typing import Any

import pytest

from proxbox_plan.apply.batches.rejection import rejected
from proxbox_plan.core.errors import NetBoxError

NEW = [None, None, None]
OLD = [11, 12, 13]


def words(body: Any, ids: list[Any]) -> dict[int, str]:
    """Take an answer apart."""
    return rejected(NetBoxError("400", status=400, body=body), ids)


def test_creations_are_named_by_their_place() -> None:
    """NetBox 4.7 and newer."""
    body = {"detail": "1 of 3 objects failed.", "errors": [{"index": 1, "errors": {"name": ["Too long.", "Odd."]}}]}
    assert words(body, NEW) == {1: "name: Too long. Odd."}


def test_updates_are_named_by_their_id() -> None:
    """In whatever order NetBox worked through them."""
    body = {
        "errors": [
            {"id": 13, "errors": {"id": ["Object with ID 13 does not exist"]}},
            {"id": 11, "errors": {"__all__": ["Unable to delete: 1 dependent object(s)."]}},
        ]
    }
    assert words(body, OLD) == {
        2: "id: Object with ID 13 does not exist",
        0: "Unable to delete: 1 dependent object(s).",
    }


def test_a_list_with_an_entry_for_each() -> None:
    """Older versions, for creations: the good ones have an empty one."""
    assert words([{}, {"slug": ["Taken."]}, {}], NEW) == {1: "slug: Taken."}


@pytest.mark.parametrize(
    "body",
    [
        None,
        "<html>",
        {"name": ["Taken."]},
        {"detail": "no"},
        {"errors": []},
        {"errors": "x"},
        [{}, {"a": 1}],
        {"errors": [{"index": 9, "errors": {}}, {"id": 99}, "x", {}]},
    ],
)
def test_an_answer_that_names_none_of_ours(body: Any) -> None:
    """Has to be halved."""
    assert words(body, OLD) == {}


def test_odd_and_long_words() -> None:
    """Are shown as they are, to a length."""
    body = {
        "errors": [
            {"index": 0, "errors": ["a", "b"]},
            {"index": 1, "errors": {"x": "y" * 9000}},
            {"index": 2, "errors": None},
        ]
    }
    found = words(body, NEW)
    assert (found[0], len(found[1]), found[2]) == ('["a", "b"]', 500, "null")
