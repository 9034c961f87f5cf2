"""Write files atomically: a reader sees the old content or the new one, never a part."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from proxbox_plan.core import files
from proxbox_plan.core.canonical import file_pieces
from proxbox_plan.core.errors import DocumentError
from proxbox_plan.model.base import Document


def write_document(document: Document, path: Path | str) -> None:
    """Write the canonical text of `document`, so that only its owner can read it: it names every guest."""
    _write(path, file_pieces(document), private=True)


def write_text(path: Path | str, text: str, *, private: bool = True) -> None:
    """Replace `path` by `text` atomically, with mode 0600 when `private`, else 0644 within the umask."""
    _write(path, (text,), private=private)


def _write(path: Path | str, pieces: Iterable[str], *, private: bool) -> None:
    try:
        files.replace(path, pieces, private=private)
    except UnicodeEncodeError as error:
        raise DocumentError(f"{path}: cannot be written: the text is not valid Unicode ({error.reason})") from error
    except OSError as error:
        reason, hint = files.reason_of(error), files.hint_of(error, _hint(error))
        raise DocumentError(f"{path}: cannot be written: {reason}", hint=hint) from error


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
