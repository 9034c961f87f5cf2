"""Field values that stand for other objects."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from proxbox_plan.core.address import Address
from proxbox_plan.core.key import Key


class Ref(NamedTuple):
    """A reference to a NetBox object, known by its id, by its address in the plan, or by both.

    `address` is the plan's name of an object we plan or manage (`cluster:lab`); `id` is NetBox's, null until created.
    """

    kind: str
    id: int | None
    name: str
    address: Address | None = None

    @classmethod
    def to(cls, kind: str, key: str, name: str) -> Ref:
        """Return a reference to what a plan has under a key."""
        return cls(kind, None, name, Address.of(kind, key))

    @property
    def key(self) -> Key | None:
        """Key of what it refers to; null when only NetBox's id is known."""
        return self.address.key if self.address is not None else None

    def to_json(self) -> dict[str, object]:
        """Return the form it has in a document."""
        data: dict[str, object] = {"kind": self.kind, "name": self.name}
        if self.id is not None:
            data["id"] = self.id
        if self.address is not None:
            data["address"] = str(self.address)
        return data

    @classmethod
    def from_json(cls, data: dict[str, object]) -> Ref:
        """Read the form it has in a document."""
        found, address = data.get("id"), data.get("address")
        return cls(
            kind=str(data["kind"]),
            id=found if isinstance(found, int) else None,
            name=str(data["name"]),
            address=Address(address) if isinstance(address, str) else None,
        )


def refs_of(value: object) -> Iterator[Ref]:
    """Yield the references of a field's value, as a document has it."""
    for item in value if isinstance(value, list) else [value]:
        if isinstance(item, dict) and "kind" in item and "name" in item:
            yield Ref.from_json(item)
