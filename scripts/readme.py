"""The generated parts of README.md: what `proxbox demo` prints, shortened, and the table of NetBox versions."""

from __future__ import annotations

import contextlib
import re
import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Final

from scripts import command
from scripts.pages import versions

README: Final = Path(__file__).parent.parent / "README.md"
START: Final = "<!-- Written by `./dev generate` from a run of `proxbox demo`; don't edit it. -->"
END: Final = "<!-- The run ends here. -->"
CUT: Final = "    […]"
WIDTH: Final = 110
LEFT_OUT: Final = ("State of Proxmox: ", "Unchanged: ", "Unsupported: ")


def page() -> str:
    """Return README.md with both parts as they should be."""
    before, _, rest = README.read_text(encoding="utf-8").partition(START)
    _, _, after = rest.partition(END)
    return versions.placed(f"{before}{START}\n```text\n{block(demo())}\n```\n{END}{after}")


def demo() -> str:
    """Run the demo and return what it prints; the seed is fixed, so that only the port differs between two runs."""
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        return command.said("demo", "--seed", "1")


def block(text: str) -> str:
    """Return the run without what differs between two runs, and shortened."""
    steps = re.split(r"\n(?=\d\. |Done\.)", text.strip())
    return "\n".join(line for step in steps for line in _step(_steady(step))).rstrip()


def _steady(text: str) -> str:
    """Put a fixed port and plan id: the id is a digest of the plan, and that names NetBox's address."""
    text = re.sub(r"127\.0\.0\.1:\d+", "127.0.0.1:8000", text)
    return re.sub(r"^Plan [0-9a-f]{12} ", "Plan 0123456789ab ", text, flags=re.MULTILINE)


def _step(text: str) -> Iterator[str]:
    lines = [line for line in text.rstrip().splitlines() if not line.startswith(LEFT_OUT)]
    shorten = _SHORTER.get(text[:2], iter)
    for line in shorten(lines):
        yield line if len(line) <= WIDTH else f"{line[: WIDTH - 1]}…"
    yield ""


def _from(start: str, lines: list[str]) -> Iterator[str]:
    """Leave out what stands between the command and a line that begins with `start`."""
    first = next(number for number, line in enumerate(lines) if line.startswith(start))
    yield from (*lines[:2], CUT, *lines[first:])


def _command(number: int, lines: list[str]) -> Iterator[str]:
    """Leave out everything before a command and between it and its last line."""
    commands = [line for line in lines if line.startswith("$ ")]
    yield from (lines[0], commands[number], CUT, lines[-1])


# The support objects of the first plan; the second collect, which says what the first one said.
_SHORTER: Final[dict[str, Callable[[list[str]], Iterator[str]]]] = {
    "2.": partial(_from, "Cluster demo"),
    "6.": partial(_command, 1),
}
