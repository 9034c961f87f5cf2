"""Key: what our custom field `proxbox_key` holds, as a value with one parser."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Self

from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema

_OWNER_PARTS = 3  # CLUSTER/SORT/NAME
_INTERFACE_PARTS = 5  # CLUSTER/node/NAME/net/NAME
_MACHINES = frozenset({"qemu", "lxc", "node"})
_RETIRED = "~"
_MOVING = "~moving"


class Key(str):
    """`CLUSTER/SORT/NAME/PART...`: `lab/qemu/100`, `lab/qemu/100/net0/ip/10.0.0.5`; of a support object, its slug.

    It is its own text, so that documents, dictionaries and NetBox hold it as it is; its rules are asked here alone.
    """

    __slots__ = ()

    @classmethod
    def of(cls, *parts: object) -> Self:
        """Return the key of these parts."""
        return cls("/".join(map(str, parts)))

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Validate and serialize it as a string."""
        del source, handler
        text = core_schema.str_schema(min_length=1)
        # The class itself is called without a Python frame: an inventory has one for every object.
        return core_schema.no_info_after_validator_function(cls, text, serialization=core_schema.to_string_ser_schema())

    @property
    def parts(self) -> list[str]:
        """What stands between the slashes."""
        return self.split("/")

    @property
    def cluster(self) -> str:
        """Name of the cluster in the configuration."""
        return self.partition("/")[0]

    @property
    def sort(self) -> str:
        """What it is in Proxmox: `qemu`, `lxc`, `node`, `storage`, ...; empty for a support object."""
        return self.partition("/")[2].partition("/")[0]

    @property
    def is_of_machine(self) -> bool:
        """Whether it is that of a guest or node, or of a part of one."""
        return self.sort in _MACHINES

    @property
    def last(self) -> str:
        """The last part: the vmid of a guest, the name of a node."""
        return self.rpartition("/")[2]

    @property
    def owner(self) -> Key:
        """Key of the guest or node it belongs to (`lab/qemu/100`), whether that is retired or not."""
        return Key("/".join(self.split("/", _OWNER_PARTS)[:_OWNER_PARTS]).partition(_RETIRED)[0])

    @property
    def machine(self) -> Key:
        """The same as NetBox has it: the suffix of a guest whose place another one took is part of it."""
        return Key("/".join(self.settled.split("/", _OWNER_PARTS)[:_OWNER_PARTS]))

    @property
    def described(self) -> Key | None:
        """Key of the guest that it describes without being below it: `lab/template/qemu/900` -> `lab/qemu/900`."""
        parts = self.settled.split("/")
        return Key.of(parts[0], *parts[2:4]) if parts[1:2] == ["template"] and len(parts) > _OWNER_PARTS else None

    @property
    def interface(self) -> Key:
        """Key of the interface of a node that it belongs to (`lab/node/pve1/net/nic0`); its own where there is none."""
        return Key("/".join(self.split("/", _INTERFACE_PARTS)[:_INTERFACE_PARTS]))

    @property
    def below_owner(self) -> list[str]:
        """The parts below the guest or node it belongs to; empty for the guest or node itself."""
        return self.split("/")[_OWNER_PARTS:]

    @property
    def above(self) -> Iterator[Key]:
        """The keys of the guest or node that it belongs to, and of the parts of it that it may be on."""
        parts = self.parts
        return (Key.of(*parts[:count]) for count in range(_OWNER_PARTS, len(parts)))

    def child(self, *parts: object) -> Key:
        """Return the key of something that belongs to it."""
        return Key("/".join((self, *map(str, parts))))

    def is_under(self, other: str) -> bool:
        """Whether it is the other key, or belongs to it."""
        return self == other or self.startswith(f"{other}/")

    def rebased(self, old: str, new: str) -> Key:
        """Return the same place below another owner: `lab/qemu/100/net0` -> `big/qemu/100/net0`."""
        return Key(new + self.removeprefix(old))

    @property
    def is_retired(self) -> bool:
        """Whether it is that of a guest whose place another one took."""
        return _RETIRED in self.split("/", _OWNER_PARTS)[_OWNER_PARTS - 1]

    def retired(self, suffix: str) -> Key:
        """Return the key of what another guest took the place of: it keeps its own, with a suffix."""
        return Key(f"{self}{_RETIRED}{suffix}")

    @property
    def moving(self) -> Key:
        """The key of a guest, or of a part of one, that will have this one once that is free."""
        return Key.of(f"{self.owner}{_MOVING}", *self.below_owner)

    @property
    def is_moving(self) -> bool:
        """Whether it is that of an object on its way to another key."""
        return "".join(self.split("/", _OWNER_PARTS)[_OWNER_PARTS - 1 : _OWNER_PARTS]).endswith(_MOVING)

    @property
    def settled(self) -> Key:
        """The key that it gives way to in the end; of any other than one of an object on its way, itself."""
        return Key(self.replace(_MOVING, "", 1)) if _MOVING in self and self.is_moving else self
