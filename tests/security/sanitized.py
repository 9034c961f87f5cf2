"""What a report may not do to whoever reads it."""

from __future__ import annotations

import json
import re
import unicodedata

from markdown_it import MarkdownIt
from markdown_it.token import Token

_CELL = re.compile(r"(?<!\\)\|")
_OUR_TAGS = frozenset({"<code>", "</code>", "<details>", "</details>", "<summary>", "</summary>"})
_MARKER = re.compile(r"<!-- proxbox-plan: [a-z]+( of [\w.,-]+)? -->")
_PARSER = MarkdownIt("commonmark").enable("table").enable("strikethrough")
_OUR_BLOCKS = frozenset(
    {
        "heading",
        "paragraph",
        "inline",
        "table",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
        "bullet_list",
        "list_item",
        "html_block",
        "blockquote",
    }
)
_OUR_INLINES = frozenset(
    {"text", "text_special", "code_inline", "html_inline", "softbreak", "strong_open", "strong_close"}
)


def check_text(text: str) -> None:
    """Every line is printable and of bounded length: nothing moves the cursor, hides or changes the direction."""
    for line in text.split("\n"):
        # Wide and unbreakable spaces are sanitized, though Python does not print them.
        assert "".join(c for c in line if unicodedata.category(c) != "Zs").isprintable(), repr(line[:300])
        assert len(line) < 4000, line[:300]


def check_markdown(text: str) -> None:
    """Tables keep their columns, and a parser finds nothing but what our templates write."""
    check_text(text)
    columns = 0
    for line in text.split("\n"):
        if line.startswith("|"):
            cells = len(_CELL.findall(line))
            assert cells == (columns or cells), line[:300]
            columns = cells
        else:
            columns = 0
    for token in _PARSER.parse(text):
        assert token.type.removesuffix("_open").removesuffix("_close") in _OUR_BLOCKS, (token.type, token.content[:300])
        for tag in re.findall(r"<[^>]*>?", token.content) if token.type == "html_block" else ():
            assert tag in _OUR_TAGS or _MARKER.fullmatch(tag), tag
        _check_inline(token)


def _check_inline(token: Token) -> None:
    for child in token.children or ():
        assert child.type in _OUR_INLINES, (child.type, token.content[:300])
        if child.type == "html_inline":
            assert child.content in {*_OUR_TAGS, "<!-- -->"}, child.content


def check_json(text: str) -> None:
    """One JSON document that every parser and every file can hold."""
    assert json.loads(text)
    assert text.encode("utf-8")
