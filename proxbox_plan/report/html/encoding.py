"""A page as HTML: its data as compact JSON inside, its style and script allowed by their hashes and nothing else."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import Any, Generic, TypeVar

from markupsafe import Markup

from proxbox_plan.report.html.model import Page, PageRow
from proxbox_plan.report.templates import render_template

T = TypeVar("T")

_POLICY = (
    "default-src 'none'; img-src data:; style-src '{style}'; script-src '{script}'; base-uri 'none'; form-action 'none'"
)
# Inside a script element these could end it, begin a comment, or be no line of JavaScript.
_UNSAFE = str.maketrans({character: f"\\u{ord(character):04x}" for character in "<>&\u2028\u2029"})
_BEFORE, _AFTER = 1, 2
_SCRIPTS = ("rows.js", "drawing.js", "moving.js")


class _Places(Generic[T]):
    """Every value once, by its place in a list."""

    def __init__(self, *first: T) -> None:
        self._places = {value: place for place, value in enumerate(first)}

    def place(self, value: T) -> int:
        """Return where the value is, and put it there if it is new."""
        return self._places.setdefault(value, len(self._places))

    def all(self) -> list[T]:
        """Return the values in their places."""
        return list(self._places)


@dataclass(slots=True)
class _Tables:
    """What rows only point to: texts, and of each sort of cell its name, its note and which sides it has."""

    strings: _Places[str]
    heads: _Places[tuple[str, str, int]]


def page_html(page: Page) -> str:
    """Return the page as one HTML file."""
    style, script = _part("page.css"), "\n".join(map(_part, _SCRIPTS))
    return render_template(
        "html/page.html.j2",
        policy=_POLICY.format(style=_hash(style), script=_hash(script)),
        title=page.title,
        mood=page.mood,
        verdict=page.verdict,
        style=Markup(style),  # noqa: S704 # our own, and its hash is that of the page
        script=Markup(script),  # noqa: S704 # our own
        data=Markup(_data(page)),  # noqa: S704 # JSON without a character that HTML knows
        chart=Markup(page.chart),  # noqa: S704 # a template made it
    )


@cache
def _part(name: str) -> str:
    return files("proxbox_plan.report.html").joinpath(name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    return f"sha256-{b64encode(sha256(text.encode()).digest()).decode()}"


def _data(page: Page) -> str:
    tables = _Tables(_Places(""), _Places())
    tabs = [
        {
            "id": tab.id,
            "title": tab.title,
            "columns": tab.columns,
            "whys": tab.whys,
            "placed": tab.placed,
            "rows": [_row(row, tables) for row in tab.rows],
        }
        for tab in page.tabs
    ]
    data: dict[str, Any] = {
        "facts": page.facts,
        "alerts": page.alerts,
        "moods": page.moods,
        "tabs": tabs,
        "heads": tables.heads.all(),
        "strings": tables.strings.all(),
    }
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return text.translate(_UNSAFE)


def _row(row: PageRow, tables: _Tables) -> list[Any]:
    """Return a row as places of its texts; without the empty ones at its end."""
    texts = (row.status, row.kind, row.name, row.cluster, row.why, row.address, row.text, row.hint, row.ids)
    places: list[Any] = [tables.strings.place(text) for text in texts]
    if row.parts or row.own is not None:
        return [*places, [], [-1 if row.own is None else row.own, *row.parts]]
    if row.cells:
        return [*places, list(_cells(row, tables))]
    while places and places[-1] == 0:
        places.pop()
    return places


def _cells(row: PageRow, tables: _Tables) -> Iterator[int]:
    """Yield for each cell the place of its head, then those of the sides it has."""
    for cell in row.cells:
        sides = (_BEFORE if cell.before else 0) | (_AFTER if cell.after else 0)
        yield tables.heads.place((cell.name, cell.note, sides))
        yield from (tables.strings.place(text) for text in (cell.before, cell.after) if text)
