"""The command `proxbox` of this repository: run in this process, or put where other programs find it."""

from __future__ import annotations

import contextlib
import io
import sys
from functools import partial
from itertools import count
from pathlib import Path
from unittest.mock import patch

from proxbox_plan.apply import apply
from proxbox_plan.apply.batches.adaptive_concurrency import AdaptiveConcurrency
from proxbox_plan.cli.main import run

ROOT = Path(__file__).parent.parent


def said(*arguments: str) -> str:
    """Run it in this process, which is much quicker than one for each, and return what it printed."""
    out, err = io.StringIO(), io.StringIO()
    with (
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
        patch.object(apply, "AdaptiveConcurrency", steady_concurrency),
    ):
        code = run(arguments)
    if code:
        raise RuntimeError(f"`proxbox {' '.join(arguments)}` ended with {code}: {err.getvalue()}")
    return out.getvalue()


def steady_concurrency(most_objects: int, _most_requests: int) -> AdaptiveConcurrency:
    """Return a concurrency that is the same on every machine: one request after the other, each of which takes as long.

    How many requests are sent depends on how long NetBox takes for them; a page cannot hold a number like that.
    """
    return AdaptiveConcurrency(most_objects, 1, clock=partial(next, count(0.0, 0.01)))


def install(folder: Path) -> None:
    """Put a `proxbox` into the folder that is the one of this repository, whichever is installed."""
    command = folder / "proxbox"
    lines = ("import sys", f"sys.path.insert(0, {str(ROOT)!r})", "from proxbox_plan.cli.main import main", "main()")
    command.write_text(f"#!{sys.executable}\n" + "\n".join(lines) + "\n", encoding="utf-8")
    command.chmod(0o755)
