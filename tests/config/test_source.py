"""YAML text to values, with the line and column of everything."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxbox_plan.config import source as module
from proxbox_plan.config.diagnostic import FilePosition
from proxbox_plan.config.source import MOST_CHARACTERS, parse


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a: no", {"a": "no"}),
        ("a: on", {"a": "on"}),
        ("a: 12:30", {"a": "12:30"}),
        ("a: 2026-01-02", {"a": "2026-01-02"}),
        ("a: true", {"a": True}),
        ("a: ~", {"a": None}),
        ("a:", {"a": None}),
        ("a: -12", {"a": -12}),
        ("a: 1.5", {"a": 1.5}),
        ("a: 1e3", {"a": 1000.0}),
        ("a: '12'", {"a": "12"}),
        ("a: 0x10", {"a": "0x10"}),
        ("a: .nan", {"a": ".nan"}),
        ("a: [1, x, {b: c}]", {"a": [1, "x", {"b": "c"}]}),
        ("a: |\n  two\n  lines\n", {"a": "two\nlines\n"}),
        ("", None),
        ("# nothing", None),
    ],
)
def test_plain_values(text: str, value: Any) -> None:
    """As in YAML 1.2: a country code `no` is text, and no text becomes a date."""
    source = parse(text, "file")
    assert not source.diagnostics
    assert source.data == value


def test_keys_and_values_know_where_they_stand() -> None:
    """Lines and columns count from one."""
    source = parse("a:\n  - b: 1\n    c: two\n", "file")
    assert source.place(("a", 0, "c")) == FilePosition(3, 8)
    assert source.place(("a", 0, "c"), key=True) == FilePosition(3, 5)


def test_what_is_not_there_stands_where_it_would_be() -> None:
    """A missing key is complained about at the mapping it should be in."""
    assert parse("a:\n  - b: 1\n", "file").place(("a", 0, "missing", "deeper")) == FilePosition(2, 5)


def test_aliases_and_merge_keys_work() -> None:
    """A mapping's own keys win over merged ones, and the first merged one over the next."""
    text = "x: &x {a: 1, b: 1}\ny: &y {b: 2, c: 2}\nz: {<<: [*x, *y], a: 0}\nw: {<<: *y}\nv: *x\n"
    data = parse(text, "file").data
    assert data["z"] == {"a": 0, "b": 1, "c": 2}
    assert data["w"] == {"b": 2, "c": 2}
    assert data["v"] == {"a": 1, "b": 1}


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        ("a: 1\nb: 2\na: 3", FilePosition(3, 1), "duplicate key 'a'"),
        ("a: [1, 2", FilePosition(1, 9), "the '[' of line 1 is not closed, or a comma is missing"),
        ("a: {b: 1\nc: 2", FilePosition(2, 2), "the '{' of line 1 is not closed, or a comma is missing"),
        ("a:\n  b: 'c\nd: 1", FilePosition(3, 5), "the quotation mark of line 2 is not closed"),
        ("a: b: c", FilePosition(1, 5), "a key where none can be"),
        ("a: 1\n\tb: 2", FilePosition(2, 1), "a tab, where YAML takes only spaces"),
        ("a:\n    b: 1\n  c: 2", FilePosition(3, 3), "the indentation fits no line above"),
        ("a: 1\nb\nc: 2", FilePosition(3, 1), "the colon is missing"),
        ('a: "\\d"', FilePosition(1, 6), "use single quotes"),
        ("a: \x07", FilePosition(1, 4), "a character that YAML does not allow"),
        ("a: *missing", FilePosition(1, 4), "undefined alias"),
        ("1: a", FilePosition(1, 1), "a key must be text"),
        ("? [a]\n: b", FilePosition(1, 3), "a key must be text"),
        ("a: !!python/object:os.system x", FilePosition(1, 4), "is not supported"),
        ("a: !!int x", FilePosition(1, 4), "does not match its tag int"),
        ("a: {<<: 1}", FilePosition(1, 9), "only a mapping can be merged"),
        ("a: 1\n---\nb: 2", FilePosition(2, 1), "expected a single document"),
    ],
)
def test_what_is_wrong_is_said_where_it_is(text: str, place: FilePosition, words: str) -> None:
    """One diagnostic, at the right place."""
    (diagnostic,) = parse(text, "file").diagnostics
    assert diagnostic.place == place
    assert words in diagnostic.message


TOO_MUCH = "holds too many or too deeply nested values"


@pytest.mark.covering
@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            "a: &a [x, x, x, x, x, x, x, x, x]\n"
            + "".join(f"{b}: &{b} [{', '.join([f'*{a}'] * 9)}]\n" for a, b in zip("abcdefgh", "bcdefghi", strict=True)),
            TOO_MUCH,
        ),
        ("a: &a [*a]", TOO_MUCH),
        ("a: &a {<<: *a}", "cannot be merged with itself"),
        ("a: &a {b: {<<: *a}}", "cannot be merged with itself"),
        ("[" * 50 + "]" * 50, TOO_MUCH),
        ("[" * 20_000, TOO_MUCH),
        ("{a: " * 20_000, TOO_MUCH),
        ("? " * 20_000, TOO_MUCH),
        ("a0: &a0 {x: 1}\n" + "".join(f"a{i}: &a{i} {{<<: *a{i - 1}}}\n" for i in range(1, 60)), TOO_MUCH),
    ],
    ids=[
        "a billion laughs",
        "itself",
        "merged with itself",
        "merged with what it is in",
        "deep",
        "very deep",
        "deep mappings",
        "deep keys",
        "merges of merges",
    ],
)
def test_bombs_are_refused(text: str, words: str) -> None:
    """A small file never becomes a large value."""
    (diagnostic,) = parse(text, "file").diagnostics
    assert words in diagnostic.message


def test_large_files_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Before they are parsed, or where they begin to hold too much."""
    assert parse("#" * (MOST_CHARACTERS + 1), "file").diagnostics
    monkeypatch.setattr(module, "MOST_VALUES", 1000)
    (diagnostic,) = parse("a: [" + "1," * 998 + "\nx, y]", "file").diagnostics
    assert (diagnostic.place, TOO_MUCH in diagnostic.message) == (FilePosition(2, 1), True)


@given(st.text(alphabet=st.sampled_from(list("ab:-[]{}&*!<>|'\"#%@ \n\t1.~?,")), max_size=60))
def test_any_text_gives_values_or_complaints(text: str) -> None:
    """No YAML makes the reader crash."""
    source = parse(text, "file")
    assert source.diagnostics or source.data is None or isinstance(source.data, (dict, list, str, int, float))
