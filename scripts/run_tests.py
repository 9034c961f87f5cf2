"""Run the tests: those that need nothing side by side, then those that need a real NetBox one after the other.

Run it as `./dev test`; every argument goes to pytest. The exit code is 0 when everything passed.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ET  # we read what pytest has just written
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

TESTBED = Path(__file__).parent.parent / "testbed" / "netbox.py"
REQUIRED = "PROXBOX_REQUIRE_NETBOX"
URL, TOKEN = "PROXBOX_TEST_NETBOX_URL", "PROXBOX_TEST_NETBOX_TOKEN"
CANNOT_RUN = 3  # testbed/netbox.py: this machine can't have a NetBox
NO_TESTS = 5  # pytest: nothing was selected
MOST_WORKERS = "8"


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


class NoNetBoxError(Exception):
    """A NetBox can't run here; the text says why, in one line."""


def main(arguments: Sequence[str]) -> int:
    """Run both parts, show one summary, and return the exit code."""
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    parser.add_argument("-m", dest="marks", default="")
    chosen, rest = parser.parse_known_args(arguments)
    marks = f"({chosen.marks}) and " if chosen.marks else ""
    quick = _pytest("without NetBox", "-n", "auto", "--maxprocesses", MOST_WORKERS, "-m", f"{marks}not netbox", *rest)
    parts = [quick, _with_netbox(["-m", f"{marks}netbox", *rest])]
    return _summary(parts)


def _with_netbox(arguments: list[str]) -> Part:
    """Run what needs a real NetBox, and only then bring one up; skip it where there can't be one."""
    title = "with a real NetBox"
    count = _count(arguments)
    if not count:
        return Part(title, NO_TESTS)
    more = ["--cov-append"] if any(argument.startswith("--cov") for argument in arguments) else []
    try:
        with _netbox() as environ:
            return _pytest(title, *more, *arguments, environ=environ)
    except NoNetBoxError as error:
        required = os.environ.get(REQUIRED) == "1"
        what = Counter({"errors" if required else "skipped": count})
        return Part(title, int(required), what, note=str(error))


def _count(arguments: list[str]) -> int:
    command = [sys.executable, "-m", "pytest", "--collect-only", "-qq", "--no-cov", *arguments]
    listed = subprocess.run(command, check=False, capture_output=True, text=True).stdout  # noqa: S603  # our own pytest
    counts = (line.rpartition(": ")[2] for line in listed.splitlines() if line.startswith("tests"))
    return sum(int(count) for count in counts if count.isdecimal())


def _pytest(title: str, *arguments: str, environ: dict[str, str] | None = None) -> Part:
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        command = [sys.executable, "-m", "pytest", f"--junit-xml={report}", *arguments]
        code = subprocess.run(command, check=False, env=environ).returncode  # noqa: S603  # our own pytest
        if not report.exists():  # a wrong option, or --help
            return Part(title, code)
        suite = next(ET.parse(report).iter("testsuite"))  # noqa: S314  # not from outside
    counts = Counter({name: int(suite.attrib[name]) for name in ("failures", "errors", "skipped", "tests")})
    counts["failed"] = counts.pop("failures")
    counts["passed"] = counts.pop("tests") - counts["failed"] - counts["errors"] - counts["skipped"]
    return Part(title, code, counts, float(suite.attrib["time"]))


@contextmanager
def _netbox() -> Iterator[dict[str, str]]:
    """Give the environment of a running NetBox: the one the environment names, else the testbed's."""
    if os.environ.get(URL) and os.environ.get(TOKEN):
        yield dict(os.environ)
        return
    was_up = _is_up()
    found = _bring_up()
    try:
        yield {**os.environ, URL: found["url"], TOKEN: found["token_v2"]}
    finally:
        if not was_up:
            subprocess.run([sys.executable, TESTBED, "down"], check=False)  # noqa: S603  # our own script


def _is_up() -> bool:
    asked = subprocess.run([sys.executable, TESTBED, "status"], check=False, capture_output=True, text=True)  # noqa: S603  # our own script
    return asked.returncode == 0 and bool(json.loads(asked.stdout)["running"])


def _bring_up() -> dict[str, str]:
    print("\nBringing up a real NetBox ...", flush=True)
    command = [sys.executable, str(TESTBED), "up"]
    last = ""
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:  # noqa: S603  # our own script
        for line in process.stderr or ():
            print(line, end="", file=sys.stderr, flush=True)
            last = line.strip()
        out = process.stdout.read() if process.stdout else ""
    if process.returncode == CANNOT_RUN:
        raise NoNetBoxError(last)
    if process.returncode != 0:
        print(f"{TESTBED} ended with {process.returncode}", file=sys.stderr)
        sys.exit(1)
    found: dict[str, str] = json.loads(out)
    return found


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
