"""The one text of a document, piece by piece: a large one is never held as plain data and as text besides itself.

Two forms: with an indent, as a file has it, and compact, which a digest is taken of. Both are what `json.dumps` with
sorted keys gives, to the byte.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from json.encoder import encode_basestring
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from pydantic import BaseModel
from pydantic_core import to_jsonable_python

_MANY = 16  # a longer list is taken apart, and its items are texts of their own


class _Form(NamedTuple):
    """How a text is spelled."""

    text: Callable[[Any, str], str]  # of plain data whose own line is indented so far
    colon: str
    newline: str  # between brackets and what is in them
    step: str


def whole(data: object) -> str:
    """Return the text of `data` as a file has it, without the last newline."""
    return _indented(data, "")


def file_pieces(model: BaseModel) -> Iterator[str]:
    """Yield the text of a document as its file has it."""
    yield from _model(model, _FILE, "", frozenset())
    yield "\n"


def digest_pieces(data: object, leave_out: frozenset[str] = frozenset()) -> Iterator[str]:
    """Yield the text that a digest is taken of: of a document without some of its fields, or of plain data."""
    if isinstance(data, BaseModel):
        yield from _model(data, _DIGEST, "", leave_out)
    else:
        yield from _plain(data, 4)


def compact(data: object) -> str:
    """Return the text of plain data that a digest is taken of, in one piece."""
    return _COMPACT(data)


def _model(value: object, form: _Form, pad: str, leave_out: frozenset[str]) -> Iterator[str]:
    """Take apart what holds many; anything else is one piece."""
    if isinstance(value, BaseModel) and getattr(value, "HOLDS_MANY", False):
        names = sorted(type(value).model_fields.keys() - leave_out)
        yield from _object({name: getattr(value, name) for name in names}, form, pad)
    elif type(value) is dict and value and all(isinstance(name, str) for name in value):
        yield from _object({name: value[name] for name in sorted(value)}, form, pad)
    elif type(value) in (tuple, list) and value:
        yield from _list(value, form, pad)  # type: ignore[arg-type] # it is one
    else:
        yield form.text(_jsonable(value), pad)


def _object(members: Mapping[str, object], form: _Form, pad: str) -> Iterator[str]:
    inner = pad + form.step
    lead = "{" + (form.newline + inner if form.newline else "")
    for name, value in members.items():
        yield f"{lead}{encode_basestring(name)}{form.colon}"
        yield from _model(value, form, inner, frozenset())
        lead = "," + (form.newline + inner if form.newline else "")
    yield (form.newline + pad if form.newline else "") + "}"


def _list(items: Sequence[object], form: _Form, pad: str) -> Iterator[str]:
    inner = pad + form.step
    lead = "[" + (form.newline + inner if form.newline else "")
    for item in items:
        yield lead
        yield from _model(item, form, inner, frozenset())
        lead = "," + (form.newline + inner if form.newline else "")
    yield (form.newline + pad if form.newline else "") + "]"


def _jsonable(value: object) -> Any:
    if value is None or type(value) in (str, int, bool):
        return value
    return value.model_dump(mode="json") if isinstance(value, BaseModel) else to_jsonable_python(value)


def _plain(data: Any, depth: int) -> Iterator[str]:
    """Take the outer levels of plain data apart, down to the first long list."""
    if depth and type(data) is dict and data and all(type(name) is str for name in data):
        lead = "{"
        for name in sorted(data):
            yield f"{lead}{encode_basestring(name)}:"
            yield from _plain(data[name], depth - 1)
            lead = ","
        yield "}"
    elif depth and type(data) is list and data:
        if len(data) > _MANY:
            yield from _many(data)
            return
        lead = "["
        for item in data:
            yield lead
            yield from _plain(item, depth - 1)
            lead = ","
        yield "]"
    else:
        yield _COMPACT(data)


def _many(data: list[Any]) -> Iterator[str]:
    """Yield a long list, some items at a time."""
    lead = "["
    for place in range(0, len(data), _MANY):
        yield lead + ",".join(map(_COMPACT, data[place : place + _MANY]))
        lead = ","
    yield "]"


_COMPACT: Final = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode
_WORDS: Final = MappingProxyType({None: "null", True: "true", False: "false"})


def _indented(value: Any, pad: str) -> str:
    """Return what `json.dumps` with an indent of two gives, which is written in Python there, and slow."""
    kind = type(value)
    if kind is str:
        return encode_basestring(value)
    if kind is dict and value and all(type(name) is str for name in value):
        inner = f"{pad}  "
        parts = [f"{encode_basestring(name)}: {_indented(value[name], inner)}" for name in sorted(value)]
        return f"{{\n{inner}" + f",\n{inner}".join(parts) + f"\n{pad}}}"
    if kind in (list, tuple) and value:
        inner = f"{pad}  "
        return f"[\n{inner}" + f",\n{inner}".join([_indented(item, inner) for item in value]) + f"\n{pad}]"
    return _other(value, pad)


def _other(value: Any, pad: str) -> str:
    """Return the text of what is no string and holds nothing, or holds it in a way that no document of ours does."""
    if value is None or type(value) is bool:
        return _WORDS[value]
    if type(value) is int:
        return str(value)
    text = json.dumps(value, sort_keys=True, indent=2, ensure_ascii=False, allow_nan=False)
    return text.replace("\n", f"\n{pad}")  # a line feed in a string is escaped


_FILE: Final = _Form(_indented, ": ", "\n", "  ")
_DIGEST: Final = _Form(lambda value, _pad: _COMPACT(value), ":", "", "")
