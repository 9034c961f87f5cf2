"""Write files atomically: a reader sees the old content or the new one, never a part."""

from __future__ import annotations

import os
import secrets
import stat
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from proxbox_plan.core.canonical import file_pieces
from proxbox_plan.core.errors import DocumentError
from proxbox_plan.documents.registry import PRIVATE
from proxbox_plan.model.base import Document


def write_document(document: Document, path: Path | str) -> None:
    """Write the canonical text of `document`; plans and outcomes so that only their owner can read them."""
    _write(path, file_pieces(document), private=document.KIND in PRIVATE)


def write_text(path: Path | str, text: str, *, private: bool = False) -> None:
    """Replace `path` by `text` atomically, with mode 0600 when `private`, else 0644 within the umask."""
    _write(path, (text,), private=private)


def _write(path: Path | str, pieces: Iterable[str], *, private: bool) -> None:
    target = Path(os.path.realpath(path))  # follow a symbolic link instead of replacing it
    mode = 0o600 if private else 0o644
    try:
        if _is_special(target):
            with target.open("wb") as stream:
                stream.writelines(piece.encode("utf-8") for piece in pieces)
        else:
            _replace(target, pieces, mode)
    except UnicodeEncodeError as error:
        raise DocumentError(f"{path}: cannot be written: the text is not valid Unicode ({error.reason})") from error
    except OSError as error:
        raise DocumentError(f"{path}: cannot be written: {_reason(error)}", hint=_hint(error)) from error


def _is_special(target: Path) -> bool:
    """Whether it is a pipe or a device: a rename would replace it, so it is written directly."""
    try:
        mode = target.stat().st_mode
    except FileNotFoundError:
        return False
    return not (stat.S_ISREG(mode) or stat.S_ISDIR(mode))


def _replace(target: Path, pieces: Iterable[str], mode: int) -> None:
    draft = target.with_name(f".{target.name[:200]}.{secrets.token_hex(4)}.tmp")
    try:
        _write_and_sync(draft, pieces, mode)
        draft.replace(target)
    except BaseException:
        with suppress(OSError):
            draft.unlink()
        raise
    _sync_folder(target.parent)


def _write_and_sync(draft: Path, pieces: Iterable[str], mode: int) -> None:
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as stream:
        stream.writelines(piece.encode("utf-8") for piece in pieces)
        stream.flush()
        os.fsync(stream.fileno())


def _sync_folder(folder: Path) -> None:
    """Sync the folder, so that the rename survives a power cut; not every file system supports it."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _reason(error: OSError) -> str:
    return (error.strerror or type(error).__name__).lower()


def _hint(error: OSError) -> str:
    match error:
        case FileNotFoundError() | NotADirectoryError():
            return "Create its folder, or choose another path."
        case PermissionError():
            return "Choose a writable folder."
        case IsADirectoryError():
            return "Name a file, not a folder."
        case _:
            return "Free space or choose another path; an existing file of that name is unchanged."
