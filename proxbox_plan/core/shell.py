"""Shell: a text from outside as one word of a command that a person pastes, on one line and without anything unseen."""

from __future__ import annotations

import re
import shlex
from typing import Final

from proxbox_plan.core.escaping import sanitized

_ESCAPES: Final = {"\\": "\\\\", "'": "\\'", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_PLAIN: Final = re.compile(r"[^#:]|#(?!#)|:(?!:)")
"""One character that tells no CI runner anything."""


def quoted(text: str) -> str:
    """Return a text as one word for `bash`, on one line.

    What is plain is quoted plainly. Control characters, what moves or hides text and what a CI runner takes for a
    command are spelled out in `$'...'`, byte by byte, so that no locale matters.
    """
    if sanitized(text) == text:
        return shlex.quote(text)
    return "$'" + "".join(map(_spelled, _pieces(text))) + "'"


def _pieces(text: str) -> list[str]:
    """Return the characters, and each run of `##` and `::` as one."""
    return re.findall(r"##+|::+|[\s\S]", text)


def _spelled(piece: str) -> str:
    if piece in _ESCAPES:
        return _ESCAPES[piece]
    if _PLAIN.fullmatch(piece) and sanitized(piece) == piece:
        return piece
    return "".join(f"\\x{byte:02x}" for byte in piece.encode("utf-8", "replace"))
