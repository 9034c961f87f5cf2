"""`docs/tutorial.md`: what examples/pull-request/rehearsal.py prints, as a page."""

from __future__ import annotations

import contextlib
import importlib.util
import io
import os
import re
import tempfile
import textwrap
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Final

from scripts import command

REHEARSAL: Final = Path(__file__).parents[2] / "examples" / "pull-request" / "rehearsal.py"
PAGE: Final = Path(__file__).parents[2] / "docs" / "tutorial.md"
WIDTH: Final = 110
PROSE: Final = 119

HEAD = """\
# Tutorial: a pull request for NetBox

Generated from a run of `examples/pull-request/rehearsal.py` by `./dev generate`; don't edit it.

`./dev rehearsal` plays it on your machine: a Git repository in a temporary folder, an embedded Proxmox cluster and an
embedded NetBox. It needs git and proxbox, and touches nothing real. How the same runs in a pipeline is in
[Pull requests](pull-requests.md).
"""

# What differs between two runs -> what stands on the page. A plan's id is a digest, and the plan names NetBox's port.
_STEADY: Final = (
    (r"(http&#58;|http:|https:)//127\.0\.0\.1:\d+", r"\1//127.0.0.1:8000"),
    (r"(    port:) \d+", r"\1 8006"),
    (r"^(Plan (?:<code>)?)[0-9a-f]{12}", r"\g<1>0123456789ab"),
    (r"[0-9a-f]{64}(?=  plan\.json)", "0123456789abcdef" * 4),
    # whether two collections began in one second
    (r"^ state\.json \| \d+ [+-]+$", " state.json | 10 +++++-----"),
    (r"\d insertions\(\+\), \d deletions\(-\)", "5 insertions(+), 5 deletions(-)"),
    (r"\d{4}-\d\d-\d\d([T ])\d\d:\d\d(:\d\d)?(\.\d+)?", r"2026-01-01\g<1>12:00"),
)


def page() -> str:
    """Return the page."""
    steps = re.split(r"^== ", steady(_played()), flags=re.MULTILINE)[1:]
    return "\n".join([HEAD, *(line for step in steps for line in _step(step))])


def steady(text: str) -> str:
    """Return what was printed without what differs between two runs."""
    for pattern, replacement in _STEADY:
        text = re.sub(pattern, replacement, text, flags=re.MULTILINE)
    return text


def _played() -> str:
    """Play the rehearsal, its commands in this process."""
    out = io.StringIO()
    with tempfile.TemporaryDirectory() as folder:
        command.install(Path(folder))
        with _path(folder), contextlib.redirect_stdout(out):
            _rehearsal().rehearse(command.said)
    return out.getvalue()


@contextlib.contextmanager
def _path(folder: str) -> Iterator[None]:
    before = os.environ["PATH"]
    os.environ["PATH"] = f"{folder}{os.pathsep}{before}"
    try:
        yield
    finally:
        os.environ["PATH"] = before


def _rehearsal() -> ModuleType:
    spec = importlib.util.spec_from_file_location("rehearsal", REHEARSAL)
    if spec is None or spec.loader is None:
        raise RuntimeError(f"{REHEARSAL} cannot be loaded")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _step(text: str) -> Iterator[str]:
    """Yield a heading, its explanation, and what was typed and seen as a block."""
    title, _, rest = text.partition("\n# ")
    explanation, _, seen = rest.partition("\n\n")
    yield f"## {title}\n\n{textwrap.fill(explanation, PROSE)}\n"
    lines = seen.strip("\n").splitlines()
    if lines:
        yield "```text"
        for line in lines:
            yield line if len(line) <= WIDTH or line.startswith("|") else f"{line[: WIDTH - 1]}…"
        yield "```\n"
