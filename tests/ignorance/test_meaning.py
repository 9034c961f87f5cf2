"""The table of meanings covers every part of every answer, and holds nothing that is in none."""

from __future__ import annotations

from tests.ignorance.answers import endpoint_of
from tests.ignorance.content import parts_of
from tests.ignorance.estates import RECORDINGS, estate
from tests.ignorance.meaning import MEANINGS
from tests.ignorance.whole import is_good


def every_part() -> set[tuple[str, str]]:
    """Return endpoint and name of every part of every answer that is asked for."""
    found = set()
    for name in RECORDINGS:
        made = estate(name)
        for key in filter(made.answers.__contains__, made.asked):
            if is_good(made, key):
                found |= {(endpoint_of(key), part.name) for part in parts_of(made.answers[key].data)}
    return found


def test_every_part_has_a_meaning() -> None:
    """What is asked for anew needs a person to think about what its absence proves."""
    missing = {
        (endpoint, part) for endpoint, part in every_part() if not any(part in line for line in MEANINGS[endpoint])
    }
    assert sorted(missing) == []


def test_every_line_is_about_something() -> None:
    """A line that no part meets first is a mistake in its spelling, or in its place."""
    used = {
        next((endpoint, line.parts) for line in MEANINGS[endpoint] if part in line) for endpoint, part in every_part()
    }
    lines = {(endpoint, line.parts) for endpoint, lines in MEANINGS.items() for line in lines}
    assert sorted(lines - used) == []
