"""Values from Proxmox and NetBox as one sanitized line: their content is untrusted."""

from __future__ import annotations

import json
from typing import Any

from proxbox_plan.core.escaping import sanitized

LONGEST = 72
LONGEST_NAME = 140
LONGEST_SENTENCE = 600

_WORDS: dict[Any, str] = {None: "(none)", "": '""', True: "yes", False: "no"}


def shown(value: Any, *, longest: int | None = LONGEST) -> str:
    """Return a field's value in one line: references by name, lists in brackets, long text cut with its length."""
    return _cut(_one_line(value), longest)


def named(name: str) -> str:
    """Return an object's name in one line: whatever it holds, and however long it is."""
    return _cut(sanitized(name), LONGEST_NAME)


def said(sentence: str) -> str:
    """Return a sentence that may quote anything."""
    return _cut(sanitized(sentence), LONGEST_SENTENCE)


def _one_line(value: Any) -> str:
    match value:
        case None | "" | True | False:
            return _WORDS[value]
        case {"kind": _, "name": name}:
            return sanitized(str(name))
        case list() | tuple():
            return "[" + ", ".join(map(_one_line, value)) + "]"
        case dict():
            return sanitized(json.dumps(value, sort_keys=True, ensure_ascii=False, default=str))
        case _:
            return sanitized(str(value))


def _cut(text: str, longest: int | None) -> str:
    if longest is None or len(text) <= longest:
        return text
    return f"{text[: longest - 1]}… ({len(text)} characters)"
