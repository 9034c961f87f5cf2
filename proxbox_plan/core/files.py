"""Files: the one place where files are opened, so that each holds to the same rules.

* What is read is bounded in size and is no device; it may be a symbolic link, as Kubernetes mounts secrets.
* What is written is never written through a symbolic link: whoever may write into a folder could name any file of ours.
* What a command writes never replaces what it reads, nor what else it writes (`Claims`).

The errors are OSErrors, whose `strerror` is for the user; the callers know what the file is for.
"""

from __future__ import annotations

import errno
import os
import re
import secrets
import stat
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass, field
from enum import Enum
from functools import partial
from pathlib import Path
from typing import IO, Final, Literal

from proxbox_plan.core.errors import UsageError

AnyPath = Path | str
STANDARD: Final = "-"
"""Names standard input, or standard output."""
LARGEST: Final = 512 * 1024 * 1024
"""Bytes of a file or a pipe that are read: a plan for 100,000 guests has less."""
PRIVATE: Final = 0o600
PUBLIC: Final = 0o644
_SYSTEM: Final = ("/dev", "/proc")  # where only the system makes links, such as /dev/stdout
_STREAMS: Final = {"/dev/stdout": 1, "/dev/stderr": 2}
_OPEN: Final = re.compile(r"(/dev/std(?:out|err))|/(?:dev|proc/self)/fd/(\d{1,9})")
_CHUNK: Final = 1024 * 1024


class UnfitFileError(OSError):
    """A file that is there, and is not read or written: `strerror` says why."""

    def __init__(self, path: AnyPath, why: str, hint: str = "", code: int = errno.EINVAL) -> None:
        """Keep the remedy beside the reason."""
        super().__init__(code, why, str(path))
        self.hint = hint


def reason_of(error: OSError) -> str:
    """Return why a file cannot be opened, in lower case."""
    said = error.strerror or type(error).__name__
    return said if isinstance(error, UnfitFileError) else said.lower()


def hint_of(error: OSError, otherwise: str) -> str:
    """Return the remedy that an error knows, or another."""
    return getattr(error, "hint", "") or otherwise


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


def replace(path: AnyPath, pieces: Iterable[str], *, private: bool) -> None:
    """Replace a file atomically: a reader sees the old content or the new one, never a part.

    Its mode is 0600 when it is `private`, else 0644 within the umask. A pipe or a device is written to. OSError when it
    cannot be written or is a symbolic link; UsageError when the command reads it or writes something else to it.
    """
    note_output(path)
    data = (piece.encode("utf-8") for piece in pieces)
    if _is_written_to(path):
        with os.fdopen(_open_special(path), "wb") as stream:
            stream.writelines(data)
    else:
        _replace(Path(path), data, PRIVATE if private else PUBLIC)


def append(path: AnyPath, text: str) -> None:
    """Append to a regular file; OSError when it is a symbolic link."""
    note_output(path)
    descriptor = _open_regular(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, PUBLIC)
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        stream.write(text)


def open_stream(path: AnyPath) -> int:
    """Open a file of our own to write to it line by line, emptied, or a pipe or a device; return its descriptor."""
    note_output(path)
    if _is_written_to(path):
        return _open_special(path)
    descriptor = open_own(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    make_private(descriptor)
    return descriptor


def open_own(path: AnyPath, flags: int) -> int:
    """Open a regular file, a new one for its owner only; return its descriptor.

    OSError when it is a symbolic link or no regular file.
    """
    return _open_regular(path, flags, PRIVATE)


def make_private(descriptor: int) -> None:
    """Let only its owner read an open file that may be older."""
    with suppress(OSError):  # another user's, or a file system without permissions
        os.fchmod(descriptor, PRIVATE)


def _open_regular(path: AnyPath, flags: int, mode: int) -> int:
    try:
        # O_TRUNC waits until it is known to be a file; a pipe is not waited for.
        descriptor = os.open(path, flags & ~os.O_TRUNC | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, mode)
    except OSError as error:
        if Path(path).is_symlink():
            raise _link(path) from None
        if error.errno == errno.ENXIO:  # a pipe without a reader, or a socket
            raise _no_file(path) from None
        raise
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise _no_file(path)
    if flags & os.O_TRUNC:
        os.ftruncate(descriptor, 0)
    return descriptor


def open_failing(mode: Literal["r", "w"]) -> IO[str]:
    """Return a stream on the lowest free number that fails when it is used, for a standard stream that is closed."""
    descriptor = os.open(os.devnull, os.O_WRONLY if mode == "r" else os.O_RDONLY)
    return os.fdopen(descriptor, mode, encoding="utf-8", closefd=False)


def _no_file(path: AnyPath) -> UnfitFileError:
    return UnfitFileError(path, "it is not a regular file", "Remove it, or name a regular file.")


def _link(path: AnyPath) -> UnfitFileError:
    hint = "Remove the link, or name the file that it points to: nothing is written through a link."
    return UnfitFileError(path, "it is a symbolic link", hint, errno.ELOOP)


def _is_written_to(path: AnyPath) -> bool:
    """Whether it is a pipe or a device: a rename would replace it. OSError when it is a symbolic link."""
    try:
        mode = os.lstat(path).st_mode
    except FileNotFoundError:
        return False
    if stat.S_ISLNK(mode):
        if not _is_of_system(Path(path)):
            raise _link(path)
        return True
    return not (stat.S_ISREG(mode) or stat.S_ISDIR(mode))


def _is_of_system(path: Path) -> bool:
    folder = os.path.realpath(path.parent)
    return any(folder == place or folder.startswith(f"{place}/") for place in _SYSTEM)


def _open_special(path: AnyPath) -> int:
    """Open a pipe, a device, or whatever /dev/stdout is: of a file that is open already the place in it is shared."""
    if found := _OPEN.fullmatch(os.path.abspath(path)):  # noqa: PTH100 # `resolve` follows the link
        return os.dup(_STREAMS[found[1]] if found[1] in _STREAMS else int(found[2]))
    flags = os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC | os.O_NOCTTY
    return os.open(path, flags if _is_of_system(Path(path)) else flags | os.O_NOFOLLOW)


def _replace(target: Path, data: Iterable[bytes], mode: int) -> None:
    draft = target.with_name(f".{target.name[:200]}.{secrets.token_hex(4)}.tmp")
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


def sync_folder(folder: Path) -> None:
    """Sync the folder, so that a file's name survives a power cut; not every file system supports it."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


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
class Claims:
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
        _is_written_to(claim.path)
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


_SCOPES: ContextVar[tuple[Claims, ...]] = ContextVar("_SCOPES", default=())


@contextmanager
def claims(*, alone: bool = False) -> Iterator[Claims]:
    """Keep apart the files that are opened in this block; `alone`: whatever a block around it claimed."""
    mine = Claims()
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
