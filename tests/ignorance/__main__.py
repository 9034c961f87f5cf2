"""Try every case, or with `--sample` those of every run, and say what breaks the law.

`--write` takes what no longer happens off the list; it refuses to make the list longer unless `--accept` is given.
"""

from __future__ import annotations

import argparse
import sys
import time
from concurrent.futures import ProcessPoolExecutor

from tests.ignorance.case import Sort
from tests.ignorance.cases import SORTS, cases_of
from tests.ignorance.estates import RECORDINGS, estate
from tests.ignorance.known import compare, known, write
from tests.ignorance.trial import Findings, attempt

WIDTH = 56


def main() -> int:
    """Run; 1 when the list and what happens differ."""
    parser = argparse.ArgumentParser(prog="python -m tests.ignorance", description=__doc__)
    parser.add_argument("--sample", action="store_true", help="only the cases of every run")
    parser.add_argument("--write", action="store_true", help="write the list")
    parser.add_argument("--accept", action="store_true", help="also what is new")
    parser.add_argument("--sort", choices=[str(sort) for sort in SORTS], action="append")
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()
    everything = not options.sample
    sorts = [sort for sort in SORTS if not options.sort or sort in options.sort]
    findings, seconds = _run(sorts, everything=everything, workers=options.workers)
    _show(findings, seconds)
    before = known(everything=everything)
    listed = {group: changes for group, changes in before.items() if group[1] in sorts}
    lines = compare(findings, listed)
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    grows = any(line.startswith("NEW") for line in lines)
    if options.write and (options.accept or not grows):
        kept = {group: changes for group, changes in before.items() if group not in listed}
        write({**kept, **findings.violations}, everything=everything)
        return 0
    return bool(lines)


def _run(sorts: list[Sort], *, everything: bool, workers: int) -> tuple[Findings, float]:
    findings, seconds = Findings(), 0.0
    with ProcessPoolExecutor(workers) as pool:
        jobs = [pool.submit(_part, name, sort, everything) for sort in sorts for name in reversed(RECORDINGS)]
        for job in jobs:
            found, took = job.result()
            findings.merge(found)
            seconds += took
    return findings, seconds


def _part(name: str, sort: Sort, everything: bool) -> tuple[Findings, float]:  # noqa: FBT001 # handed to a process
    start = time.process_time()
    return attempt(cases_of(name, sort, everything=everything)), time.process_time() - start


def _show(findings: Findings, seconds: float) -> None:
    """Print how much was tried, and how many cases break the law where."""
    out = sys.stdout.write
    out(f"{'':{WIDTH}} {'answers':>8}" + "".join(f" {sort!s:>8}" for sort in SORTS) + "\n")
    for name in RECORDINGS:
        tried = "".join(f" {findings.tried[name, sort]:8}" for sort in SORTS)
        out(f"{name:{WIDTH}} {len(estate(name).asked):8}{tried}\n")
    total = sum(findings.tried.values())
    out(f"{total} cases, {findings.refused} refused, {seconds:.0f} s of CPU. Cases that break the law:\n")
    for endpoint in sorted({place for (place, sort), count in findings.broken.items() if count and sort != Sort.PAIR}):
        counts = "".join(f" {findings.broken[endpoint, sort] or '':>8}" for sort in SORTS)
        out(f"{endpoint:{WIDTH}} {'':8}{counts}\n")
    pairs = sum(count for (_, sort), count in findings.broken.items() if sort == Sort.PAIR)
    out(f"{'two at once':{WIDTH}} {'':8}{'':{9 * (len(SORTS) - 1)}} {pairs:8}\n\n")


if __name__ == "__main__":
    raise SystemExit(main())
