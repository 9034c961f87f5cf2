"""By address: NICs that people documented without a MAC address: their `eth0` has the address that `net0` shows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from proxbox_plan.core.address import Address
from proxbox_plan.mapping import ADDRESS, VM_INTERFACE
from proxbox_plan.mapping.desired import DesiredObject
from proxbox_plan.mapping.estate.inside import host
from proxbox_plan.model.inventory import Row
from proxbox_plan.model.reference import Ref
from proxbox_plan.plan.match.by_mac import mac_of
from proxbox_plan.plan.relations.references import ref_id

_PARENT = VM_INTERFACE.parent


def find_by_address(
    missing: Iterable[DesiredObject],
    interfaces: Iterable[Row],
    addresses: Iterable[Row],
    shown: Mapping[Address, frozenset[str]],
    ids: Mapping[Address, int],
) -> Iterator[tuple[DesiredObject, Row]]:
    """Yield the NICs with the only interface of their guest that has no MAC address, and one of their addresses.

    `shown` has the hosts that each NIC shows. An interface that has the name of one of the NICs is that NIC; one with
    addresses of two of them is a guess.
    """
    on: dict[int, set[str]] = {}
    placed = ((ref_id(row.fields.get(ADDRESS.parent)), row) for row in addresses)
    for number, row in ((number, row) for number, row in placed if number is not None):
        on.setdefault(number, set()).add(host(str(row.fields.get("address"))))
    free: dict[int, list[Row]] = {}
    for row in interfaces:
        parent = ref_id(row.fields.get(_PARENT))
        if parent is not None and row.id in on and not mac_of(row):
            free.setdefault(parent, []).append(row)
    found: dict[int, list[tuple[DesiredObject, Row]]] = {}
    for item in missing if free else ():
        owner = item.fields.get(_PARENT)
        parent = ids.get(owner.address) if isinstance(owner, Ref) and owner.address is not None else None
        rows = free.get(parent, ()) if parent is not None else ()
        fitting = [row for row in rows if not on[row.id].isdisjoint(shown.get(item.address, ()))]
        if len(fitting) == 1:
            found.setdefault(fitting[0].id, []).append((item, fitting[0]))
    for pairs in found.values():
        if len(pairs) == 1:
            yield pairs[0]
