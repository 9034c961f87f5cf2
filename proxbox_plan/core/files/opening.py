"""Opening: the system's call, for what is written, and for a file of our own."""

from __future__ import annotations

import errno
import os
import re
import stat
from pathlib import Path
from typing import IO, Final, Literal

from proxbox_plan.core.files.unfit import AnyPath, not_regular, symbolic_link

PRIVATE: Final = 0o600
PUBLIC: Final = 0o644
_STREAMS: Final = {"/dev/stdout": 1, "/dev/stderr": 2}
_OPEN: Final = re.compile(r"(/dev/std(?:out|err))|/(?:dev|proc/self)/fd/(\d{1,9})")


def open_own(path: AnyPath, flags: int) -> int:
    """Open a regular file, a new one for its owner only; return its descriptor.

    OSError when it is a symbolic link or no regular file.
    """
    return open_regular(path, flags, PRIVATE)


def open_regular(path: AnyPath, flags: int, mode: int) -> int:
    """Open a regular file, through no link; return its descriptor."""
    try:
        # O_TRUNC waits until it is known to be a file; a pipe is not waited for.
        descriptor = os.open(path, flags & ~os.O_TRUNC | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, mode)
    except OSError as error:
        if Path(path).is_symlink():
            raise symbolic_link(path) from None
        if error.errno == errno.ENXIO:  # a pipe without a reader, or a socket
            raise not_regular(path) from None
        raise
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise not_regular(path)
    if flags & os.O_TRUNC:
        os.ftruncate(descriptor, 0)
    return descriptor


def is_written_to(path: AnyPath) -> bool:
    """Whether it is a pipe or a device: a rename would replace it. OSError when it is a symbolic link."""
    try:
        mode = os.lstat(path).st_mode
    except FileNotFoundError:
        return False
    if stat.S_ISLNK(mode):
        if not _is_of_system(Path(path)):
            raise symbolic_link(path)
        return True
    return not (stat.S_ISREG(mode) or stat.S_ISDIR(mode))


def open_special(path: AnyPath) -> int:
    """Open a pipe, a device, or whatever /dev/stdout is: of a file that is open already the place in it is shared."""
    if found := _OPEN.fullmatch(os.path.abspath(path)):  # noqa: PTH100 # `resolve` follows the link
        return os.dup(_STREAMS[found[1]] if found[1] in _STREAMS else int(found[2]))
    flags = os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC | os.O_NOCTTY
    return os.open(path, flags if _is_of_system(Path(path)) else flags | os.O_NOFOLLOW)


def open_failing(mode: Literal["r", "w"]) -> IO[str]:
    """Return a stream on the lowest free number that fails when it is used, for a standard stream that is closed."""
    descriptor = os.open(os.devnull, os.O_WRONLY if mode == "r" else os.O_RDONLY)
    return os.fdopen(descriptor, mode, encoding="utf-8", closefd=False)


def _is_of_system(path: Path) -> bool:
    """Whether only the system makes links there, such as /dev/stdout; into /dev/shm anyone writes."""
    folder = os.path.realpath(path.parent)
    return folder in {"/dev", "/proc"} or folder.startswith("/proc/")
