"""Values inside Markdown: nothing in them may become a link, a mention, a table cell, a tag or a heading."""

from __future__ import annotations

import re

from proxbox_plan.core.escaping import sanitized

_MARKDOWN = re.compile(r"[\\`*_{}\[\]#!|~$@]")
_TAGS = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})
# GitHub makes links of bare addresses; an entity inside them stops it.
_LINKS = re.compile(r"(https?|ftp)(:)|(www)(\.)|(mailto|xmpp)(:)", re.IGNORECASE)
# What makes a list or a heading at the start of a line, and nothing elsewhere.
_START = re.compile(r"^([-+=]|\d+\.)")


def escaped(text: str) -> str:
    """Return `text` as Markdown that shows exactly it, wherever it stands."""
    return _START.sub(lambda match: f"&#{ord(match[0][0])};{match[0][1:]}", _inline(text))


def _inline(text: str) -> str:
    one_line = _MARKDOWN.sub(lambda match: f"\\{match[0]}", sanitized(text)).translate(_TAGS)
    return _LINKS.sub(_unlinked, one_line)


def _unlinked(match: re.Match[str]) -> str:
    return f"{match[0][:-1]}&#{ord(match[0][-1])};"


def code(text: str) -> str:
    """Return `text` as code: inside it, GitHub and GitLab look for no mentions, issues or commits either."""
    return f"<code>{_inline(text)}</code>"
