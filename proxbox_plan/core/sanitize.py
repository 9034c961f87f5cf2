"""Values from Proxmox made fit for NetBox: clean text, slugs, colors, lengths."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from html import unescape

_CONTROL = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]"
)
_NOT_SLUG = re.compile(r"[^a-z0-9_]+")
_BEGINNING = 4000  # characters of a note in which its first words are looked for
_TAG = re.compile(r"<(?:!--[^<>]*--|/?[A-Za-z][^<>]*)>|!\[[^\[\]]*\]\([^()]*\)")  # of HTML, or an image
_LINK = re.compile(r"\[([^\[\]]*)\]\([^()]*\)")
_MARKS = re.compile(r"^[\s#>*+-]+(?=\s)|[*_`]{2,}|`")  # of a heading, a quotation, a list; emphasis, code
_WORD = re.compile(r"\w")
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
    """Return the first line of a note that has words, without its HTML and Markdown: Proxmox shows notes as both."""
    plain = unescape(_TAG.sub(" ", note(text, _BEGINNING)))
    lines = (clean(_MARKS.sub("", _LINK.sub(r"\1", raw)), limit) for raw in plain.split("\n"))
    return next((line for line in lines if _WORD.search(line)), "")


@lru_cache(_KEPT)
def slug(text: str, limit: int = 100) -> str:
    """Return NetBox's slug of a name: ASCII, lower case, hyphens, underscores; `x` when nothing is left."""
    folded = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return _NOT_SLUG.sub("-", folded).strip("-")[:limit].strip("-") or "x"
