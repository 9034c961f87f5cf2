"""The page `docs/absences.md`: what it means when part of an answer of Proxmox is missing, and why."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from scripts.pages.tables import table
from tests.ignorance.meaning import MEANINGS, Line

PAGE: Final = Path(__file__).parents[2] / "docs" / "absences.md"
_HEAD: Final = """<!-- Written by `./dev generate` from tests/ignorance/meaning.py; don't edit it. -->

# What an absence means

Ignorance changes nothing: what was not read stays as it is. An answer that arrives can still lack something, and what
that proves depends on the endpoint. This table says it for each of them, with the reason from Proxmox's own code.

* **Knowledge**: Proxmox omits it when, and only when, it is not there. What was there is gone.
* **Unknown**: it is always there, or it is omitted for other reasons too. What was there may be there still.

`no rows` is an empty list, `row qemu` a missing row of that type, `field *.id` a missing field of any row, `option` one
of the parts of a line. The first line of an endpoint that matches decides. A list is knowledge only where the token
provably sees all of it, and where no other answer contradicts it: [coverage](mapping.md), [safety](safety.md).

`tests/ignorance/` takes each of these parts away from recorded clusters, against a NetBox that agrees with them: what
is unknown must not change a plan.
"""


def page() -> str:
    """Return the whole page."""
    lines = table(("Endpoint", "Missing", "Means", "Why"), (row for path in MEANINGS for row in _rows(path)))
    return "\n".join((_HEAD, *lines)).rstrip("\n") + "\n"


def _rows(path: str) -> Iterator[tuple[str, ...]]:
    """Yield one row per meaning; the endpoint stands in the first."""
    endpoint = f"`{path}`"
    for line in MEANINGS[path]:
        yield endpoint, _parts(line), line.means.value, line.why
        endpoint = ""


def _parts(line: Line) -> str:
    return "anything else" if line.parts == ("*",) else ", ".join(f"`{part}`" for part in line.parts)
