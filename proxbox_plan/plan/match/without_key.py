"""Without a key: what has neither our key nor the name it is looked for by: ports, NICs, addresses on another NIC."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from proxbox_plan.core.address import Address
from proxbox_plan.mapping import ADDRESS, GUEST, INTERFACE, KINDS, MAC_ADDRESS, VM_INTERFACE
from proxbox_plan.mapping.desired import DesiredObject
from proxbox_plan.mapping.estate.inside import host
from proxbox_plan.model.inventory import Row
from proxbox_plan.model.kind import Kind
from proxbox_plan.model.reference import Ref
from proxbox_plan.plan.desired.desire import Desired
from proxbox_plan.plan.match.by_address import find_by_address
from proxbox_plan.plan.match.by_mac import find_by_mac, primary_of
from proxbox_plan.plan.match.reassigned import find_reassigned
from proxbox_plan.plan.match.renames import find_renamed
from proxbox_plan.plan.relations.references import ref_id
from proxbox_plan.plan.relations.rows import Rows, desired_key

_BY_MAC = ("mac_address",)
_BY_ADDRESS = ("address",)


@dataclass(frozen=True, slots=True)
class KnownParts:
    """What is matched so far: it grows while one match after the other is taken from here."""

    desired: Desired
    index: Rows
    rows: Mapping[Address, Row]
    ids: Mapping[Address, int]
    replaced: Mapping[Address, Row]
    taken: Collection[tuple[str, int]]

    def is_desired(self, address: Address) -> bool:
        """Whether something desired has the address."""
        return address in self.desired.objects

    def is_taken(self, kind: Kind, row: Row) -> bool:
        """Whether a desired object is a row already."""
        return (kind.name, row.id) in self.taken

    def parent_of(self, wanted: DesiredObject) -> int | None:
        """Return the NetBox id of what a desired part hangs off, if that is there."""
        owner = wanted.fields.get(KINDS[wanted.kind].parent)
        return self.ids.get(owner.address) if isinstance(owner, Ref) and owner.address is not None else None

    def may_be(self, kind: Kind, row: Row) -> bool:
        """Whether a row carries no key at all, not even one that makes nothing ours."""
        return row.key is None and not self.desired.estate.claims.has(kind.name, row.id)


class KeylessMatch(NamedTuple):
    """A desired object with the row that it is, and the fields that showed it where that was no key."""

    wanted: DesiredObject
    row: Row
    fields: tuple[str, ...] = ()


def found_without_key(
    kind: Kind, wanted: Sequence[DesiredObject], rest: Sequence[DesiredObject], known: KnownParts
) -> Iterator[KeylessMatch]:
    """Yield the matches of a kind; `rest` are those of the `wanted` that have no row with their key."""
    if kind is INTERFACE:
        yield from _by_port(wanted, known)
    if kind in (INTERFACE, VM_INTERFACE):
        yield from _by_mac(kind, rest, known)
    if kind is VM_INTERFACE:
        yield from _by_address(rest, known)
    if kind is ADDRESS:
        yield from _reassigned(rest, known)
    if kind is MAC_ADDRESS:
        yield from _of_adopted(rest, known)


def _by_port(wanted: Sequence[DesiredObject], known: KnownParts) -> list[KeylessMatch]:
    """Match interfaces of nodes that only have another name."""
    used = {row.id for address, row in known.rows.items() if address.kind == INTERFACE.name}
    unused = [row for row in known.index.of(INTERFACE.name) if row.id not in used]
    return [KeylessMatch(*pair) for pair in find_renamed(known.desired.estate, known.rows, wanted, unused, known.ids)]


def _by_mac(kind: Kind, rest: Iterable[DesiredObject], known: KnownParts) -> list[KeylessMatch]:
    """Adopt interfaces by their MAC address: those of a guest whatever their name, those of a node by name first.

    The operating system of a node names its ports, while `net0` is only Proxmox's word for a NIC.
    """
    names = {wanted.fields.get("name") for wanted in rest} if kind is INTERFACE else set()
    rows = known.index.of(kind.name)
    free = [row for row in rows if known.may_be(kind, row) and row.fields.get("name") not in names]
    missing = [wanted for wanted in rest if wanted.address not in known.rows]
    return [KeylessMatch(*pair, _BY_MAC) for pair in find_by_mac(kind, missing, free, known.ids)] if free else []


def _by_address(rest: Iterable[DesiredObject], known: KnownParts) -> list[KeylessMatch]:
    """Adopt the NICs that people documented under another name and without a MAC address, by what they show.

    Of one that has the name of a NIC it is known which it is.
    """
    kind = VM_INTERFACE
    rows = [row for row in known.index.of(kind.name) if known.may_be(kind, row) and not known.is_taken(kind, row)]
    if not rows:
        return []
    by_name = {
        (known.parent_of(item), item.fields.get("name")): item for item in rest if item.address not in known.rows
    }
    places = {(ref_id(row.fields.get(kind.parent)), row.fields.get("name")): row for row in rows}
    missing = [item for place, item in by_name.items() if place not in places]
    free = [row for place, row in places.items() if place not in by_name]
    addresses = [row for row in known.index.of(ADDRESS.name) if known.may_be(ADDRESS, row) and _is_on_nic(row)]
    pairs = find_by_address(missing, free, addresses, _shown(known), known.ids)
    return [KeylessMatch(*pair, _BY_ADDRESS) for pair in pairs]


def _is_on_nic(row: Row) -> bool:
    return (row.fields.get(ADDRESS.parent) or {}).get("kind") == VM_INTERFACE.name


def _shown(known: KnownParts) -> Mapping[Address, frozenset[str]]:
    """Return the hosts of the desired addresses, by the NIC that shows them."""
    found: dict[Address, set[str]] = {}
    for wanted in known.desired.objects.values():
        nic = wanted.fields.get(ADDRESS.parent) if wanted.kind == ADDRESS.name else None
        if isinstance(nic, Ref) and nic.address is not None:
            found.setdefault(nic.address, set()).add(host(str(wanted.fields.get("address"))))
    return {address: frozenset(hosts) for address, hosts in found.items()}


def _of_adopted(rest: Iterable[DesiredObject], known: KnownParts) -> Iterator[KeylessMatch]:
    """Adopt the MAC addresses of interfaces that are adopted."""
    for wanted in rest:
        number = primary_of(wanted, known.rows)
        row = known.index.by_id(MAC_ADDRESS.name, number) if number is not None else None
        if row is not None and known.may_be(MAC_ADDRESS, row):
            yield KeylessMatch(wanted, row, _BY_MAC)


def _reassigned(rest: Iterable[DesiredObject], known: KnownParts) -> Iterator[KeylessMatch]:
    """Match addresses of ours that are on another NIC now: of two that could be, the first is."""
    kind = ADDRESS
    for wanted in rest:
        key = desired_key(kind, kind.natural[0], wanted.fields, known.ids)
        holders = known.index.by_natural(kind, kind.natural[0], key) if key is not None else []
        row = find_reassigned(known.desired.estate, wanted, holders, known.is_desired, known.rows) if holders else None
        if row is None or row.key is None or Address.of(GUEST.name, row.key.machine) in known.replaced:
            continue  # the machine that is set apart keeps it as its primary address
        if wanted.address not in known.rows and (kind.name, row.id) not in known.taken:
            yield KeylessMatch(wanted, row)
