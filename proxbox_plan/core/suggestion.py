"""Suggestion: the known name that a mistyped one is probably meant to be."""

from __future__ import annotations

import difflib
from collections.abc import Collection

_LONGEST = 60  # characters that are compared


def suggestion(name: str, known: Collection[str]) -> str:
    """Return `; did you mean 'x'?` for a similar known name, else an empty string."""
    close = difflib.get_close_matches(name[:_LONGEST], list(known), n=1, cutoff=0.6)
    return f"; did you mean '{close[0]}'?" if close else ""
