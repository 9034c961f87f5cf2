"""Values from Proxmox and NetBox as one harmless line: what they hold may have been written by anyone."""

from __future__ import annotations

import json
import re
import unicodedata
from typing import Any

LONGEST = 72
LONGEST_NAME = 140
LONGEST_SENTENCE = 600

# Control, format (also right-to-left overrides), surrogate, private, unassigned, line and paragraph separators.
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_ONE_BYTE, _TWO_BYTES = 0xFF, 0xFFFF
# A CI runner obeys what a program prints: GitHub's takes `##[name]` anywhere, and `::name::` at the start of a line.
_COMMAND = re.compile(r"(?<=##)\[|:(?=:[a-z-]+(?: |::))", re.IGNORECASE)
_NAMED = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}
_WORDS: dict[Any, str] = {None: "(none)", "": '""', True: "yes", False: "no"}


def harmless(text: str) -> str:
    """Return `text` on one line, with everything that could move a cursor, hide or command shown as an escape."""
    if "##[" in text or "::" in text:
        text = _COMMAND.sub(lambda match: f"\\x{ord(match[0]):02x}", text)
    if text.isascii() and text.isprintable():
        return text
    return "".join(character if _is_seen(character) else _escaped(character) for character in text)


def _is_seen(character: str) -> bool:
    return unicodedata.category(character) not in _UNSEEN


def _escaped(character: str) -> str:
    if character in _NAMED:
        return _NAMED[character]
    code = ord(character)
    if code <= _ONE_BYTE:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= _TWO_BYTES else f"\\U{code:08x}"


def shown(value: Any, *, longest: int | None = LONGEST) -> str:
    """Return a field's value for people: references by name, lists in brackets, long text cut with its length."""
    return _cut(_one_line(value), longest)


def named(name: str) -> str:
    """Return an object's name for people: whatever it holds, and however long it is."""
    return _cut(harmless(name), LONGEST_NAME)


def said(sentence: str) -> str:
    """Return a sentence that may quote anything."""
    return _cut(harmless(sentence), LONGEST_SENTENCE)


def _one_line(value: Any) -> str:
    match value:
        case None | "" | True | False:
            return _WORDS[value]
        case {"kind": _, "name": name}:
            return harmless(str(name))
        case list() | tuple():
            return "[" + ", ".join(map(_one_line, value)) + "]"
        case dict():
            return harmless(json.dumps(value, sort_keys=True, ensure_ascii=False, default=str))
        case _:
            return harmless(str(value))


def _cut(text: str, longest: int | None) -> str:
    if longest is None or len(text) <= longest:
        return text
    return f"{text[: longest - 1]}… ({len(text)} characters)"
