from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from proxbox_plan.clients.netbox.query import LONGEST_QUERY, MOST_VALUES, chunks, halves, query_size

UPID = "UPID:pve1:0000ABCD:0000AAAA:68000000:vzdump:100:root@pam:"


def test_few_short_values_are_one_request() -> None:
    """Up to a number that every server takes."""
    values = [str(number) for number in range(MOST_VALUES)]
    assert list(chunks("id", values)) == [values]
    assert [len(chunk) for chunk in chunks("id", [*values, "99"])] == [MOST_VALUES, 1]


def test_long_values_are_parted_sooner() -> None:
    """A request line that is too long is refused by NetBox's own web server."""
    found = list(chunks("upid", [UPID] * 100))
    assert len(found) > 2
    assert max(len(chunk) for chunk in found) * (len("upid") + len(UPID)) < LONGEST_QUERY


@given(st.lists(st.text(max_size=2000), max_size=120))
def test_nothing_is_lost_and_nothing_empty(values: list[str]) -> None:
    """Whatever the values are: one that is too long by itself goes alone."""
    found = list(chunks("name", values))
    assert [value for chunk in found for value in chunk] == values
    assert all(found)


def test_a_query_is_counted_as_it_is_sent() -> None:
    """What a URL need not escape is one byte, anything else three for each of its bytes."""
    assert query_size({"a": "x:y/z", "b": ["1", "é{"]}) == len("a=x:y/z&b=1&b=%C3%A9%7B&")
    assert query_size(None) == 0


def test_a_query_is_halved_by_its_longest_filter() -> None:
    """One without a filter of several values cannot be."""
    assert halves({"id": ["1", "2", "3"], "a": ["x", "y"], "limit": 1}) == (
        {"id": ["1"], "a": ["x", "y"], "limit": 1},
        {"id": ["2", "3"], "a": ["x", "y"], "limit": 1},
    )
    assert (halves({"id": ["1"], "q": "x"}), halves(None)) == ((), ())
