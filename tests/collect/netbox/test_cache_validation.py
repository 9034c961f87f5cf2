"""Cache validation: what it queries, and what it does not accept as proof."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

import pytest

from proxbox_plan.clients.netbox.query import LONGEST_QUERY
from proxbox_plan.collect.netbox import cache_validation
from proxbox_plan.model.inventory import Row
from proxbox_plan.plan import KINDS

MACHINE, DISK = KINDS["virtual-machine"], KINDS["virtual-disk"]
TIME = "2026-11-21T07:30:00.123456Z"


class Echo:
    """A NetBox that has exactly what it is asked about, at the same time."""

    def __init__(self, version: tuple[int, int] = (4, 7)) -> None:
        """Be of a version."""
        self.version = version
        self.asked: list[str] = []

    async def get(self, path: str, query: dict[str, Any]) -> Any:
        """Answer every list with one object."""
        assert path == "/graphql/"
        self.asked.append(query["query"])
        names = [part.split("{")[-1].split()[-1] for part in query["query"].split("_list(")[:-1]]
        return {"data": {f"{name}_list": [{"id": "1", "last_updated": TIME.replace("Z", "+00:00")}] for name in names}}


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


def test_a_question_fits_into_a_line_of_every_server() -> None:
    """Those that do not fit go into another one; a list that fits into none is not asked for."""
    netbox = Echo()
    prefixes = [f"cluster-{number}-é/" for number in range(12)]
    lists = [cache_validation.CachedList(kind, cache_validation.ours(prefixes), [row()]) for kind in (MACHINE, DISK)]
    assert proven(netbox, *lists) == {MACHINE.name, DISK.name}
    assert [len(quote(text)) < LONGEST_QUERY for text in netbox.asked] == [True, True]
    assert proven(netbox, saved(row(), prefixes=prefixes * 9)) == frozenset()


def test_names_are_written_as_texts() -> None:
    """Nothing in them can end one."""
    name = 'a"}}){id} \\ \n'
    assert json.loads(cache_validation.named("name", [name])[15:-2]) == [name]
