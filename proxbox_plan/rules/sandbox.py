"""Jinja2 sandbox for templates of the configuration and untrusted data, bounded in time and memory."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from jinja2 import TemplateError, Undefined
from jinja2.sandbox import ImmutableSandboxedEnvironment

LARGEST = 10_000  # limit of an operand
# None that returns more text than it takes: nested `join` and `replace` exhaust any memory.
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
    """Jinja2's sandbox without globals, with few filters, and with operators that cannot exhaust memory."""

    intercepted_binops = frozenset({"*", "**", "%"})

    def __init__(
        self, undefined: type[Undefined], filters: Mapping[str, Callable[..., Any]] | None = None, **options: Any
    ) -> None:
        """Add `filters` to the safe ones; the caller is responsible for their cost."""
        super().__init__(undefined=undefined, **options)
        self.globals = {}
        self.filters = {name: self.filters[name] for name in HARMLESS} | dict(filters or {})

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        """Refuse `*`, `**` and `%` on anything but small numbers: `'x' * 10**9` exhausts memory."""
        if not all(isinstance(value, int | float) and abs(value) <= LARGEST for value in (left, right)):
            raise TemplateError(f"{operator} takes small numbers only")
        return super().call_binop(context, operator, left, right)

    def is_safe_callable(self, obj: Any) -> bool:
        """Allow no calls: `.format` and `.join` can run for hours."""
        del obj
        return False


def words_of(error: BaseException) -> str:
    """Return the message of an error, as one line."""
    return str(error).split("\n", maxsplit=1)[0] or type(error).__name__
