"""What a benchmark found: printed as a table, and kept with date and machine for docs/performance.md.

`--record` on a benchmark's command line writes `benchmarks/results/NAME.json`; `./dev generate` makes the page of them.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import platform
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

RESULTS = Path(__file__).parent / "results"
RECORD = "--record"
Cell = str | int | float


@dataclass(frozen=True)
class Result:
    """One table of numbers."""

    name: str  # of the module: `python -m benchmarks.NAME`
    title: str
    command: str
    goal: str  # what is to be reached, and how it is compared
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    date: str = ""
    machine: str = ""
    notes: tuple[str, ...] = ()  # shown under the table, a line each

    def table(self) -> str:
        """Return it as Markdown."""
        lines = [self.columns, ("---",) * len(self.columns), *self.rows]
        return "".join(f"| {' | '.join(_shown(cell) for cell in line)} |\n" for line in lines)


def show(result: Result, arguments: Sequence[str]) -> None:
    """Print the table, and keep it when that was asked for."""
    print(result.table(), *(f"* {note}" for note in result.notes), sep="\n")
    if RECORD in arguments:
        RESULTS.mkdir(exist_ok=True)
        kept = asdict(result) | {"date": dt.datetime.now(dt.UTC).date().isoformat(), "machine": machine()}
        text = json.dumps(kept, indent=2, ensure_ascii=False) + "\n"
        (RESULTS / f"{result.name}.json").write_text(text, encoding="utf-8")


def read_results() -> list[Result]:
    """Return what was kept, by name."""
    return [_read(path) for path in sorted(RESULTS.glob("*.json"))]


def _read(path: Path) -> Result:
    data = json.loads(path.read_text(encoding="utf-8"))
    lists = {name: tuple(data[name]) for name in ("columns", "notes") if name in data}
    return Result(**data | lists | {"rows": tuple(tuple(row) for row in data["rows"])})


def machine() -> str:
    """Return what it ran on: cores, processor, memory, Python."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{cores()} cores of {_processor()}, {memory:.0f} GiB, Python {platform.python_version()}"


def cores() -> int:
    """Return how many processors there are for it."""
    return len(os.sched_getaffinity(0))


def _processor() -> str:
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return platform.machine()
    names = [line.partition(":")[2].strip() for line in text.splitlines() if line.startswith("model name")]
    return names[0] if names else platform.machine()


def _shown(cell: Cell) -> str:
    if isinstance(cell, float):
        return f"{cell:,.2f}" if cell < 100 else f"{cell:,.0f}"  # noqa: PLR2004 # enough digits to compare
    return f"{cell:,}" if isinstance(cell, int) else cell
