"""Values from Proxmox made fit for NetBox: clean text, slugs, colors, lengths."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_CONTROL = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]"
)
_NOT_SLUG = re.compile(r"[^a-z0-9]+")
_KEPT = 4096  # results kept: names of types, tags and VLAN groups come with every guest


@lru_cache(_KEPT)
def clean(text: str | None, limit: int) -> str:
    """Return one line of at most `limit` characters: no control characters, no white space at the ends."""
    line = " ".join(_CONTROL.sub("", text or "").split())
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


def note(text: str | None, limit: int = 100_000) -> str:
    """Return a note of several lines as NetBox stores it: line feeds only, trimmed, without control characters."""
    lines = _CONTROL.sub("", (text or "").replace("\r\n", "\n").replace("\r", "\n")).strip()
    return lines if len(lines) <= limit else lines[: limit - 1].rstrip() + "…"


def first_line(text: str | None, limit: int = 200) -> str:
    """Return the first line of a note that says something."""
    return next((line for line in (clean(raw, limit) for raw in note(text).split("\n")) if line), "")


@lru_cache(_KEPT)
def slug(text: str, limit: int = 100) -> str:
    """Return NetBox's slug of a name: ASCII, lower case, hyphens; `x` when nothing is left."""
    folded = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return _NOT_SLUG.sub("-", folded).strip("-")[:limit].strip("-") or "x"
