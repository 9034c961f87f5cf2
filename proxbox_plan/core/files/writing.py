"""Writing: never through a symbolic link, and whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

from proxbox_plan.core.files.claiming import note_output
from proxbox_plan.core.files.opening import PRIVATE, PUBLIC, is_written_to, open_own, open_regular, open_special
from proxbox_plan.core.files.unfit import AnyPath


def replace(path: AnyPath, pieces: Iterable[str], *, private: bool) -> None:
    """Replace a file atomically: a reader sees the old content or the new one, never a part.

    Its mode is 0600 when it is `private`, else 0644 within the umask. A pipe or a device is written to. OSError when it
    cannot be written or is a symbolic link; UsageError when the command reads it or writes something else to it.
    """
    note_output(path)
    data = (piece.encode("utf-8") for piece in pieces)
    if is_written_to(path):
        with os.fdopen(open_special(path), "wb") as stream:
            stream.writelines(data)
    else:
        _replace(Path(path), data, PRIVATE if private else PUBLIC)


def append(path: AnyPath, text: str) -> None:
    """Append to a regular file; OSError when it is a symbolic link."""
    note_output(path)
    descriptor = open_regular(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, PUBLIC)
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        stream.write(text)


def open_stream(path: AnyPath) -> int:
    """Open a file of our own to write to it line by line, emptied, or a pipe or a device; return its descriptor."""
    note_output(path)
    if is_written_to(path):
        return open_special(path)
    descriptor = open_own(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    make_private(descriptor)
    return descriptor


def make_private(descriptor: int) -> None:
    """Let only its owner read an open file that may be older."""
    with suppress(OSError):  # another user's, or a file system without permissions
        os.fchmod(descriptor, PRIVATE)


def sync_folder(folder: Path) -> None:
    """Sync the folder, so that a file's name survives a power cut; not every file system supports it."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _replace(target: Path, data: Iterable[bytes], mode: int) -> None:
    draft = target.with_name(f".{target.name[:200]}.{uuid4().hex[:8]}.tmp")
    try:
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
        with os.fdopen(os.open(draft, flags, mode), "wb") as stream:
            stream.writelines(data)
            stream.flush()
            os.fsync(stream.fileno())
        draft.replace(target)
    except BaseException:
        with suppress(OSError):
            draft.unlink()
        raise
    sync_folder(target.parent)
