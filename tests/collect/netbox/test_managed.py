"""What of NetBox is ours: found by the filter, or, where there are few, in the whole list."""

from __future__ import annotations

import asyncio
import gc
import warnings
from collections.abc import AsyncIterator, Mapping
from typing import Any, cast

import pytest

from proxbox_plan.clients.netbox.client import NetBox
from proxbox_plan.collect.netbox.inventory import Managed
from proxbox_plan.core.errors import NetBoxError
from proxbox_plan.model.inventory import Inventory, Row
from proxbox_plan.model.kind import Kind
from proxbox_plan.plan import KINDS

FEW, MANY = KINDS["proxbox-node"], KINDS["virtual-machine"]
OURS = {"id": 1, "name": "pve1", "custom_fields": {"proxbox_key": "lab/node/pve1"}}


class Listing:
    """A NetBox that answers every list with the same rows, and remembers what it was asked."""

    version = (4, 7)

    def __init__(self, *rows: Mapping[str, Any]) -> None:
        """Take the rows."""
        self.given = rows
        self.asked: list[Mapping[str, Any]] = []

    async def rows(self, _path: str, query: Mapping[str, Any]) -> AsyncIterator[Mapping[str, Any]]:
        """Yield them."""
        self.asked.append(query)
        for row in self.given:
            yield row


def managed_of(netbox: Listing, *kinds: Kind) -> Managed:
    """Return what is the cluster lab's of a NetBox."""
    empty = Inventory.begun(url="", netbox_version="4.7", clusters=("lab",))
    return Managed(cast("NetBox", netbox), empty, kinds, KINDS, ("lab/",))


def read(kind: Kind, *rows: Mapping[str, Any]) -> tuple[list[Row], Mapping[str, Any]]:
    """Return what is ours of a kind, and the query that found it."""
    netbox = Listing(*rows)
    found = asyncio.run(managed_of(netbox, kind).read(kind))
    (query,) = netbox.asked
    return found, query


def test_a_kind_of_few_is_listed_whole() -> None:
    """NetBox searches the plugin's tables with a sort over all their columns, which takes several times the list."""
    found, query = read(
        FEW,
        OURS,
        OURS | {"id": 2, "custom_fields": {"proxbox_key": "LAB/node/pve1"}},
        OURS | {"id": 3, "custom_fields": {"proxbox_key": None}},
    )
    assert [row.id for row in found] == [1]
    assert not any(name.startswith("cf_") for name in query)


def test_any_other_kind_is_searched() -> None:
    """There may be thousands of others' machines."""
    found, query = read(MANY, OURS)
    assert [row.id for row in found] == [1]
    assert query["cf_proxbox_key__isw"] == ("lab/",)


def test_mac_addresses_are_asked_for_with_their_object() -> None:
    """Without it NetBox 4.7 looks up the address of each interface by itself."""
    _, query = read(KINDS["vm-interface"])
    assert {"mac_address", "primary_mac_address"} <= set(query["fields"].split(","))


def test_what_is_not_ours_may_look_like_anything() -> None:
    """A row of another tool is no reason to stop."""
    found, _ = read(FEW, {"id": "?", "name": 5, "max_cpu": "many", "custom_fields": {"proxbox_key": "other/x"}}, OURS)
    assert [row.id for row in found] == [1]


@pytest.mark.parametrize("custom", [5, {"proxbox_key": 5}], ids=str)
def test_what_may_be_ours_must_be_understood(custom: object) -> None:
    """Unknown is not absent."""
    with pytest.raises(NetBoxError, match="is not valid"):
        read(FEW, {"id": "?", "name": "pve1", "custom_fields": custom})


def test_a_reading_that_ends_before_it_began_leaves_nothing_behind() -> None:
    """Proxmox may fail at that moment: a coroutine that is never awaited would be a warning of Python's."""
    managed = managed_of(Listing(OURS), FEW, MANY)

    async def ended() -> None:
        reading = asyncio.create_task(managed.read_all())
        await asyncio.sleep(0)
        reading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reading

    with warnings.catch_warnings(action="ignore"):  # what earlier tests left behind is not meant
        gc.collect()
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        asyncio.run(ended())
        gc.collect()
    assert [str(item.message) for item in said] == []
