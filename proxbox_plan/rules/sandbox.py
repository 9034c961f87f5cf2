"""Sandbox: Jinja2 for text from the configuration and data from anybody, bounded in time and memory."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from jinja2 import TemplateError, Undefined
from jinja2.sandbox import ImmutableSandboxedEnvironment

LARGEST = 10_000  # of the number an operator may be given
# None that can make a text longer than what goes in: `join` and `replace`, nested, fill any memory.
HARMLESS = frozenset(
    {
        "abs",
        "capitalize",
        "count",
        "default",
        "first",
        "float",
        "int",
        "last",
        "length",
        "list",
        "lower",
        "max",
        "min",
        "reject",
        "rejectattr",
        "round",
        "select",
        "selectattr",
        "sort",
        "string",
        "sum",
        "title",
        "trim",
        "unique",
        "upper",
    }
)


class Sandbox(ImmutableSandboxedEnvironment):
    """Jinja2's sandbox without globals, with few filters, and with operators that can't fill the memory."""

    intercepted_binops = frozenset({"*", "**", "%"})

    def __init__(
        self, undefined: type[Undefined], filters: Mapping[str, Callable[..., Any]] | None = None, **options: Any
    ) -> None:
        """Take filters beside the harmless ones; the caller answers for what they may compute."""
        super().__init__(undefined=undefined, **options)
        self.globals = {}
        self.filters = {name: self.filters[name] for name in HARMLESS} | dict(filters or {})

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        """Refuse `*`, `**` and `%` on anything but small numbers: `'x' * 10**9` is a way to die."""
        if not all(isinstance(value, int | float) and abs(value) <= LARGEST for value in (left, right)):
            raise TemplateError(f"{operator} takes small numbers only")
        return super().call_binop(context, operator, left, right)

    def is_safe_callable(self, obj: Any) -> bool:
        """Nothing is callable: `.format` and `.join` can be made to work for hours."""
        del obj
        return False


def words_of(error: BaseException) -> str:
    """Return what an error says, on one line."""
    return str(error).split("\n", maxsplit=1)[0] or type(error).__name__
