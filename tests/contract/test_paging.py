from __future__ import annotations

from urllib.parse import urlsplit

import pytest

from tests.contract.client import VMS, NetBox


@pytest.fixture
def machines(netbox: NetBox) -> tuple[int, list[int]]:
    """Make a cluster with five machines, named against the order of their ids."""
    cluster = netbox.cluster()["id"]
    run = netbox.name()
    batch = [{"name": f"{letter}-{run}", "cluster": cluster} for letter in "edcba"]
    made = netbox.request("POST", f"{VMS}/", batch).body
    return cluster, [row["id"] for row in made]


def _relative(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.path.removeprefix('/api/')}?{parts.query}"


def test_offset_pages_follow_each_other(netbox: NetBox, machines: tuple[int, list[int]]) -> None:
    """`count` tells how many there are; `next` keeps the filters and is null at the end."""
    cluster, ids = machines
    first = netbox.get(f"{VMS}/?cluster_id={cluster}&limit=2")
    assert (first["count"], first["previous"]) == (5, None)
    assert first["next"] == f"{netbox.url}/api/{VMS}/?cluster_id={cluster}&limit=2&offset=2"
    second = netbox.get(_relative(first["next"]))
    assert second["previous"] == f"{netbox.url}/api/{VMS}/?cluster_id={cluster}&limit=2"
    third = netbox.get(_relative(second["next"]))
    assert third["next"] is None
    assert [row["id"] for page in (first, second, third) for row in page["results"]] == ids[::-1]


def test_cursor_pages_follow_each_other_by_id(netbox: NetBox, machines: tuple[int, list[int]]) -> None:
    """With `start` there is no count and no way back; a full last page still has a `next`, an empty page ends it."""
    cluster, ids = machines
    path: str = f"{VMS}/?cluster_id={cluster}&limit=2&start=0"
    seen, pages = [], 0
    while path:
        page = netbox.get(path)
        assert (page["count"], page["previous"]) == (None, None)
        seen += [row["id"] for row in page["results"]]
        path = _relative(page["next"]) if page["next"] else ""
        pages += 1
    assert (seen, pages) == (ids, 3)
    assert netbox.get(f"{VMS}/?cluster_id={cluster}&limit=5&start=0")["next"] is not None
    assert netbox.get(f"{VMS}/?cluster_id={cluster}&limit=5&start={ids[-1] + 1}")["results"] == []


def test_start_may_be_an_id_that_is_gone(netbox: NetBox, machines: tuple[int, list[int]]) -> None:
    """It is a lower bound."""
    cluster, ids = machines
    netbox.delete(VMS, ids[2])
    rows = netbox.get(f"{VMS}/?cluster_id={cluster}&start={ids[2]}")["results"]
    assert [row["id"] for row in rows] == ids[3:]


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("start=-1", "Invalid 'start' parameter: must be a non-negative integer."),
        ("start=abc", "Invalid 'start' parameter: must be a non-negative integer."),
        ("start=0&offset=0", "'start' and 'offset' are mutually exclusive."),
        ("start=0&ordering=name", "Ordering cannot be specified in conjunction with cursor-based pagination."),
    ],
)
def test_what_does_not_go_with_a_cursor(netbox: NetBox, query: str, message: str) -> None:
    """These are refused with a list, not an object."""
    assert netbox.refused("GET", f"{VMS}/?{query}", None) == [message]


@pytest.mark.parametrize("query", ["limit=-1", "limit=abc", "offset=-1"])
def test_nonsense_limits_are_passed_over(netbox: NetBox, machines: tuple[int, list[int]], query: str) -> None:
    """The default of 50 holds."""
    assert len(netbox.get(f"{VMS}/?cluster_id={machines[0]}&{query}")["results"]) == 5


def test_a_page_is_50_rows_unless_asked_and_1000_at_most(netbox: NetBox) -> None:
    """A larger limit is cut silently: only `next` tells that there is more."""
    run = netbox.name()
    batch = [{"name": f"{run}-{number}", "slug": f"{run}-{number}"} for number in range(1001)]
    assert netbox.request("POST", "extras/tags/", batch).status == 201
    path = f"extras/tags/?name__isw={run}-&fields=id"
    assert len(netbox.get(path)["results"]) == 50
    for limit in ("limit=5000", "limit=0", "limit=5000&start=0"):
        page = netbox.get(f"{path}&{limit}")
        assert len(page["results"]) == 1000
        assert page["next"] is not None


@pytest.mark.parametrize(("ordering", "expected"), [("name", 1), ("-name", -1), ("id", -1), ("-id", 1), ("nope", 1)])
def test_ordering(netbox: NetBox, machines: tuple[int, list[int]], ordering: str, expected: int) -> None:
    """By any field, backwards with a minus; an unknown field is passed over."""
    rows = netbox.get(f"{VMS}/?cluster_id={machines[0]}&ordering={ordering}")["results"]
    names = [row["name"] for row in rows]
    assert names == sorted(names)[::expected]
