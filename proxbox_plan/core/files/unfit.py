"""Files that are not read or written, and why."""

from __future__ import annotations

import errno
from pathlib import Path

AnyPath = Path | str


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


def not_regular(path: AnyPath) -> UnfitFileError:
    """Return the error for a pipe, a device or a folder in the place of a file of our own."""
    return UnfitFileError(path, "it is not a regular file", "Remove it, or name a regular file.")


def symbolic_link(path: AnyPath) -> UnfitFileError:
    """Return the error for a link in the place of an output."""
    hint = "Remove the link, or name the file that it points to: nothing is written through a link."
    return UnfitFileError(path, "it is a symbolic link", hint, errno.ELOOP)
