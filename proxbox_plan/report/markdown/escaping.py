"""Values inside Markdown: nothing in them may become a link, a mention, a table cell, a tag or a heading."""

from __future__ import annotations

import re

from proxbox_plan.core.escaping import sanitized

_MARKDOWN = re.compile(r"[\\`*_{}\[\]#!|~$@]")
_TAGS = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})
# GitHub makes links of bare addresses; an entity inside them stops it.
_LINKS = re.compile(r"(https?|ftp)(:)|(www)(\.)|(mailto|xmpp)(:)", re.IGNORECASE)
# What makes a list or a heading at the start of a line, and nothing elsewhere.
_START = re.compile(r"^([-+=]|\d+[.)])")
# What GitHub and GitLab look for in the page that Markdown became, where no escape is left: mentions, issues, labels,
# snippets, commits. They look at one text at a time, and a comment ends it.
_ENDED = "<!-- -->"
_REFERENCE = re.compile(
    r"(?<!&)[@#!~%$](?=\w|\"|&quot;)|&amp;(?=\w)|\bGH-(?=\d)|[0-9a-f]{6}(?=[0-9a-f]+\b)", re.IGNORECASE
)
# A mail address is looked for inside of `<code>`, too.
_MAIL = re.compile(r"(?<=[\w.+-])\\@(?=\w)")


def escaped(text: str) -> str:
    """Return `text` as Markdown that shows exactly it, wherever it stands."""
    return _START.sub(lambda match: f"&#{ord(match[0][0])};{match[0][1:]}", unreferenced(_inline(text)))


def unreferenced(text: str) -> str:
    """Return escaped text in which a page finds no mention and no reference."""
    return _REFERENCE.sub(lambda match: f"{match[0]}{_ENDED}", text)


def _inline(text: str) -> str:
    one_line = _MARKDOWN.sub(lambda match: f"\\{match[0]}", sanitized(text)).translate(_TAGS)
    return _LINKS.sub(_unlinked, one_line)


def _unlinked(match: re.Match[str]) -> str:
    return f"{match[0][:-1]}&#{ord(match[0][-1])};"


def code(text: str) -> str:
    """Return `text` as code: inside it, GitHub and GitLab look for no mentions, issues or commits either."""
    return f"<code>{_MAIL.sub(lambda match: f'{match[0]}{_ENDED}', _inline(text))}</code>"
