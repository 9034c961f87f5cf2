"""Reading: bounded in size, and no device; it may be a symbolic link, as Kubernetes mounts secrets."""

from __future__ import annotations

import errno
import os
import stat
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Final

from proxbox_plan.core.files.claiming import STANDARD, note_input
from proxbox_plan.core.files.opening import open_own
from proxbox_plan.core.files.unfit import AnyPath, UnfitFileError

LARGEST: Final = 512 * 1024 * 1024
"""Bytes of a file or a pipe that are read: a plan for 100,000 guests has less."""
_CHUNK: Final = 1024 * 1024


def read_bytes(path: AnyPath, *, most: int = LARGEST) -> bytes:
    """Read a file or a pipe whole (`-` for standard input); OSError when it is larger than `most`, or a device."""
    note_input(path)
    if str(path) == STANDARD:
        if sys.stdin is None:
            raise UnfitFileError("standard input", "it is closed")
        return _bounded(sys.stdin.buffer.read, "standard input", most)
    _check_readable(Path(path).stat(), path)  # before it is opened: opening a device may already do something
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOCTTY)
    try:
        _check_readable(os.fstat(descriptor), path)
        return _bounded(partial(os.read, descriptor), path, most)
    finally:
        os.close(descriptor)


def read_text(path: AnyPath, *, most: int = LARGEST) -> str:
    """Read a file as UTF-8, with or without a byte order mark; OSError as `read_bytes`, UnicodeDecodeError."""
    return read_bytes(path, most=most).decode("utf-8-sig")


def read_own(path: AnyPath) -> bytes:
    """Read a file of our own, such as a journal; OSError when it is a symbolic link or no regular file."""
    descriptor = open_own(path, os.O_RDONLY)
    try:
        return _bounded(partial(os.read, descriptor), path, LARGEST)
    finally:
        os.close(descriptor)


def _bounded(read: Callable[[int], bytes], path: AnyPath, most: int) -> bytes:
    pieces: list[bytes] = []
    size = 0
    while piece := read(_CHUNK):
        pieces.append(piece)
        size += len(piece)
        if size > most:
            raise UnfitFileError(path, f"it is larger than {_size(most)}", "Check that it is the file you mean.")
    return b"".join(pieces)


def _size(size: int) -> str:
    return f"{size // 1024**2:,} MiB" if size >= 1024**2 else f"{size:,} bytes"


def _check_readable(found: os.stat_result, path: AnyPath) -> None:
    if stat.S_ISDIR(found.st_mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    if stat.S_ISCHR(found.st_mode) or stat.S_ISBLK(found.st_mode):
        raise UnfitFileError(path, "it is a device, not a file", "Name a file or a pipe, or - for standard input.")
