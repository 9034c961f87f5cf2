"""Expression: the `when` of a check, compiled in a sandbox.

It sees `change` and nothing else. It cannot loop, import or call anything but the filters and tests that are listed
here, and what it may compute is bounded.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from jinja2 import ChainableUndefined, TemplateAssertionError, TemplateError, nodes
from jinja2.parser import Parser

from proxbox_plan.core.errors import ConfigError
from proxbox_plan.core.patterns import pattern
from proxbox_plan.core.suggestion import suggestion
from proxbox_plan.rules.sandbox import HARMLESS, LARGEST, Sandbox, words_of

LONGEST: Final = 1000  # characters of an expression
FILTERS: Final = tuple(sorted(HARMLESS))
_UNKNOWN: Final = re.compile(r"No (filter|test) named '(\w+)'")
# Operators of other languages, outside of quotes.
_HABITS: Final = (
    (re.compile(r"(?<![=!<>])=(?!=)"), "compare with `==`"),
    (re.compile(r"&&"), "write `and`"),
    (re.compile(r"\|\|"), "write `or`"),
    (re.compile(r"!(?!=)"), "write `not`"),
)
_QUOTED: Final = re.compile(r"'[^']*'|\"[^\"]*\"")

Compiled = Callable[..., Any]
"""An expression as a function of `change`."""


class _Absent(ChainableUndefined):
    """A field that a change does not touch: it compares to nothing but none, so that expressions need not ask first."""

    def _never(self, other: Any) -> bool:
        del other
        return False

    def __eq__(self, other: object) -> bool:
        return other is None or isinstance(other, _Absent)

    __ne__ = _never
    __hash__ = ChainableUndefined.__hash__
    __lt__ = __le__ = __gt__ = __ge__ = _never  # type: ignore[assignment]  # Jinja2's raise, these answer


class _Sandbox(Sandbox):
    """A sandbox in which a name after a dot is a key of the data, and never a method of Python's."""

    def getattr(self, obj: Any, attribute: str) -> Any:
        """Return what the data has under a name."""
        if isinstance(obj, Mapping) and attribute in obj:
            return obj[attribute]
        return self.undefined(obj=obj, name=attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        """Return the same for a name in brackets, or an item of a list or a text."""
        return self.getattr(obj, argument) if isinstance(argument, str) else super().getitem(obj, argument)


def _is_none(value: object) -> bool:
    return value is None or isinstance(value, _Absent)


def like(value: object, glob: str) -> bool:
    """Whether a text matches a glob, or a regular expression between slashes, as in the conditions of rules."""
    return isinstance(value, str) and bool(pattern(glob).search(value[:LARGEST]))


_SANDBOX: Final = _Sandbox(_Absent)
TESTS: Final = ("defined", "undefined", "none", "in", "like")
_COMPARISONS: Final = ("eq", "ne", "lt", "le", "gt", "ge", "equalto")  # for `select` and `reject`
_SANDBOX.tests = {name: test for name, test in _SANDBOX.tests.items() if name in (*TESTS, *_COMPARISONS)}
_SANDBOX.tests |= {"none": _is_none, "like": like}


def compiled(expression: str) -> Compiled:
    """Return the expression as a function of `change`; ConfigError when it is none."""
    if len(expression) > LONGEST:
        raise ConfigError(f"the expression is longer than {LONGEST} characters; split it into several checks")
    try:
        return _SANDBOX.compile_expression(expression, undefined_to_none=True)
    except (TemplateError, RecursionError, SyntaxError, MemoryError) as error:
        raise ConfigError(_explained(expression, error)) from None


def parsed(expression: str) -> nodes.Expr:
    """Return the tree of an expression; ConfigError when it is none."""
    compiled(expression)
    return Parser(_SANDBOX, expression, state="variable").parse_expression()


def _explained(expression: str, error: BaseException) -> str:
    said = words_of(error)
    if isinstance(error, TemplateAssertionError) and (unknown := _UNKNOWN.match(said)):
        sort, name = unknown.groups()
        known = FILTERS if sort == "filter" else TESTS
        return f"there is no {sort} '{name[:60]}'{suggestion(name, known)}"
    bare = _QUOTED.sub("", expression)
    advice = next((f"; {instead}" for habit, instead in _HABITS if habit.search(bare)), "")
    return f"is not an expression: {said}{advice}"
