"""Names in Markdown that a page would read as a person, an issue or a mail address."""

from __future__ import annotations

import json
import re
from html import unescape

import pytest
from markdown_it import MarkdownIt

from proxbox_plan.report.format import Format
from proxbox_plan.report.markdown.blocks import Code
from proxbox_plan.report.markdown.escaping import code, escaped
from proxbox_plan.report.rendering import render
from proxbox_plan.report.templates import render_template
from tests.report.subjects import hostile

COMMIT = "0123456789abcdef0123456789abcdef01234567"
NAMES = ("@admin", "a @org/team", "#1", "org/repo#1", "GH-7", "!12", "~bug", '~"a label"', "%3", "$4", "&5", COMMIT)
_READ = re.compile(r'(?<!\w)[@!~%$&#][\w"]|\w#\d|GH-\d|[0-9a-f]{7}')


def texts(page: str) -> list[str]:
    """Return the texts of a page, as what looks for mentions in them finds them: what is code is not looked at."""
    outside = re.sub(r"<code>.*?</code>", "", page)
    return [unescape(text) for text in re.split(r"<[^>]*>", outside)]


@pytest.mark.parametrize("name", NAMES)
def test_words_mention_no_one(name: str) -> None:
    """Not by an escape: the page that Markdown becomes has none. The name is cut in two, which no one sees."""
    page = MarkdownIt("commonmark").render(f"| {escaped(name)}")
    assert not any(map(_READ.search, texts(page)))
    assert name in "".join(texts(page))


@pytest.mark.parametrize("name", NAMES)
def test_nor_on_the_line_of_a_summary(name: str) -> None:
    """It is HTML, and looked at all the same."""
    block = {"template": "rows", "folded": True, "title": (name, Code(name)), "intro": "", "rows": (), "left": 1}
    values = {"marker": "", "before": (), "title": "x", "where": "", "left": 0, "links": ()}
    page = render_template("markdown/comment.md.j2", blocks=[block], **values)
    assert not any(map(_READ.search, texts(page)))


def test_code_holds_no_mail_address() -> None:
    """GitHub makes links of those inside of `<code>`, too."""
    assert "ops@evil.example" not in unescape(code("ops@evil.example").replace("\\", ""))
    assert "user@pve" not in unescape(code("user@pve!token").replace("\\", ""))


def test_a_text_begins_no_list() -> None:
    """Whichever way a number is written in front of it."""
    for text in ("1. item", "1) item", "- item", "+ item"):
        assert "<li>" not in MarkdownIt("commonmark").render(escaped(text))


def test_a_rule_of_a_lint_report_is_no_link_in_sarif() -> None:
    """Its title and help are in the document, which anyone may have edited."""
    sarif = json.loads(render(hostile("[click](https://evil.example.com)")["lint"], Format.SARIF))
    rules = sarif["runs"][0]["tool"]["driver"]["rules"]
    assert not any(
        "](" in rule[name]["text"] for rule in rules for name in ("shortDescription", "fullDescription", "help")
    )
