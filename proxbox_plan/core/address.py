"""Address: the stable name of a change, as a value with one parser."""

from __future__ import annotations

from typing import Any, Final, Self

from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema

from proxbox_plan.core.key import Key

# A second change of one object: references to objects that refer back to it (primary addresses).
_LINKS: Final = "#links"
# A change of what the guest had that had this vmid before.
_REPLACED: Final = "#replaced"


class Address(str):
    """`KIND:KEY`, the same in every plan; a further change of the object has a step: `KIND:KEY#links`.

    It is its own text, so that documents and dictionaries hold it as it is; its rules are asked here alone.
    """

    __slots__ = ()

    @classmethod
    def of(cls, kind: str, key: str) -> Self:
        """Return the address of an object."""
        return cls(f"{kind}:{key}")

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return the address a text holds; ValueError when it has no kind or no key."""
        kind, colon, rest = text.partition(":")
        if not (kind and colon and rest):
            raise ValueError("is not an address (KIND:KEY)")
        return cls(text)

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Validate and serialize it as a string."""
        del source, handler
        text = core_schema.custom_error_schema(
            core_schema.str_schema(pattern=r"^[^:]+:[\s\S]"),
            custom_error_type="address",
            custom_error_message="Input should be an address (KIND:KEY)",
        )
        # The class itself is called without a Python frame: a plan has tens of thousands.
        return core_schema.no_info_after_validator_function(cls, text, serialization=core_schema.to_string_ser_schema())

    @property
    def kind(self) -> str:
        """Kind of the object."""
        return self.partition(":")[0]

    @property
    def key(self) -> Key:
        """Key of the object."""
        return Key(self.object.partition(":")[2])

    @property
    def object(self) -> Address:
        """Address of the object, whatever step of it this one is."""
        return Address(self.first_pass.removesuffix(_REPLACED))

    @property
    def first_pass(self) -> Address:
        """Address of the change that comes before a second pass."""
        return Address(self.removesuffix(_LINKS))

    @property
    def second_pass(self) -> Address:
        """Address of the change that sets references to objects which refer back."""
        return Address(self + _LINKS)

    @property
    def is_second_pass(self) -> bool:
        """Whether the object has an earlier change."""
        return self.endswith(_LINKS)

    @property
    def replaced(self) -> Address:
        """Address of the change that retires what the vmid's former guest had here."""
        return Address(self + _REPLACED)

    @property
    def is_replaced(self) -> bool:
        """Whether it is about the former guest of a vmid."""
        return self.first_pass.endswith(_REPLACED)
