"""Escaping: text from outside as one printable line, before a terminal, a log or a CI runner gets it."""

from __future__ import annotations

import json
import re
import unicodedata

# Control, format (also right-to-left overrides), surrogate, private, unassigned, line and paragraph separators.
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_ONE_BYTE, _TWO_BYTES = 0xFF, 0xFFFF
# A CI runner obeys what a program prints: GitHub's takes `##[name]` anywhere, and `::name::` at the start of a line;
# that of Azure Pipelines takes `##vso[name]` anywhere, and TeamCity's `##teamcity[name]`.
_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:/-]{0,199}")
_COMMAND = re.compile(r"(?:(?<=##)|(?<=##vso)|(?<=##teamcity))\[|:(?=:[a-z-]+(?: |::))", re.IGNORECASE)
_NAMED = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}


def sanitized(text: str) -> str:
    """Return `text` on one line, with everything that could move a cursor, hide or command shown as an escape."""
    if "##" in text or "::" in text:
        text = _COMMAND.sub(lambda match: f"\\x{ord(match[0]):02x}", text)
    if text.isascii() and text.isprintable():
        return text
    return "".join(character if _is_seen(character) else _escaped(character) for character in text)


def sanitized_lines(text: str) -> str:
    """Return `text` with its line ends, and each line sanitized."""
    return "\n".join(sanitized(line) for line in text.split("\n"))


def for_terminal(text: str) -> str:
    """Return a document, or anything else that was rendered, as a terminal may get it.

    What moves, hides or turns text is spelled as JSON spells it: a document stays the same document. Escapes and line
    ends stay: those are ours, as JSON has none of them raw and every other format sanitizes what it shows.
    """
    if text.isascii() and "\x7f" not in text:
        return text
    return "".join(c if c < "\x7f" or _is_seen(c) else _spelled(c) for c in text)


def _spelled(character: str) -> str:
    return "\\u007f" if character == "\x7f" else json.dumps(character)[1:-1]


def _is_seen(character: str) -> bool:
    return unicodedata.category(character) not in _UNSEEN


def _escaped(character: str) -> str:
    if character in _NAMED:
        return _NAMED[character]
    code = ord(character)
    if code <= _ONE_BYTE:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= _TWO_BYTES else f"\\U{code:08x}"


def word_or(text: str, placeholder: str) -> str:
    """Return a text as one word of a command to paste; the placeholder when a shell or an option parser reads more.

    Texts of NetBox, Proxmox and documents were written by others: `$(...)` in a command would run.
    """
    return text if _WORD.fullmatch(text) else placeholder
