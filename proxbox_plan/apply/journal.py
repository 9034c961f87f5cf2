"""Journal: every finished batch, on disk before the next one is sent; after a crash it tells what landed."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self

from pydantic import ValidationError

from proxbox_plan.core import files
from proxbox_plan.core.address import Address
from proxbox_plan.core.errors import DocumentError
from proxbox_plan.model.outcome import ChangeResult, Result
from proxbox_plan.model.plan import Plan

_STAMP = "last_updated"


class JournalEntry(NamedTuple):
    """What became of one change, and NetBox's time stamp of the object right after it."""

    result: ChangeResult
    last_updated: str | None = None


@dataclass(frozen=True, slots=True)
class Earlier:
    """What a journal says: which plan it is for (null: there is no journal) and what landed, by address.

    It is a file that anyone may have written: what it claims is read back (`apply/preconditions/landed.py`).
    """

    plan_digest: str | None = None
    landed: dict[Address, JournalEntry] = field(default_factory=dict)


class Journal:
    """An append-only file of one JSON object per line: first which plan, then what became of each change."""

    def __init__(self, path: Path, plan: Plan) -> None:
        """Name the file; nothing is opened before `__enter__`."""
        self.path = path
        self._plan = plan
        self._descriptor = -1

    def __enter__(self) -> Self:
        """Open for appending; a file that does not even name its plan whole is begun anew."""
        known = read_journal(self.path).plan_digest is not None
        try:
            self._descriptor = files.open_own(self.path, os.O_RDWR | os.O_APPEND | os.O_CREAT)
            if known:
                self._end_line()
            else:
                os.ftruncate(self._descriptor, 0)
                self._append([self._header()])
                files.sync_folder(self.path.parent)
        except OSError as error:
            self._close()
            raise self._unwritable(error) from None
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Close the file; it is complete on disk after every `record`."""
        self._close()

    def record(self, entries: Iterable[JournalEntry]) -> None:
        """Append entries and wait until they are on disk. DocumentError when they cannot be written."""
        try:
            self._append([entry.result.model_dump(mode="json") | {_STAMP: entry.last_updated} for entry in entries])
        except OSError as error:
            raise self._unwritable(error) from None

    def _header(self) -> dict[str, Any]:
        return {"plan_digest": self._plan.digest, "netbox_url": self._plan.binding.netbox_url}

    def _append(self, lines: list[dict[str, Any]]) -> None:
        data = "".join(json.dumps(line, sort_keys=True) + "\n" for line in lines).encode()
        size = os.fstat(self._descriptor).st_size
        try:
            while data:
                data = data[os.write(self._descriptor, data) :]
            os.fsync(self._descriptor)
        except OSError:
            with suppress(OSError):  # half a line would spoil the next one
                os.ftruncate(self._descriptor, size)
            raise

    def _end_line(self) -> None:
        """After a crash in the middle of a line: what comes next starts its own."""
        size = os.fstat(self._descriptor).st_size
        if os.pread(self._descriptor, 1, size - 1) != b"\n":
            os.write(self._descriptor, b"\n")

    def _close(self) -> None:
        if self._descriptor >= 0:
            with suppress(OSError):  # says nothing of what is on disk
                os.close(self._descriptor)
            self._descriptor = -1

    def _unwritable(self, error: OSError) -> DocumentError:
        hint = "Nothing more is sent without it. Make room or choose another folder, then `proxbox apply --resume`."
        return DocumentError(f"Cannot write the journal {self.path}: {error.strerror}", hint=files.hint_of(error, hint))


def remove_journal(path: Path) -> None:
    """Remove a journal that no apply can resume."""
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise DocumentError(
            f"Cannot remove the old journal {path}: {error.strerror}", hint="The folder of the plan must be writable."
        ) from None


def read_journal(path: Path) -> Earlier:
    """Return what a journal says.

    A line that a crash cut off is dropped: what it would have said is looked up in NetBox. One whose first line is
    cut off says nothing: no request was sent before that line was on disk.
    """
    try:
        lines = files.read_own(path).split(b"\n")
    except FileNotFoundError:
        return Earlier()
    except OSError as error:
        hint = files.hint_of(error, "Remove it, or choose another folder.")
        raise DocumentError(f"Cannot read the journal {path}: {error.strerror}", hint=hint) from None
    header = _decoded(lines[0]) or {}
    digest = header.get("plan_digest")
    if not isinstance(digest, str):
        return Earlier()
    found = (_entry(line) for line in map(_decoded, lines[1:]) if line is not None)
    done = (entry for entry in found if entry is not None and entry.result.result is Result.DONE)
    landed = {entry.result.address: entry for entry in done}
    return Earlier(digest, landed)


def _decoded(line: bytes) -> dict[str, Any] | None:
    try:
        entry = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return entry if isinstance(entry, dict) else None


def _entry(line: dict[str, Any]) -> JournalEntry | None:
    stamp = line.pop(_STAMP, None)
    try:
        return JournalEntry(ChangeResult.model_validate(line), stamp if isinstance(stamp, str) else None)
    except ValidationError:
        return None
