"""The table of guards in `docs/safety.md`: each real incident, what keeps us from it, and the tests that prove it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from scripts.guards.guard import Trap
from scripts.guards.traps import TRAPS
from scripts.pages.tables import table

PAGE: Final = Path(__file__).parents[2] / "docs" / "safety.md"
START: Final = "<!-- Written by `./dev generate` from scripts/guards/; don't edit it. -->"
END: Final = "<!-- The table ends here. -->"


def page() -> str:
    """Return docs/safety.md with the table as it should be."""
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(START)
    _, _, after = rest.partition(END)
    rows = (row for trap in TRAPS for row in _rows(trap))
    lines = "\n".join(table(("Incident", "Guard", "Tests that fail without it"), rows))
    return f"{before}{START}\n\n{lines}\n{END}{after}"


def _rows(trap: Trap) -> Iterator[tuple[str, ...]]:
    """Yield one row per guard; the incident stands in the first."""
    incident = f"{trap.number}. {trap.incident}"
    for guard in trap.guards:
        files = ", ".join(f"`{file}`" for file in guard.files())
        tests = ", ".join(f"`{test.partition('[')[0]}`" for test in guard.tests)
        yield incident, f"{guard.says} ({files})", tests
        incident = ""
