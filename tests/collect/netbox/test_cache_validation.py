"""Cache validation: what it queries, and what it does not accept as proof."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Sequence
from typing import Any

import pytest

from proxbox_plan.clients.netbox.query import LONGEST_QUERY, size
from proxbox_plan.collect.netbox import cache_validation
from proxbox_plan.model.inventory import Row
from proxbox_plan.plan import KINDS

MACHINE, DISK = KINDS["virtual-machine"], KINDS["virtual-disk"]
TIME = "2026-11-21T07:30:00.123456Z"


class Echo:
    """A NetBox that has exactly what it is asked about, at the same time; or so many objects of a list."""

    def __init__(self, version: tuple[int, int] = (4, 7), page_size: int = 1000, **counts: int) -> None:
        """Be of a version, and show no more than a page of a list."""
        self.version = version
        self.page_size = page_size
        self.counts = counts
        self.asked: list[str] = []

    async def get(self, path: str, query: dict[str, Any]) -> Any:
        """Answer every list, under its alias if it has one."""
        assert path == "/graphql/"
        self.asked.append(query["query"])
        lists = re.findall(r"((?:\w+:)?)(\w+_list)\(.*?pagination:\{(?:offset:(\d+),)?limit:(\d+)\}", query["query"])
        return {"data": {alias[:-1] or name: self.page(name, int(at or 0), int(n)) for alias, name, at, n in lists}}

    def page(self, name: str, offset: int, limit: int) -> list[dict[str, str]]:
        """Return some objects of a list."""
        numbers = range(1, self.counts.get(name, 1) + 1)[offset : offset + min(limit, self.page_size)]
        return [{"id": str(number), "last_updated": TIME.replace("Z", "+00:00")} for number in numbers]


def row(number: int = 1, time: str | None = TIME) -> Row:
    """Return an object."""
    return Row(id=number, name=f"{number}", last_updated=time)


def proven(netbox: Echo, *lists: cache_validation.CachedList) -> frozenset[str]:
    """Return the kinds that are as they were."""
    return asyncio.run(cache_validation.unchanged(netbox, lists))  # type: ignore[arg-type] # all that it needs of a client


def saved(*rows: Row, prefixes: Sequence[str] = ("lab/",)) -> cache_validation.CachedList:
    """Return what is known of the machines."""
    return cache_validation.CachedList(MACHINE, cache_validation.ours(prefixes), rows)


def test_the_same_objects_at_the_same_times_are_as_they_were() -> None:
    """Whatever form the time has."""
    assert proven(Echo(), saved(row())) == {"virtual-machine"}


@pytest.mark.parametrize(
    "rows",
    [(row(2),), (row(), row(2)), (row(time="2026-11-21T07:30:00.123457Z"),), (row(time="2026-11-21T07:30:00.123456"),)],
)
def test_others_or_other_times_are_not(rows: tuple[Row, ...]) -> None:
    """One that is gone, one that came, one that changed, a time of no zone."""
    assert proven(Echo(), saved(*rows)) == frozenset()


@pytest.mark.parametrize("rows", [(), (row(time=None),), tuple(map(row, range(cache_validation.MOST_ROWS + 1)))])
def test_what_could_prove_nothing_is_not_asked(rows: tuple[Row, ...]) -> None:
    """Of none: whoever may not see them is answered so, too. Of one without a time; of too many to be quick."""
    netbox = Echo()
    assert (proven(netbox, saved(*rows)), netbox.asked) == (frozenset(), [])


def test_a_plugins_objects_are_not_asked_for() -> None:
    """netbox-proxbox has no GraphQL."""
    kind = next(kind for kind in KINDS.values() if kind.plugin)
    assert proven(Echo(), cache_validation.CachedList(kind, cache_validation.ours(["lab/"]), [row()])) == frozenset()


def test_an_older_netbox_is_not_asked() -> None:
    """Its GraphQL has other filters."""
    netbox = Echo((4, 2))
    assert (proven(netbox, saved(row())), netbox.asked) == (frozenset(), [])


def test_several_lists_are_one_question() -> None:
    """Each with room for one more than there were."""
    netbox = Echo()
    assert proven(
        netbox, saved(row()), cache_validation.CachedList(DISK, cache_validation.ours(["lab/"]), [row()])
    ) == {MACHINE.name, DISK.name}
    (text,) = netbox.asked
    assert text.count("pagination:{limit:2}") == 2
    assert text.count("pagination:{offset:1,limit:1}") == 2


def test_a_question_fits_into_a_line_of_every_server() -> None:
    """Those that do not fit go into another one; a list that fits into none is not asked for."""
    netbox = Echo()
    prefixes = [f"cluster-{number}-é/" for number in range(3)]
    lists = [cache_validation.CachedList(kind, cache_validation.ours(prefixes), [row()]) for kind in (MACHINE, DISK)]
    assert proven(netbox, *lists) == {MACHINE.name, DISK.name}
    assert [size(text) < LONGEST_QUERY for text in netbox.asked] == [True, True]
    assert proven(netbox, saved(row(), prefixes=prefixes * 9)) == frozenset()


@pytest.mark.parametrize(("count", "kinds"), [(2, {MACHINE.name}), (3, set())])
def test_a_list_as_long_as_a_page_may_hide_an_object(count: int, kinds: set[str]) -> None:
    """NetBox cuts what is longer than its MAX_PAGE_SIZE, and does not say so: what comes after it is asked for."""
    netbox = Echo(page_size=2, virtual_machine_list=count)
    assert proven(netbox, saved(row(1), row(2))) == kinds


def test_a_longer_list_shows_that_a_shorter_one_is_not_cut() -> None:
    """Only what comes after the longest is asked for besides."""
    netbox = Echo(page_size=3, virtual_machine_list=3, virtual_disk_list=2)
    disks = cache_validation.CachedList(DISK, cache_validation.ours(["lab/"]), [row(1), row(2)])
    assert proven(netbox, saved(row(1), row(2), row(3)), disks) == {MACHINE.name, DISK.name}
    assert [text.count("offset:") for text in netbox.asked] == [1]


def test_names_are_written_as_texts() -> None:
    """Nothing in them can end one."""
    name = 'a"}}){id} \\ \n'
    assert json.loads(cache_validation.named("name", [name])[15:-2]) == [name]
