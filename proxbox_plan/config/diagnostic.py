"""Diagnostics: what is wrong in a configuration file, with line and column."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple, Protocol

from proxbox_plan.core.errors import ConfigError

Location = tuple[str | int, ...]

MOST_SHOWN = 20


class _Mark(Protocol):
    line: int
    column: int


class FilePosition(NamedTuple):
    """Line and column, both counted from one."""

    line: int
    column: int

    @classmethod
    def of(cls, mark: _Mark) -> FilePosition:
        """Return the position of a YAML mark, which counts from zero."""
        return cls(mark.line + 1, mark.column + 1)


class Diagnostic(NamedTuple):
    """One error with its position; `file` is empty when the configuration is a single file."""

    place: FilePosition
    message: str
    file: str = ""


def describe(location: Location) -> str:
    """Return a location as a field path: `clusters[0].rules[1].when`."""
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in location)
    return text.removeprefix(".")


def error_of(diagnostics: Iterable[Diagnostic], file: str, *, hint: str = "") -> ConfigError:
    """Return one error with all diagnostics, in the order of the file; included files follow."""
    named = {item._replace(file=item.file or file) for item in diagnostics}
    ordered = sorted(named, key=lambda item: (item.file != file, item.file, item.place, item.message))
    lines = [f"{where}:{place.line}:{place.column}: {message}" for place, message, where in ordered[:MOST_SHOWN]]
    if len(ordered) > MOST_SHOWN:
        lines.append(f"{file}: and {len(ordered) - MOST_SHOWN} more")
    return ConfigError("\n".join(lines), hint=hint)
