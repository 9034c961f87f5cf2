"""The first words of a note, whatever markup it is in."""

from __future__ import annotations

import pytest

from proxbox_plan.core.sanitize import first_line

NOTES = {
    "plain words": ("Web server\nof the shop", "Web server"),
    "HTML first": ("<div align='center'>\n  <img src='x.png'/>\n</div>\n\nWeb &amp; mail", "Web & mail"),
    "words inside HTML": ("<h2 align='center'>Docker LXC</h2>", "Docker LXC"),
    "a heading": ("# Web server\n\ntext", "Web server"),
    "a list": ("- first\n- second", "first"),
    "a rule of dashes": ("---\nafter it", "after it"),
    "emphasis and code": ("**Web** `server`", "Web server"),
    "an image and a link": ("![logo](l.png)\n[Docs](https://docs.example)", "Docs"),
    "a comment": ("<!-- made by a script -->\nWeb", "Web"),
    "no markup": ("load < 5 and > 2", "load < 5 and > 2"),
    "a version": ("v1.2_3 *beta*", "v1.2_3 *beta*"),
    "nothing": ("<br/>\n***\n", ""),
}


@pytest.mark.parametrize(("note", "line"), NOTES.values(), ids=NOTES)
def test_the_first_line_with_words(note: str, line: str) -> None:
    """Proxmox shows a note as HTML and Markdown; NetBox's description is one line of text."""
    assert first_line(note) == line
