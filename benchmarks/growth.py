"""How planning grows: `proxbox plan` of files with nothing to do, for 1,000, 5,000 and 20,000 guests.

Each is a whole process, and nothing is subtracted: the start of Python and the reading of the files are in it.
Run it as `python -m benchmarks.growth [--first] [--record]`. Making the files of 20,000 guests takes some minutes by
itself, which is not measured. With `--first` NetBox is empty, and each plan creates everything.
"""

from __future__ import annotations

import sys

from benchmarks.planning import planned
from benchmarks.record import Result, show

GUESTS = (1_000, 5_000, 20_000)
FIRST = (1_000, 5_000)
COMMAND = "python -m benchmarks.growth"


def main(arguments: list[str]) -> int:
    """Measure every size, and compare each with the smallest."""
    first = "--first" in arguments
    found = {guests: planned(guests, first=first) for guests in (FIRST if first else GUESTS)}
    least = found[GUESTS[0]]
    rows = tuple(
        (
            guests,
            guests / GUESTS[0],
            one.objects,
            one.seconds,
            one.seconds / least.seconds,
            one.mebibytes,
            one.mebibytes / least.mebibytes,
        )
        for guests, one in found.items()
    )
    columns = ("guests", "times the guests", "objects", "plan, s", "times the time", "MiB", "times the memory")
    if first:
        goal = "5 times the guests: at most 5.5 times the time, 5 times the memory"
        result = Result("growth_first", "How a first plan grows", f"{COMMAND} --first", goal, columns, rows)
    else:
        goal = "20 times the guests: at most 22 times the time, 20 times the memory"
        result = Result("growth", "How planning grows", COMMAND, goal, columns, rows)
    show(result, arguments)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
