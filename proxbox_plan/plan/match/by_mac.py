"""By MAC: interfaces that people documented under another name: `net0` of Proxmox is their `eth0`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from proxbox_plan.core.address import Address
from proxbox_plan.mapping import MAC_ADDRESS
from proxbox_plan.mapping.desired import DesiredObject
from proxbox_plan.model.inventory import Row
from proxbox_plan.model.kind import Kind
from proxbox_plan.model.reference import Ref
from proxbox_plan.plan.relations.references import ref_id

_Place = tuple[int, str]  # id of the parent, MAC address


def find_by_mac(
    kind: Kind, wanted: Iterable[DesiredObject], rows: Iterable[Row], ids: Mapping[Address, int]
) -> Iterator[tuple[DesiredObject, Row]]:
    """Yield the interfaces of `wanted` with the only row of their parent that has their MAC address.

    One of two that share a MAC address tells nothing, on either side.
    """
    places: dict[_Place, list[Row]] = {}
    for row in rows:
        parent, mac = ref_id(row.fields.get(kind.parent)), mac_of(row)
        if parent is not None and mac:
            places.setdefault((parent, mac), []).append(row)
    if not places:
        return
    asked: dict[_Place, list[DesiredObject]] = {}
    for item in wanted:
        owner, mac = item.fields.get(kind.parent), _wanted_mac(item)
        parent = ids.get(owner.address) if isinstance(owner, Ref) and owner.address is not None else None
        if parent is not None and mac:
            asked.setdefault((parent, mac), []).append(item)
    for place, items in asked.items():
        found = places.get(place, [])
        if len(items) == len(found) == 1:
            yield items[0], found[0]


def primary_of(wanted: DesiredObject, interfaces: Mapping[Address, Row]) -> int | None:
    """Return the MAC address object that an interface has already, if it is the wanted one (before NetBox 4.7)."""
    owner = wanted.fields.get(MAC_ADDRESS.parent)
    row = interfaces.get(owner.address) if isinstance(owner, Ref) and owner.address is not None else None
    primary = row.fields.get("primary_mac_address") if row is not None else None
    return ref_id(primary) if _name_of(primary) == wanted.fields.get("mac_address") else None


def mac_of(row: Row) -> str | None:
    """Return the MAC address of a row: its field, or before NetBox 4.7 the name of the object that it refers to."""
    return row.fields.get("mac_address") or _name_of(row.fields.get("primary_mac_address"))


def _wanted_mac(item: DesiredObject) -> str | None:
    """Return the MAC address of an interface; before NetBox 4.7 it is an object of its own, named by it."""
    primary = item.fields.get("primary_mac_address")
    return item.fields.get("mac_address") or (primary.name if isinstance(primary, Ref) else None)


def _name_of(primary: object) -> str | None:
    return str(primary["name"]).upper() if isinstance(primary, dict) else None
