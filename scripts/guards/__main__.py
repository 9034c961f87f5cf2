"""Take out one guard after the other and show what became of its tests: `python -m scripts.guards [TRAP ...]`.

With PROXBOX_TEST_PART, a number, it is every third guard; CI counts commits, so three of its runs try all.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor

from scripts.guards.guard import Guard, RottenGuardError, Trap
from scripts.guards.traps import TRAPS
from scripts.guards.trial import TrialError, copy, failing, survivors
from scripts.parts import VARIABLE, part_of


def main(numbers: Collection[str]) -> int:
    """Return 1 when a test survives a guard's loss, or fails with all of them in place."""
    guards = [(trap, guard) for trap in TRAPS if not numbers or str(trap.number) in numbers for guard in trap.guards]
    if part := os.environ.get(VARIABLE):
        guards = part_of(guards, int(part))
    with copy() as root:
        unsound = failing(root, (test for _, guard in guards for test in guard.tests))
    for test in sorted(unsound):
        print(f"fails with all guards in place: {test}")
    with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:  # each trial is a process of its own
        trials = [(trap, guard, pool.submit(_trial, guard)) for trap, guard in guards]
        bad = [guard for trap, guard, trial in trials if not _show(trap, guard, trial.result())]
    print(f"{len(guards)} guards of {len({trap.number for trap, _ in guards})} traps, {len(bad)} not proven.")
    return 1 if bad or unsound else 0


def _trial(guard: Guard) -> tuple[str, ...] | str:
    """Return the tests that survive the guard's loss, or why that cannot be tried."""
    try:
        return survivors(guard)
    except (RottenGuardError, TrialError) as error:
        return f"BROKEN: {error}"


def _show(trap: Trap, guard: Guard, alive: tuple[str, ...] | str) -> bool:
    """Print one guard and its tests; return whether all of them failed."""
    print(f"{trap.number:>2}  {guard.says}  ({', '.join(guard.files())})", flush=True)
    if isinstance(alive, str):
        print(f"      {alive}", flush=True)
        return False
    for test in guard.tests:
        print(f"      {'SURVIVED' if test in alive else 'failed as it should'}: {test}", flush=True)
    return not alive


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
