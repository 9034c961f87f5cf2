"""Answers of NetBox that are valid JSON, and not what its API documents."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import Any, cast

import pytest

from proxbox_plan.clients.netbox.client import NetBox
from proxbox_plan.clients.netbox.query import MOST_VALUES
from proxbox_plan.collect.netbox.invalidation import FullReadRequiredError, ObjectId, possibly_changed
from proxbox_plan.collect.netbox.inventory import Managed
from proxbox_plan.collect.netbox.refresh import refreshed, stand
from proxbox_plan.core.errors import NetBoxError
from proxbox_plan.core.key import Key
from proxbox_plan.model.inventory import AsOf, Inventory, Row
from proxbox_plan.plan import KINDS
from tests.collect.netbox.test_managed import MANY, OURS, Listing, managed_of, read

MOMENT = "2026-11-21T07:30:00Z"
PATH = "/api/core/object-changes/"
OURS_MARKS = {"proxbox_key": "lab/node/pve1"}


def nested(depth: int) -> Any:
    """Return a list in a list in a list."""
    value: Any = "x"
    for _ in range(depth):
        value = [value]
    return value


def test_marks_nested_deeper_than_any_of_ours() -> None:
    """Everybody may edit them: the object carries a key, and what we last wrote to it is unreadable."""
    applied = {"fields": {"name": nested(20)}}
    (row,), _ = read(MANY, {**OURS, "custom_fields": {**OURS_MARKS, "proxbox_applied": applied}})
    assert (row.key, row.last_applied) == ("lab/node/pve1", None)
    assert row.unreadable == "fields.name: no value of a field has this form"


@pytest.mark.parametrize(
    ("marks", "legacy"),
    [
        ({"proxmox_vm_id": 100, "proxmox_vm_type": "qemu"}, {"vmid": 100, "type": "qemu"}),
        ({"proxmox_vm_id": 100}, {"vmid": 100, "type": ""}),
        ({"proxmox_vm_id": "100"}, None),
    ],
)
def test_marks_of_proxbox_api(marks: Mapping[str, Any], legacy: Mapping[str, Any] | None) -> None:
    """They are read with the object, to adopt it by them."""
    (row,), _ = read(MANY, {**OURS, "custom_fields": {**OURS_MARKS, **marks}})
    assert row.legacy == legacy


def changed(*entries: Mapping[str, Any]) -> set[ObjectId]:
    """Return what may have changed according to these entries of the changelog."""
    empty = Inventory.begun(url="", netbox_version="4.7", clusters=("lab",))
    return asyncio.run(possibly_changed(cast("NetBox", Listing(*entries)), KINDS, empty, 1))


def entry(label: str, **fields: Any) -> dict[str, Any]:
    """Return an entry about an object."""
    sound = {"changed_object_type": label, "changed_object_id": 7, "action": {"value": "update"}}
    return {**sound, "prechange_data": None, "postchange_data": None, **fields}


def test_a_change_that_no_field_of_ours_depends_on() -> None:
    """Of a cable, for example: nothing is read again for it."""
    assert changed(entry("dcim.cable"), entry("dcim.device")) == {("device", 7)}


@pytest.mark.parametrize("odd", [{}, {**entry("dcim.device"), "prechange_data": "x"}])
def test_an_entry_that_is_none(odd: Mapping[str, Any]) -> None:
    """What changed is not known: everything is read."""
    with pytest.raises(FullReadRequiredError, match="has an entry that is not understood"):
        changed(odd)


def test_the_lock_of_an_apply_changes_nothing() -> None:
    """A tag that no object carries is created, renewed and deleted; a tag that becomes it, or was it, is another."""
    lock, other = {"name": "proxbox-lock", "slug": "proxbox-lock"}, {"name": "Web", "slug": "web"}
    assert changed(entry("extras.tag", prechange_data=lock, postchange_data=lock)) == set()
    assert changed(entry("extras.tag", prechange_data=lock)) == set()
    for before, after, name in ((other, lock, "proxbox-lock"), (lock, other, "Web"), (other, None, "Web")):
        with pytest.raises(FullReadRequiredError, match=f"the extras.tag '{name}' changed"):
            changed(entry("extras.tag", prechange_data=before, postchange_data=after))


class Clocked:
    """A NetBox whose changelog is empty, with a clock."""

    moment = NetBox.moment

    version = (4, 7)

    def __init__(self, date: str) -> None:
        """Take what it says in its header `Date`."""
        self.date = date

    async def get(self, _path: str, _query: Mapping[str, Any]) -> Any:
        """Answer the question for the newest entry."""
        return {"count": 0, "results": []}


@pytest.mark.parametrize(
    ("date", "moment"), [("Sat, 21 Nov 2026 07:30:00 GMT", "2026-11-21T07:30:00Z"), ("yesterday", None), ("", None)]
)
def test_a_netbox_that_does_not_tell_the_time(date: str, moment: str | None) -> None:
    """What is read cannot be brought up to date later: it is read anew then."""
    found, _ = asyncio.run(stand(cast("NetBox", Clocked(date)), {}))
    assert (found.moment if found else None) == moment


class Moved(Listing):
    """A NetBox with machines of ours, of which the changelog says that they changed, without a newer time stamp."""

    moment = NetBox.moment
    date = ""

    def __init__(self, count: int, page: Any = None) -> None:
        """Take how many machines there are, and what the question for the newest is answered with."""
        super().__init__(*(machine(number) for number in range(1, count + 1)))
        self.page = page
        self.paths: list[tuple[str, Mapping[str, Any]]] = []

    async def get(self, path: str, _query: Mapping[str, Any]) -> Any:
        """Answer how many entries, or machines, there are."""
        if path == PATH:
            return {"count": 1, "results": [{"id": 1, "request_id": "r", "time": "2026-11-21T07:29:00Z"}]}
        newest = [{"id": 1, "last_updated": "2020-01-01T00:00:00Z"}]
        return self.page if self.page is not None else {"count": len(self.given), "results": newest}

    async def rows(self, path: str, query: Mapping[str, Any]) -> AsyncIterator[Mapping[str, Any]]:
        """Yield the entries of the changelog, or the machines that are asked for."""
        if path == PATH:
            for number in range(1, len(self.given) + 1):
                yield entry("virtualization.virtualmachine", changed_object_id=number)
            return
        self.paths.append((path, query))
        for row in self.given:
            if "id" not in query or str(row["id"]) in query["id"]:
                yield row


def machine(number: int) -> dict[str, Any]:
    """Return a virtual machine of ours as NetBox answers it."""
    marks = {"proxbox_key": f"lab/qemu/{number}"}
    return {"id": number, "name": f"new{number}", "last_updated": "2020-01-01T00:00:00Z", "custom_fields": marks}


def brought_up_to_date(netbox: Moved) -> list[Row]:
    """Refresh an inventory in which each machine has its old name."""
    managed: Managed = managed_of(netbox, MANY)
    now = asyncio.run(_stand(managed))
    then = now.replace(entry=0, entries=1, columns=now.columns)
    known = tuple(
        Row(id=row["id"], name=f"old{row['id']}", key=Key(f"lab/qemu/{row['id']}"), fields={}) for row in netbox.given
    )
    saved = managed.empty.remade(kinds={MANY.name: known}, as_of=then)
    return asyncio.run(refreshed(managed, saved, now))[MANY.name]


async def _stand(managed: Managed) -> AsOf:
    netbox = managed.netbox
    netbox.date = "Sat, 21 Nov 2026 07:30:00 GMT"
    found, _ = await stand(netbox, {MANY.name: MANY})
    assert found is not None
    return found


@pytest.mark.parametrize(("count", "whole"), [(2, False), (MOST_VALUES + 1, True)])
def test_many_that_may_have_changed_are_read_as_a_whole(count: int, whole: bool) -> None:  # noqa: FBT001
    """A list by pages is quicker than a search for so many ids; either way everything is as it is now."""
    netbox = Moved(count)
    assert [row.name for row in brought_up_to_date(netbox)] == [f"new{number}" for number in range(1, count + 1)]
    assert [("id" not in query) for _, query in netbox.paths] == [whole]


@pytest.mark.parametrize("page", [7, {}, {"count": "2", "results": []}, {"count": 2, "results": []}])
def test_a_list_that_is_none(page: Any) -> None:
    """A login page of a proxy, for example, is not taken for an empty NetBox."""
    with pytest.raises(NetBoxError, match=f"answered GET {MANY.path} without a list of objects") as refused:
        brought_up_to_date(Moved(2, page))
    assert "proxy" in refused.value.hint
