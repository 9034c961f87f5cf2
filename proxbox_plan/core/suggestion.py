"""Suggestion: the known name that a mistyped one is probably meant to be."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection

_LONGEST = 60  # characters that are compared
_PART = re.compile(r"[-_./ ]")


def suggestion(name: str, known: Collection[str]) -> str:
    """Return `; did you mean 'x'?` for a similar known name, or one that has it as a word; else an empty string."""
    close = difflib.get_close_matches(name[:_LONGEST], list(known), n=1, cutoff=0.6)
    meant = close or [other for other in known if name and name in _PART.split(other)]
    return f"; did you mean '{meant[0]}'?" if meant else ""
