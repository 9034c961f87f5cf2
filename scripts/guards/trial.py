"""Trial: pytest on a copy of the repository, with a guard in place or without it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from importlib.util import cache_from_source
from pathlib import Path

from scripts.guards.guard import PACKAGE, Guard

ROOT = Path(__file__).parents[2]
_COPIED = (PACKAGE, "tests", "scripts", "schemas", "docs", "testbed")
_FILES = ("pyproject.toml", "README.md")
_OPTIONS = ("-q", "-rA", "--tb=no", "-p", "no:cacheprovider", "-m", "not netbox", "--color=no")
_BEING_WRITTEN = shutil.ignore_patterns("*.pyc.*")  # by tests that run beside
_NOT_OURS = ("PYTEST_", "PROXBOX_", "COV_")  # variables that are about the tests we may run in
_RESULT = re.compile(r"^(PASSED|FAILED|ERROR) (tests/\S+?::\w+(?:\[.*?\])?)(?: - .*)?$", re.MULTILINE)


class TrialError(Exception):
    """The tests could not even be run: the code is broken, not only without its guard."""


@contextmanager
def copy() -> Iterator[Path]:
    """Give a copy of the repository; compiled files go along, because compiling takes longer than testing."""
    with tempfile.TemporaryDirectory(prefix="guards-") as folder:
        root = Path(folder)
        for name in _COPIED:
            shutil.copytree(ROOT / name, root / name, ignore=_BEING_WRITTEN)
        for name in _FILES:
            shutil.copy2(ROOT / name, root / name)
        yield root


def without(root: Path, guard: Guard) -> None:
    """Take a guard out of a copy."""
    for edit in guard.edits:
        edit.apply(root)
        compiled = cache_from_source(str(root / PACKAGE / edit.file))
        Path(compiled).unlink(missing_ok=True)  # an edit within a second that keeps the size would go unnoticed


def failing(root: Path, tests: Iterable[str]) -> frozenset[str]:
    """Run tests in a copy and return those that failed; TrialError when one was not run."""
    wanted = tuple(dict.fromkeys(tests))
    environ = {name: value for name, value in os.environ.items() if not name.startswith(_NOT_OURS)}
    done = subprocess.run(  # noqa: S603 # pytest, with names from our own tables
        [sys.executable, "-m", "pytest", *_OPTIONS, *wanted],
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
        env={**environ, "PYTHONPATH": str(root)},
    )
    results = _RESULT.findall(done.stdout)
    lost = [test for test in wanted if not any(_is_of(name, test) for word, name in results if word != "ERROR")]
    if lost or any(word == "ERROR" for word, _ in results):
        raise TrialError(f"{', '.join(lost or wanted)} could not be run:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    return frozenset(test for test in wanted if any(w == "FAILED" and _is_of(name, test) for w, name in results))


def _is_of(name: str, test: str) -> bool:
    """Whether a result is of a test, or of one set of its parameters."""
    return name == test or name.startswith(f"{test}[")


def survivors(guard: Guard) -> tuple[str, ...]:
    """Return the tests that do not notice that the guard is gone."""
    with copy() as root:
        without(root, guard)
        failed = failing(root, guard.tests)
    return tuple(test for test in guard.tests if test not in failed)
