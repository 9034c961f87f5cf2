"""Claiming: what a command writes never replaces what it reads, nor what else it writes."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Final

from proxbox_plan.core.errors import UsageError
from proxbox_plan.core.files.opening import is_written_to
from proxbox_plan.core.files.unfit import AnyPath, UnfitFileError

STANDARD: Final = "-"
"""Names standard input, or standard output."""


class Use(Enum):
    """What a command does with a file."""

    READ = "read"
    WRITTEN = "written"
    BOTH = "both"  # read, and written anew: a cache


@dataclass(frozen=True, slots=True)
class _Claim:
    path: str
    use: Use
    what: str  # what names it: an option, or empty for a file that was opened

    def words(self, *, inside: bool = False) -> str:
        """Return what names it, to begin a sentence or `inside` one."""
        what = self.what or "the file"
        return f"{what if inside else what[0].upper() + what[1:]} {self.path}"


@dataclass(slots=True)
class FileClaims:
    """The files of one command: none that is written is read, too, or written a second time."""

    _claims: list[_Claim] = field(default_factory=list)

    def add(self, path: AnyPath, use: Use, what: str = "") -> None:
        """Claim a file; UsageError when that would replace what is read, or what else is written."""
        claim = _Claim(str(Path(path)), use, what)
        if claim.path == STANDARD and use is not Use.READ:
            return
        if use is not Use.READ:
            _refuse_link(claim)
        if not what and any(_is_covered(claim, other) for other in self._claims):
            return
        for other in self._claims:
            if (claim.use, other.use) != (Use.READ, Use.READ) and _is_same(claim.path, other.path):
                first, second = (claim, other) if claim.use is not Use.READ else (other, claim)
                raise UsageError(
                    f"{first.words()} is the same file as {second.words(inside=True)}",
                    hint="Name another file: a command never overwrites what it reads, or what else it writes.",
                )
        self._claims.append(claim)

    def is_cache(self, path: AnyPath) -> bool:
        """Whether a file was claimed to be read and to be written anew."""
        return any(claim.use is Use.BOTH and claim.path == str(Path(path)) for claim in self._claims)


def _refuse_link(claim: _Claim) -> None:
    """Say before any work what `replace` would say after it."""
    try:
        is_written_to(claim.path)
    except UnfitFileError as error:
        raise UsageError(f"{claim.words()}: {error.strerror}", hint=error.hint) from None
    except (OSError, ValueError):  # said when it is written
        return


def _is_covered(opened: _Claim, claim: _Claim) -> bool:
    """Whether a file that is opened is the one that was claimed for this."""
    return opened.path == claim.path and claim.use in (opened.use, Use.BOTH)


def _is_same(one: str, other: str) -> bool:
    """Whether two paths name one file, however spelled, or by a hard link; pipes and devices may be shared."""
    first, second = _found(one), _found(other)
    if any(found is not None and not stat.S_ISREG(found.st_mode) for found in (first, second)):
        return False
    if first is not None and second is not None:
        return os.path.samestat(first, second)
    return STANDARD not in (one, other) and os.path.realpath(one) == os.path.realpath(other)


def _found(path: str) -> os.stat_result | None:
    try:
        return os.fstat(sys.stdin.fileno()) if path == STANDARD else Path(path).stat()
    except (OSError, ValueError, AttributeError):
        return None


_SCOPES: ContextVar[tuple[FileClaims, ...]] = ContextVar("_SCOPES", default=())


@contextmanager
def claims(*, alone: bool = False) -> Iterator[FileClaims]:
    """Keep apart the files that are opened in this block; `alone`: whatever a block around it claimed."""
    mine = FileClaims()
    token = _SCOPES.set((mine,) if alone else (*_SCOPES.get(), mine))
    try:
        yield mine
    finally:
        _SCOPES.reset(token)


def note_input(path: AnyPath) -> None:
    """Note a file that is read, by us or by a library; UsageError when the command writes it."""
    _note(path, Use.READ)


def note_output(path: AnyPath) -> None:
    """Note a file that is written; UsageError when the command reads it, or writes something else to it."""
    _note(path, Use.WRITTEN)


def _note(path: AnyPath, use: Use) -> None:
    scopes = _SCOPES.get()
    if not any(scope.is_cache(path) for scope in scopes):
        for scope in scopes:
            scope.add(path, use)
