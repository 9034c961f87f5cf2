"""What a device type shows of its manufacturer is not asked for, and whatever it does not show is."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import Any, cast

import pytest

from proxbox_plan.clients.netbox.client import NetBox
from proxbox_plan.collect.netbox.lookups import extend
from proxbox_plan.model.inventory import Inventory, Lookup, Row
from proxbox_plan.plan import KINDS

MANUFACTURER, DEVICE_TYPE = KINDS["manufacturer"], KINDS["device-type"]
MODEL = Lookup("device-type", "model", "Node")
MAKER, OTHER = Lookup("manufacturer", "name", "Proxmox"), Lookup("manufacturer", "name", "Other")
SHOWN = {"id": 7, "name": "Proxmox", "slug": "proxmox", "display": "Proxmox"}


class Listed:
    """A NetBox with one device type, which answers every question about manufacturers with two."""

    version = (4, 7)

    def __init__(self, shown: object) -> None:
        """`shown`: what the device type says of its manufacturer."""
        self.shown = shown
        self.asked: list[tuple[str, Any]] = []

    async def rows(self, path: str, query: Mapping[str, Any]) -> AsyncIterator[Mapping[str, Any]]:
        """Answer, and note the question."""
        self.asked.append((path, query.get("name") or query.get("slug") or query.get("model")))
        if path == DEVICE_TYPE.path:
            yield {"id": 1, "model": "Node", "slug": "node", "manufacturer": self.shown}
            return
        for number, name in ((7, "Proxmox"), (8, "Other")):
            if name in query.get("name", ()):
                yield {"id": number, "name": name, "slug": name.lower(), "last_updated": "2026-11-30T10:00:00Z"}


def answered(netbox: Listed, *lookups: Lookup) -> Inventory:
    """Return an inventory with the answers."""
    empty = Inventory.begun(url="", netbox_version="4.7", clusters=("lab",))
    return asyncio.run(extend(cast("NetBox", netbox), KINDS, empty, lookups))


def test_it_is_not_asked_for() -> None:
    """Its name and slug are all that is compared, and NetBox has each of them once."""
    netbox = Listed(SHOWN)
    found = answered(netbox, MODEL, MAKER)
    assert netbox.asked == [(DEVICE_TYPE.path, ("Node",))]
    assert found.kinds["manufacturer"] == (Row(id=7, name="Proxmox", fields={"name": "Proxmox", "slug": "proxmox"}),)
    assert found.answers(MAKER)


def test_by_its_slug_too() -> None:
    """Both are found."""
    netbox = Listed(SHOWN)
    assert [
        row.id for row in answered(netbox, MODEL, Lookup("manufacturer", "slug", "proxmox")).kinds["manufacturer"]
    ] == [7]
    assert len(netbox.asked) == 1


@pytest.mark.parametrize(
    "shown",
    [None, 7, {}, SHOWN | {"name": None}, SHOWN | {"slug": 1}, SHOWN | {"name": "proxmox"}],
)
def test_what_is_not_shown_is_asked_for(shown: object) -> None:
    """Not by another case of its name either: that is another manufacturer."""
    netbox = Listed(SHOWN if shown is None else shown)
    wanted = OTHER if shown is None else MAKER
    found = answered(netbox, MODEL, wanted)
    assert (MANUFACTURER.path, (wanted.value,)) in netbox.asked
    assert wanted.value in {row.name for row in found.kinds["manufacturer"]}


def test_only_what_is_left_is_asked_for() -> None:
    """One of two is shown."""
    netbox = Listed(SHOWN)
    found = answered(netbox, MODEL, MAKER, OTHER)
    assert netbox.asked == [(DEVICE_TYPE.path, ("Node",)), (MANUFACTURER.path, ("Other",))]
    assert [row.name for row in found.kinds["manufacturer"]] == ["Proxmox", "Other"]


def test_alone_it_is_asked_for_at_once() -> None:
    """Nothing would show it."""
    netbox = Listed(SHOWN)
    assert [row.name for row in answered(netbox, MAKER).kinds["manufacturer"]] == ["Proxmox"]
    assert netbox.asked == [(MANUFACTURER.path, ("Proxmox",))]


def test_only_what_refers_to_it_makes_it_wait() -> None:
    """What a role answers shows no manufacturer."""
    netbox = Listed(SHOWN)
    answered(netbox, Lookup("device-role", "name", "Database"), MAKER)
    assert (MANUFACTURER.path, ("Proxmox",)) in netbox.asked
