"""Read a document file and validate it; anything else is a DocumentError with a remedy."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn, TypeVar

from pydantic import ValidationError

from proxbox_plan.core import files
from proxbox_plan.core.errors import DocumentError
from proxbox_plan.documents.registry import DOCUMENTS, READERS
from proxbox_plan.model.base import Document, digest_of

D = TypeVar("D", bound=Document)

MOST_ERRORS_SHOWN = 10
DEEPEST = 64
_NESTED = frozenset((dict, list))  # of plain JSON, which may be a million values
_WORDS = {"unexpected_keyword_argument": "Extra inputs are not permitted"}  # a dataclass speaks as a model does
_OPEN_NUMBER = re.compile(r"[.eE][+-]?")  # after the digits that were read
_VERSION = re.compile(r"(\d{1,6})\.(\d{1,6})")


def read_document(path: Path | str, model: type[D], *, most: int = files.LARGEST) -> D:
    """Read the file (`-` for standard input) as the document `model`; DocumentError when it is anything else.

    `most` is how many bytes it may have.
    """
    name = _display(path)
    data = _parse(_read_text(path, name, most), name)
    _check_kind(data, model, name)
    return _validate(data, model, name)


def read_any(path: Path | str) -> Document:
    """Read the file (`-` for standard input) as the document kind it declares."""
    name = _display(path)
    data = _parse(_read_text(path, name), name)
    kind = data.get("kind")
    model = DOCUMENTS.get(kind) if isinstance(kind, str) else None
    if model is None:
        _refuse_unknown(kind, name)
    return _validate(data, model, name)


def has_content_of(document: Document, path: Path | str) -> bool:
    """Whether an output has the content of a document already; what no digest covers may differ."""
    try:
        data = _parse(files.read_own(path).decode("utf-8-sig"), _display(path))
        return digest_of(_content(data, type(document))) == document.digest
    except (OSError, ValueError, RecursionError, DocumentError):
        return False


def _content(data: dict[str, Any], model: type[Document]) -> dict[str, Any]:
    return {key: value for key, value in data.items() if key not in model.UNSEALED}


def _display(path: Path | str) -> str:
    return "standard input" if str(path) == "-" else str(path)


def _read_bytes(path: Path | str, name: str, most: int) -> bytes:
    try:
        return files.read_bytes(path, most=most)
    except FileNotFoundError as error:
        raise DocumentError(f"{name}: the file does not exist", hint="Check the name and the folder.") from error
    except IsADirectoryError as error:
        raise DocumentError(f"{name}: is a folder, not a file", hint="Name the file inside it.") from error
    except OSError as error:
        hint = files.hint_of(error, "Check its permissions.")
        raise DocumentError(f"{name}: cannot be read: {files.reason_of(error)}", hint=hint) from error
    except ValueError as error:
        raise DocumentError(f"{name}: cannot be read: {error}", hint="Check its name.") from error


def _read_text(path: Path | str, name: str, most: int = files.LARGEST) -> str:
    """Return the text; the bytes are released."""
    try:
        return _read_bytes(path, name, most).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        message = f"{name}: is not a text file (byte {error.start + 1} is not UTF-8)"
        raise DocumentError(message, hint="Name a JSON file that proxbox wrote.") from error


def _parse(text: str, name: str) -> dict[str, Any]:
    try:
        data = json.loads(text, parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        raise _broken(error, name) from error
    except RecursionError as error:
        raise DocumentError(f"{name}: is nested too deeply to be a proxbox document") from error
    except ValueError as error:
        raise DocumentError(f"{name}: has a number that no document can hold ({error})") from error
    if not isinstance(data, dict):
        hint = "Name a JSON file that proxbox wrote."
        raise DocumentError(f"{name}: is JSON, but not a proxbox document (it holds no object)", hint=hint)
    if _is_deep(data):  # it could be read, but not written again
        raise DocumentError(f"{name}: is nested too deeply to be a proxbox document")
    return data


def _is_deep(data: Any) -> bool:
    level = [data]
    for _ in range(DEEPEST):
        inner = (item.values() if type(item) is dict else item for item in level)
        level = [value for values in inner for value in values if type(value) in _NESTED]
        if not level:
            return False
    return True


def _refuse_constant(text: str) -> NoReturn:
    raise ValueError(f"{text} is not JSON")


def _broken(error: json.JSONDecodeError, name: str) -> DocumentError:
    if not error.doc.strip():
        return DocumentError(f"{name}: is empty", hint="Write it again; check that the disk is not full.")
    place = f"{name}:{error.lineno}:{error.colno}"
    if _is_cut_off(error):
        hint = "Write or copy it again: the transfer or the program that wrote it was interrupted."
        return DocumentError(f"{place}: the file is truncated: it ends in the middle of the JSON", hint=hint)
    return DocumentError(f"{place}: is not valid JSON: {error.msg}", hint="Name a JSON file that proxbox wrote.")


def _is_cut_off(error: json.JSONDecodeError) -> bool:
    """Whether the text ends before the JSON does, possibly in the middle of a word or an escape."""
    rest = error.doc[error.pos :].strip()
    return (
        error.msg.startswith("Unterminated string")
        or any(word.startswith(rest) for word in ("true", "false", "null", "-"))
        or _OPEN_NUMBER.fullmatch(rest) is not None
        or ("escape" in error.msg and len(rest) <= len("\\uD83D\\uDE0"))
    )


def _check_kind(data: dict[str, Any], model: type[Document], name: str) -> None:
    kind = data.get("kind")
    if kind == model.KIND:
        return
    if not isinstance(kind, str) or kind not in DOCUMENTS:
        _refuse_unknown(kind, name)
    hint = f"{READERS[kind]}; `proxbox show {shlex.quote(name)}` shows it."
    raise DocumentError(f"{name}: is a document of kind '{kind}', not '{model.KIND}'", hint=hint)


def _refuse_unknown(kind: object, name: str) -> NoReturn:
    said = f"its kind is {json.dumps(kind)[:60]}" if kind is not None else "it declares no kind"
    known = ", ".join(DOCUMENTS)
    raise DocumentError(f"{name}: is not a proxbox document: {said}", hint=f"Documents are of kind {known}.")


def _validate(data: dict[str, Any], model: type[D], name: str) -> D:
    newer = _is_newer_minor(data.get("format_version"), model, name)
    try:
        document = model.model_validate(data, extra="ignore" if newer else None)
    except ValidationError as error:
        lines = "\n".join(_field_errors(error, name))
        hint = "Write it again: it was edited, or another program wrote it."
        raise DocumentError(lines, hint=hint) from error
    _check_digest(data, model, name)
    if not document.is_consistent():
        hint = "Write it again; documents must not be edited."
        raise DocumentError(f"{name}: was edited: it says about its content what is not true of it", hint=hint)
    return document


def _is_newer_minor(version: object, model: type[Document], name: str) -> bool:
    """Whether the file may hold unknown fields. A newer major version is refused."""
    match = _VERSION.fullmatch(version) if isinstance(version, str) else None
    if match is None:
        hint = "Name a JSON file that proxbox wrote."
        raise DocumentError(f"{name}: format_version is missing or is not MAJOR.MINOR", hint=hint)
    found = (int(match[1]), int(match[2]))
    known = tuple(int(part) for part in model.FORMAT.split("."))
    if found > known and not model.TOLERANT:
        message = f"{name}: has format {version} of '{model.KIND}', this version reads {model.FORMAT}"
        raise DocumentError(message, hint="Upgrade proxbox-plan, or plan again with this version.")
    if found[0] > known[0]:
        message = f"{name}: has format {version} of '{model.KIND}', this version reads up to {known[0]}.x"
        raise DocumentError(message, hint="Upgrade proxbox-plan, or write the file with this version.")
    return found > known


def _field_errors(error: ValidationError, name: str) -> Iterator[str]:
    errors = error.errors(include_url=False, include_input=False, include_context=False)
    for item in errors[:MOST_ERRORS_SHOWN]:
        said = _WORDS.get(item["type"], item["msg"].removeprefix("Value error, "))
        place = f"{field_path(item['loc'])}: " if item["loc"] else ""
        yield f"{name}: {place}{said[:1].lower()}{said[1:]}"
    if len(errors) > MOST_ERRORS_SHOWN:
        yield f"{name}: and {len(errors) - MOST_ERRORS_SHOWN} more"


def field_path(location: tuple[int | str, ...]) -> str:
    """Return a location in a document as a field path: `clusters[0].guests[3].vmid`."""
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in location)
    return text.removeprefix(".")


def _check_digest(data: dict[str, Any], model: type[Document], name: str) -> None:
    # Over the content of the file, not the parsed document: a newer minor version has fields that are ignored.
    try:
        intact = digest_of(_content(data, model)) == data.get("digest")
    except (ValueError, RecursionError) as error:
        raise DocumentError(f"{name}: has a value that no document can hold: {error}") from error
    if not intact:
        hint = "Write it again; documents must not be edited."
        raise DocumentError(f"{name}: was edited or damaged: its digest does not match", hint=hint)
