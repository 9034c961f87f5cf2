"""File lock: one apply at a time in one folder; the kernel knows whether its holder still runs."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
from pathlib import Path

from proxbox_plan.apply.locks.holder import Holder, is_lock_id
from proxbox_plan.core import files
from proxbox_plan.core.errors import DocumentError, LockedError


class FileLock:
    """A file that names its holder, locked (`flock`) while that process lives.

    A file that names a holder and is not locked was left by a dead run: it is explained, never broken silently. Only
    a resumed apply of the same plan takes it over, with its id, so that the lock on NetBox is known as its own, too.
    """

    def __init__(self, path: Path) -> None:
        """Name the file; nothing happens before `take`."""
        self.path = path
        self.resumed = False  # taken over from a dead run
        self.left: Holder | None = None  # a dead run that left it, which is why it could not be taken
        self._descriptor = -1

    def take(self, who: Holder, *, resume: bool = False) -> Holder:
        """Lock the file and write the holder into it; return it, with the id of the run that is resumed if any.

        LockedError when another process has it, or a dead one left it.
        """
        self._descriptor = self._locked()
        found = read_file_lock(self.path)
        if found is not None and not (resume and found.plan == who.plan):
            self._close()
            self.left = found
            raise LockedError(
                f"A lock is left from an apply that no longer runs ({found.words()})",
                hint=f"Finish it with `proxbox apply --resume`, or {self._removal(found)}",
            )
        self.resumed = found is not None
        if found is not None:
            who = who.replace(id=found.id)
        self._write(who, fresh=found is None)
        return who

    def _removal(self, found: Holder) -> str:
        """Return how to remove a lock that was left; what is no id of ours is not quoted as a command."""
        return f"remove the lock: proxbox unlock {found.id}" if is_lock_id(found.id) else f"remove the file {self.path}"

    def _locked(self) -> int:
        while True:
            descriptor = _open(self.path)
            free = _flock(descriptor, self.path)
            if free and _is_still(descriptor, self.path):
                return descriptor
            os.close(descriptor)
            if not free:
                raise _held(self.path)
            # else: the run that had it ended just now and removed the file

    def _write(self, who: Holder, *, fresh: bool) -> None:
        text = (json.dumps(who.model_dump(), sort_keys=True) + "\n").encode()
        try:
            os.pwrite(self._descriptor, text, 0)
            os.ftruncate(self._descriptor, len(text))
            os.fsync(self._descriptor)
        except OSError as error:
            self.release(keep=not fresh)
            raise DocumentError(
                f"Cannot write the lock file {self.path}: {error.strerror}", hint="Make room in the folder of the plan."
            ) from None

    def release(self, *, keep: bool = False) -> None:
        """Remove the file; `keep` it when the lock on NetBox could not be removed, so that a resume knows its id."""
        if not keep:
            with contextlib.suppress(OSError):
                self.path.unlink(missing_ok=True)
        self._close()

    def _close(self) -> None:
        with contextlib.suppress(OSError):  # it is closed all the same
            os.close(self._descriptor)
        self._descriptor = -1


def read_file_lock(path: Path) -> Holder | None:
    """Return who holds a lock file or left it; null when there is none or it names no holder."""
    with contextlib.suppress(OSError, ValueError):
        return Holder.model_validate_json(files.read_own(path))
    return None


def unlock_file(path: Path, lock_id: str) -> bool:
    """Remove a lock file with that id; false when it is another, or none. LockedError when its process lives."""
    found = read_file_lock(path)
    if found is None or found.id != lock_id or not is_lock_id(lock_id):
        return False
    descriptor = _open(path)
    free = _flock(descriptor, path)
    if free:
        path.unlink(missing_ok=True)
    os.close(descriptor)
    if not free:
        raise LockedError(
            f"The apply that holds this lock is running: {found.words()}",
            hint="Wait for it, or stop it: SIGTERM lets it end cleanly.",
        )
    return True


def _open(path: Path) -> int:
    try:
        return files.open_own(path, os.O_RDWR | os.O_CREAT)
    except OSError as error:
        hint = files.hint_of(error, "The folder of the plan must be writable.")
        raise DocumentError(f"Cannot create the lock file {path}: {error.strerror}", hint=hint) from None


def _flock(descriptor: int, path: Path) -> bool:
    """Lock an open file without waiting; false when another process has it locked."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError as error:
        os.close(descriptor)
        raise DocumentError(
            f"Cannot lock the file {path}: {error.strerror}", hint="Keep the plan on a file system that knows locks."
        ) from None
    return True


def _is_still(descriptor: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except FileNotFoundError:
        return False


def _held(path: Path) -> LockedError:
    found = read_file_lock(path)
    words = found.words() if found else "which has not named itself yet"
    return LockedError(
        f"Another apply holds the lock: {words}", at_work=True, hint="Wait for it: --lock-timeout SECONDS does."
    )
