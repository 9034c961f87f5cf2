"""Claims: objects that carry a key without being proven ours. They are treated as the objects of other users.

A key makes an object ours only when no other object of its kind carries it, and when what we last applied is with it:
every request that writes a key writes both. A copied object, or one that was edited by hand, is left alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from proxbox_plan.core.address import Address
from proxbox_plan.core.key import Key
from proxbox_plan.model.inventory import Inventory, Row
from proxbox_plan.model.kind import APPLIED_FIELD, KEY_FIELD, Kind
from proxbox_plan.model.problem import Problem, ProblemCode
from proxbox_plan.model.state import GUEST_TYPES

_OWNERS: Final[Mapping[str, frozenset[str]]] = {"virtual-machine": GUEST_TYPES, "device": frozenset({"node"})}
_OF_A_GUEST: Final = re.compile(r"[^/]+/(?:qemu|lxc)/[0-9]{1,9}/")
_VMID: Final = re.compile(r"[0-9]{1,9}(~[^/]+)?")  # of a guest that was replaced, it has a suffix
_CLEAR: Final = f"Clear {KEY_FIELD} (through NetBox's API, as its forms do not offer the field)"


@dataclass(frozen=True, slots=True)
class Claim:
    """The objects that carry one key, of which none is proven ours."""

    address: Address
    rows: tuple[Row, ...]

    def problem(self) -> Problem:
        """Return what is wrong with it, and what to do."""
        kind, key, row = self.address.kind, self.address.key, self.rows[0]
        which = f"{kind} {row.name!r} (id {row.id})"
        if len(self.rows) > 1:
            named = ", ".join(f"{row.name!r} (id {row.id})" for row in self.rows)
            return self._said(
                ProblemCode.AMBIGUOUS_MATCH,
                f"{len(self.rows)} {kind} objects in NetBox carry the key {key}: {named}",
                f"{_CLEAR} on all but the right one, then plan again.",
            )
        if not is_given(self.address):
            return self._said(
                ProblemCode.COPIED_KEY,
                f"{which} carries {key!r} in {KEY_FIELD}, which is the key of no {kind}",
                f"{_CLEAR} on it; it is adopted then if it is the same object.",
            )
        if row.unreadable:
            return self._said(
                ProblemCode.UNREADABLE,
                f"{APPLIED_FIELD} of {which} is not readable: {row.unreadable}",
                f"{_CLEAR} and {APPLIED_FIELD} to have the object adopted anew, or upgrade proxbox-plan.",
            )
        return self._said(
            ProblemCode.COPIED_KEY,
            f"{which} carries the key {key}, but proxbox never applied anything to it",
            f"{_CLEAR} on it; it is adopted then if it is the same object.",
        )

    def _said(self, code: ProblemCode, message: str, hint: str) -> Problem:
        return Problem(code=code, address=self.address, message=message, hint=hint)


class Claims:
    """The claims among the rows of an inventory."""

    def __init__(self, claims: Iterable[Claim] = ()) -> None:
        """Index them by address, object and key."""
        self._by_address: Mapping[Address, Claim] = {claim.address: claim for claim in claims}
        self._ids = {(claim.address.kind, row.id) for claim in self for row in claim.rows}
        self._by_key: Mapping[Key, Address] = {address.key: address for address in self._by_address}

    def __iter__(self) -> Iterator[Claim]:
        """Yield each claim."""
        yield from self._by_address.values()

    def has(self, kind: str, number: int | None) -> bool:
        """Whether an object carries a key without being proven ours."""
        return (kind, number) in self._ids

    def hold(self, kind: Kind, row: Row) -> bool:
        """Whether an object of ours belongs to one that carries a key without being proven ours: it stays with that."""
        parent = row.fields.get(kind.parent)
        hangs_off = isinstance(parent, dict) and self.has(str(parent["kind"]), parent.get("id"))
        return hangs_off or (row.key is not None and self.over(kind.address(row.key)) is not None)

    def over(self, address: Address) -> Address | None:
        """Return the claim on an address, or on what that belongs to; null when there is none."""
        if not self._by_address or address in self._by_address:
            return address if self._by_address else None
        above = address.key.rpartition("/")[0]
        while above:
            if (found := self._by_key.get(Key(above))) is not None:
                return found
            above = above.rpartition("/")[0]
        return None


def proven(inventory: Inventory) -> tuple[Inventory, Claims]:
    """Return the inventory in which only objects that are proven ours have a key, and the claims of the others."""
    found = {kind: claims for kind, rows in inventory.kinds.items() if (claims := tuple(_claims(kind, rows)))}
    if not found:
        return inventory, Claims()
    kinds = dict(inventory.kinds)
    for kind, claims in found.items():
        disowned = {row.id for claim in claims for row in claim.rows}
        kinds[kind] = tuple(_disowned(row) if row.id in disowned else row for row in kinds[kind])
    return inventory.replace(kinds=kinds), Claims(claim for claims in found.values() for claim in claims)


def _claims(kind: str, rows: Sequence[Row]) -> Iterator[Claim]:
    carried: dict[Key, list[Row]] = {}
    for row in rows:
        if row.key is not None:
            carried.setdefault(row.key, []).append(row)
    for key, found in carried.items():
        if len(found) > 1 or found[0].last_applied is None or not _is_given(kind, key):
            yield Claim(Address.of(kind, key), tuple(found))


def _is_given(kind: str, key: Key) -> bool:
    """Ask the same of nearly all objects at once: they belong to a guest."""
    return (kind not in _OWNERS and _OF_A_GUEST.match(key) is not None) or is_given(Address.of(kind, key))


def is_given(address: Address) -> bool:
    """Whether a kind's objects may have a key of this form: one that was edited by hand may name nothing at all."""
    key, sorts = address.key, _OWNERS.get(address.kind)
    if sorts is not None and (key.sort not in sorts or key.below_owner):
        return False
    return key.sort not in GUEST_TYPES or _VMID.fullmatch("".join(key.parts[2:3])) is not None


def _disowned(row: Row) -> Row:
    return row.replace(key=None, last_applied=None)
