"""Patterns that users write: globs, and regular expressions of RE2, which match in time linear in the text.

Names of guests are foreign text, and a plan is computed from all of them: an expression that backtracks could keep a
plan from ever ending. So there is no fallback to Python's `re`, and what RE2 lacks is an error of the configuration.
"""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Final, Protocol

# What RE2 says of a construct that it lacks, and what to write instead.
_INSTEAD: Final = (
    (r"\(\?<?[=!]", "RE2 has no lookahead and lookbehind: add a second condition, or `unless`"),
    (r"\(\?P$|\\[1-9]", "RE2 has no backreferences: write the alternatives out"),
    (r"\\Z", r"in RE2 the end of the text is `\z`"),
    (r"\\[uUN]", r"write the character itself, or `\x{20ac}`"),
    (r"\(\?>|[*+?}]\+", "RE2 has no atomic groups and possessive repetitions: nothing backtracks, so write it without"),
    (r"\(\?", "the flags of RE2 are `i`, `m`, `s` and `U`, and it has no comments"),
    (r"repetition size", "RE2 repeats at most 1000 times, nested repetitions multiplied"),
)
_NAMED: Final = re.compile(r"(?<!\\)\(\?P?<(\w+)>")


class Match(Protocol):
    """Where an expression matched."""

    def groupdict(self) -> dict[str, str | None]:
        """Return the named groups; null for one that took no part."""


class Expression(Protocol):
    """A compiled expression."""

    @property
    def groupindex(self) -> Mapping[str, int]:
        """Return the named groups and their numbers."""

    def search(self, text: str, /) -> Match | None:
        """Return the first match; null without one."""


def is_expression(text: str) -> bool:
    """Whether a text is a regular expression, between slashes; else it is a glob."""
    return len(text) > 1 and text.startswith("/") and text.endswith("/")


@lru_cache(maxsize=1024)
def pattern(text: str) -> Expression:
    """Compile a glob, which matches all of a text in any case, or a regular expression, which may match anywhere.

    ValueError when it is none, with what to write instead.
    """
    if is_expression(text):
        return _expression(text[1:-1])
    return _anchored(fnmatch.translate(text))


def any_glob(globs: Iterable[str]) -> Callable[[str], object]:
    """Return a predicate: whether a name matches one of the globs, case-sensitively."""
    return re.compile("|".join(fnmatch.translate(glob) for glob in globs) or r"(?!)").match


def _anchored(translated: str) -> re.Pattern[str]:
    r"""Compile a translated glob: each `*` is an atomic group in it, so that nothing is tried twice."""
    return re.compile(r"\A" + translated, re.IGNORECASE)


def _expression(text: str) -> Expression:
    import re2  # noqa: PLC0415 # few configurations have an expression, and every command would pay for it

    options = re2.Options()
    options.log_errors = False  # to stderr
    names = _NAMED.findall(text)
    try:
        expression: Expression = re2.compile(text, options)
    except re2.error as error:
        raise ValueError(f"is not a regular expression: {_explained(error)}") from None
    except UnicodeEncodeError as error:
        raise ValueError(f"is not a regular expression: {error.reason}") from None
    if len(set(names)) < len(names):
        raise ValueError("is not a regular expression: two groups have the same name; give each its own")
    return expression


def _explained(error: Exception) -> str:
    """Return what RE2 says, and what to write instead."""
    said = error.args[0] if error.args else ""
    reason = said.decode(errors="replace") if isinstance(said, bytes) else str(said)
    instead = next((advice for shape, advice in _INSTEAD if re.search(shape, reason)), "")
    return f"{reason}; {instead}" if instead else reason
