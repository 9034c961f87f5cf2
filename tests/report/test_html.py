"""The HTML page as text: what is in it, how large it is, and that no value of it is HTML."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from itertools import product
from typing import Any

import pytest

from proxbox_plan.model.plan import Action, Reason
from proxbox_plan.report.format import Format
from proxbox_plan.report.rendering import render
from tests.builders import change, changed, plan
from tests.cases import Cases
from tests.report.conftest import Stored
from tests.report.large import large_first_plan
from tests.report.subjects import VALUES, hostile, subjects

SUBJECTS = subjects()
ABOUT = tuple(SUBJECTS)
LARGEST = 5_000_000


class _Reader(HTMLParser):
    """Reads tags with their attributes' names, and what the elements hold that are not drawn."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, tuple[str, ...]]] = []
        self.held: dict[str, str] = {}
        self._within = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, tuple(name for name, _ in attrs)))
        known = dict(attrs)
        self._within = known.get("id") or tag
        if known.get("http-equiv") == "Content-Security-Policy":
            self.held["policy"] = known.get("content") or ""

    def handle_endtag(self, tag: str) -> None:  # noqa: ARG002  # its interface
        self._within = ""

    def handle_data(self, data: str) -> None:
        self.held[self._within] = self.held.get(self._within, "") + data


def _read(text: str) -> _Reader:
    reader = _Reader()
    reader.feed(text)
    reader.close()
    return reader


def _data(text: str) -> Any:
    return json.loads(_read(text).held["data"])


@pytest.mark.parametrize("about", ABOUT)
def test_what_is_on_the_page(about: str, stored: Stored) -> None:
    """Its data, with the texts in their places so that a person can read it."""
    data = _data(render(SUBJECTS[about], Format.HTML))
    strings, heads = data.pop("strings"), data.pop("heads")
    for tab in data["tabs"]:
        tab["rows"] = [_spoken(row, strings, heads) for row in tab["rows"]]
    assert _lines(data) == stored("json")


def _lines(data: Any) -> str:
    """Return JSON with a line for each row."""
    text = json.dumps(data, indent=1, ensure_ascii=False)
    return re.sub(r"\n {5,}|\n {4}(?=\])", "", text) + "\n"


def _spoken(row: list[Any], strings: list[str], heads: list[Any]) -> list[Any]:
    """Return a row with its texts, and each of its cells as `[name, note, values...]`."""
    texts = [strings[place] for place in row if isinstance(place, int)]
    places = iter(next((part for part in row if isinstance(part, list)), []))
    cells = []
    for place in places:
        name, note, sides = heads[place]
        cells.append([name, note, *(strings[next(places)] for _ in range(sides.bit_count()))])
    return [texts, cells]


def test_no_value_is_html() -> None:
    """The elements and attributes are those of a page with harmless values; every text is one harmless line."""
    with Cases() as case:
        for about, value in product(ABOUT, VALUES):
            with case(about, value):
                found = _read(render(hostile(value)[about], Format.HTML))
                assert found.tags == _read(render(hostile("value")[about], Format.HTML)).tags
                assert not set("<>&\u2028\u2029\n") & set(found.held["data"])
                data = json.loads(found.held["data"])
                assert all(text.isprintable() for text in (*data["strings"], *(name for name, _, _ in data["heads"])))
                assert found.held["verdict"].isprintable()


def test_the_page_asks_nobody() -> None:
    """No address in what it is made of, and a policy that forbids all but its own style and script."""
    text = render(SUBJECTS["plan"], Format.HTML)
    reader = _read(text)
    assert not re.search(r"https?:|//[a-z]|url\(|@import", reader.held["style"] + reader.held["script"])
    assert "unsafe" not in reader.held["policy"]
    assert reader.held["policy"].startswith("default-src 'none'; img-src data:; style-src 'sha256-")
    assert not [tag for tag, names in reader.tags if {"src", "onload", "onclick", "style"} & set(names)]


@pytest.mark.slow
def test_twenty_thousand_changes_fit_into_five_megabytes() -> None:
    """As the first plan of 5,000 guests has them: all different, with the fields that such objects have."""
    assert len(render(large_first_plan(), Format.HTML).encode()) < LARGEST


def test_a_long_value_is_cut_with_its_length() -> None:
    """A note of ten megabytes does not make a page of ten megabytes."""
    update = change(
        action=Action.UPDATE, reason=Reason.CHANGED, netbox_id=1, fields=(changed("comments", "", "x" * 10_000_000),)
    )
    text = render(plan(changes=(update,)), Format.HTML)
    assert len(text) < 100_000
    assert "(10000000 characters)" in text
