"""Journal: every finished batch, on disk before the next one is sent; after a crash it says what landed."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Self

from pydantic import ValidationError

from proxbox_plan.errors import DocumentError
from proxbox_plan.model.outcome import ChangeResult, Result
from proxbox_plan.model.plan import Plan


class Journal:
    """An append-only file of one JSON object per line: first which plan, then what became of each change."""

    def __init__(self, path: Path, plan: Plan) -> None:
        """Name the file; nothing is opened before `__enter__`."""
        self.path = path
        self._plan = plan
        self._descriptor = -1

    def __enter__(self) -> Self:
        """Open for appending; a new file starts with the plan it is for."""
        try:
            self._descriptor = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            if os.fstat(self._descriptor).st_size == 0:
                self._append([{"plan_digest": self._plan.digest, "netbox_url": self._plan.binding.netbox_url}])
        except OSError as error:
            raise self._unwritable(error) from None
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Close the file; it is complete on disk after every `record`."""
        os.close(self._descriptor)

    def record(self, results: Iterable[ChangeResult]) -> None:
        """Append results and wait until they are on disk. DocumentError when they can't be written."""
        try:
            self._append([result.model_dump(mode="json") for result in results])
        except OSError as error:
            raise self._unwritable(error) from None

    def _append(self, entries: list[dict[str, object]]) -> None:
        data = "".join(json.dumps(entry, sort_keys=True) + "\n" for entry in entries).encode()
        while data:
            data = data[os.write(self._descriptor, data) :]
        os.fsync(self._descriptor)

    def _unwritable(self, error: OSError) -> DocumentError:
        return DocumentError(
            f"cannot write the journal {self.path}: {error.strerror}",
            hint="Nothing more is sent without it. Make room or choose another folder, then `proxbox apply --resume`.",
        )


def read_journal(path: Path, plan: Plan) -> dict[str, ChangeResult] | None:
    """Return what a journal says of each change; empty when there is none, null when it is another plan's.

    A last line that a crash cut off is dropped: what it would have said is looked up in NetBox.
    """
    try:
        lines = path.read_bytes().split(b"\n")
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise DocumentError(f"cannot read the journal {path}: {error.strerror}") from None
    entries = [entry for entry in map(_decoded, lines) if entry is not None]
    if not entries:
        return {}
    if entries[0].get("plan_digest") != plan.digest:
        return None
    results = (_result(entry) for entry in entries[1:])
    return {result.address: result for result in results if result is not None and result.result is Result.DONE}


def _decoded(line: bytes) -> dict[str, object] | None:
    try:
        entry = json.loads(line)
    except ValueError:
        return None
    return entry if isinstance(entry, dict) else None


def _result(entry: dict[str, object]) -> ChangeResult | None:
    try:
        return ChangeResult.model_validate(entry)
    except ValidationError:
        return None
