"""Duration: a number of hours, days or weeks, as a configuration has it."""

from __future__ import annotations

import re
from typing import Any, Final, Self

from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema

_FORM: Final = re.compile(r"([1-9][0-9]{0,3})([hdw])")
_SECONDS: Final = {"h": 3600, "d": 86_400, "w": 604_800}


class Duration(str):
    """`12h`, `30d` or `2w`: at least one hour, at most 9999 of a unit. It is its own text."""

    __slots__ = ()

    @classmethod
    def parse(cls, value: object) -> Self:
        """Return the duration that a value says; ValueError for what is none, or none at all."""
        if not isinstance(value, str) or _FORM.fullmatch(value) is None:
            raise ValueError("must be a whole number of hours, days or weeks above zero, such as 12h, 30d or 2w")
        return cls(value)

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Validate with the parser; the schema of documents shows the form."""
        del source, handler
        text = core_schema.str_schema(pattern=f"^{_FORM.pattern}$")
        return core_schema.no_info_before_validator_function(
            cls.parse,
            core_schema.no_info_after_validator_function(cls, text),
            serialization=core_schema.to_string_ser_schema(),
        )

    @property
    def seconds(self) -> int:
        """How long it is, in seconds."""
        return int(self[:-1]) * _SECONDS[self[-1]]
