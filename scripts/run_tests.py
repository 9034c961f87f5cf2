"""Run the tests: those that need nothing, and beside them those that need a real NetBox, one after the other.

A test with a real NetBox waits most of its time. What these print follows once the others have ended.
Run it as `./dev test`; every argument goes to pytest. The exit code is 0 when everything passed.
"""

from __future__ import annotations

import argparse
import ast
import os
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ET  # we read what pytest has just written
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path

from scripts.real_netbox import NoNetBoxError, real_netbox

REQUIRED = "PROXBOX_REQUIRE_NETBOX"
NO_TESTS = 5  # pytest: nothing was selected
MOST_WORKERS = 8
NETBOX = "with a real NetBox"
GIVES_WAY = ("nice", "-n", "5")  # to those with a real NetBox, which take the longest


@dataclass(frozen=True)
class Part:
    """What became of one part of the tests."""

    title: str
    code: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0
    note: str = ""

    def line(self) -> str:
        """Return `3 failed, 120 passed in 4.5 s`, and why something was skipped."""
        return f"{self.title:<20}{self.outcome()}{f': {self.note}' if self.note else f' in {self.seconds:.1f} s'}"

    def outcome(self) -> str:
        """Return the counts in words, as pytest puts them."""
        words = ("failed", "passed", "skipped", "errors")
        return ", ".join(f"{self.counts[word]} {word}" for word in words if self.counts[word]) or "no tests"


def main(arguments: Sequence[str]) -> int:
    """Run both parts, show one summary, and return the exit code."""
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    parser.add_argument("-m", dest="marks", default="")
    chosen, rest = parser.parse_known_args(arguments)
    marks = f"({chosen.marks}) and " if chosen.marks else ""
    without = ["-m", f"{marks}not netbox", *rest]
    with_netbox = ["-m", f"{marks}netbox", *rest]
    if {"--pdb", "--trace", "-s", "--capture=no"} & set(rest):  # a terminal is for one of them
        return _summary([_pytest("without NetBox", *without), _with_netbox(with_netbox)])
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(1) as pool:
        output = Path(folder) / "output.txt"
        beside = pool.submit(_with_netbox, with_netbox, output)
        quick = _pytest("without NetBox", *_side_by_side(), *without, first=GIVES_WAY)
        return _summary([quick, _followed(beside, output)])


def _followed(beside: Future[Part], output: Path) -> Part:
    """Print what the tests beside have said, and go on until they have ended."""
    output.touch()
    with output.open(encoding="utf-8", errors="replace") as said:
        while not beside.done():
            print(said.read(), end="", flush=True)
            wait([beside], timeout=1)
        print(said.read(), end="", flush=True)
    return beside.result()


def _side_by_side() -> tuple[str, ...]:
    """Return as many processes as there are processors: each collects all tests, and none idles while there are any."""
    return "-n", str(min(MOST_WORKERS, os.cpu_count() or 1)), "--dist", "worksteal"


def _with_netbox(arguments: list[str], output: Path | None = None) -> Part:
    """Run what needs a real NetBox, and only then bring one up; skip it where it cannot run."""
    count = _count(arguments) if may_match(arguments[1]) else 0
    if not count:
        return Part(NETBOX, NO_TESTS)
    plain = [argument for argument in arguments if not argument.startswith("--cov")]  # measured without NetBox
    try:
        with real_netbox() as environ:
            return _pytest(NETBOX, *plain, environ=environ, output=output)
    except NoNetBoxError as error:
        required = os.environ.get(REQUIRED) == "1"
        what = Counter({"errors" if required else "skipped": count})
        return Part(NETBOX, int(required), what, note=str(error))


def may_match(marks: str) -> bool:
    """Whether a test can have marks like these: that is known without collecting all tests."""
    try:
        tree = ast.parse(marks, mode="eval").body
        names = sorted({node.id for node in ast.walk(tree) if isinstance(node, ast.Name)})
        every = [dict(zip(names, given, strict=True)) for given in product((False, True), repeat=len(names))]
        return any(_matches(tree, {**given, "netbox": True}) for given in every)
    except (SyntaxError, TypeError):  # pytest says what is wrong with it, or knows more than we do
        return True


def _matches(node: ast.expr, marks: dict[str, bool]) -> bool:
    match node:
        case ast.Name(name):
            return marks[name]
        case ast.UnaryOp(ast.Not(), operand):
            return not _matches(operand, marks)
        case ast.BoolOp(ast.And(), values):
            return all(_matches(value, marks) for value in values)
        case ast.BoolOp(ast.Or(), values):
            return any(_matches(value, marks) for value in values)
        case _:
            raise TypeError(node)


def _count(arguments: list[str]) -> int:
    command = [sys.executable, "-m", "pytest", "--collect-only", "-qq", "--no-cov", *arguments]
    listed = subprocess.run(command, check=False, capture_output=True, text=True).stdout  # noqa: S603  # our own pytest
    counts = (line.rpartition(": ")[2] for line in listed.splitlines() if line.startswith("tests"))
    return sum(int(count) for count in counts if count.isdecimal())


def _pytest(
    title: str,
    *arguments: str,
    first: Sequence[str] = (),
    environ: dict[str, str] | None = None,
    output: Path | None = None,
) -> Part:
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        command = [*first, sys.executable, "-m", "pytest", f"--junit-xml={report}", *arguments]
        with ExitStack() as stack:
            to = stack.enter_context(output.open("w", encoding="utf-8")) if output is not None else None
            code = subprocess.run(command, check=False, env=environ, stdout=to, stderr=to).returncode  # noqa: S603  # our own pytest
        if not report.exists():  # a wrong option, or --help
            return Part(title, code)
        suite = next(ET.parse(report).iter("testsuite"))  # noqa: S314  # not from outside
    counts = Counter({name: int(suite.attrib[name]) for name in ("failures", "errors", "skipped", "tests")})
    counts["failed"] = counts.pop("failures")
    counts["passed"] = counts.pop("tests") - counts["failed"] - counts["errors"] - counts["skipped"]
    return Part(title, code, counts, float(suite.attrib["time"]))


def _summary(parts: list[Part]) -> int:
    """Print each part and the sum, the last line as pytest writes it; return the exit code."""
    total = Part("", counts=sum((part.counts for part in parts), Counter()), seconds=sum(p.seconds for p in parts))
    print("\nSummary")
    for part in parts:
        print(f"  {part.line()}")
    print(f"=== {total.outcome()} in {total.seconds:.2f}s ===", flush=True)
    failed = [part.code for part in parts if part.code not in (0, NO_TESTS)]
    nothing = all(part.code == NO_TESTS for part in parts)
    return failed[0] if failed else NO_TESTS if nothing else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
