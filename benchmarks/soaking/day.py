"""One day of operation after the other: collect, plan, apply, drift, in this process, as a person would type them."""

from __future__ import annotations

import contextlib
import io
import os
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from unittest.mock import patch

from benchmarks.soaking.world import World
from proxbox_plan.cli.main import run
from proxbox_plan.documents import read_document
from proxbox_plan.model.drift import Drift
from proxbox_plan.model.plan import Plan

DONE, REFUSED = 0, 3


class SoakError(Exception):
    """A round did not end as it must: the round and seed are in the message."""


@dataclass
class Tally:
    """What happened so far."""

    rounds: int = 0
    happened: int = 0
    planned: int = 0
    drifted: int = 0
    codes: Counter[str] = field(default_factory=Counter)
    """Exit codes by command: `plan 3`."""


@dataclass
class Days:
    """The rounds of one soak in one folder."""

    folder: Path
    world: World
    seed: int
    tally: Tally = field(default_factory=Tally)
    _said: io.StringIO = field(default_factory=io.StringIO)
    """One for all commands: click keeps every stream that it was ever given."""

    def begin(self) -> None:
        """Write the configuration, and take the cluster into an empty NetBox."""
        (self.folder / "proxbox.yaml").write_text(self.world.config)
        self._settle([])

    def round(self) -> None:
        """Let things happen on both sides, and make NetBox true again."""
        happened = self.world.turn()
        self.tally.rounds += 1
        self.tally.happened += len(happened)
        self._settle(happened)

    def _settle(self, happened: list[str]) -> None:
        self._good(happened, "collect")
        self._good(happened, "drift", "--state", "state.json", "-o", "drift.json")
        self.tally.drifted += len(read_document(self.folder / "drift.json", Drift).items)
        plan = self._plan(happened, "plan.json")
        if plan.changes:
            self.tally.planned += len(plan.changes)
            self._good(happened, "apply", "plan.json", *(["--force-limit"] if plan.limits else []))
        again = self._plan(happened, "again.json")
        if again.changes:
            left = [f"{each.action.value} {each.address} ({each.reason.value})" for each in again.changes]
            raise self._wrong(happened, f"the second plan is not empty: {left}")

    def _plan(self, happened: list[str], file: str) -> Plan:
        """Plan; what a limit refuses is lifted, as a person does who has read the plan."""
        command = ("plan", "--state", "state.json", "-o", file)
        code, words = self._run(*command)
        if code == REFUSED:
            self._good(happened, *command, "--force-limit")
        elif code != DONE:
            raise self._wrong(happened, f"plan ended with {code}: {words}")
        return read_document(self.folder / file, Plan)

    def _good(self, happened: list[str], *arguments: str) -> None:
        code, words = self._run(*arguments)
        if code != DONE:
            raise self._wrong(happened, f"{' '.join(arguments)} ended with {code}: {words}")

    def _run(self, *arguments: str) -> tuple[int, str]:
        said = self._said
        said.seek(0)
        said.truncate()
        environ = {**os.environ, **self.world.environ}
        with contextlib.chdir(self.folder), patch.dict(os.environ, environ):  # noqa: SIM117 # one line each
            with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
                code = run(arguments)
        name = arguments[0] + (" --force-limit" if "--force-limit" in arguments else "")
        self.tally.codes[f"{name} {code}"] += 1
        return code, said.getvalue()

    def _wrong(self, happened: list[str], problem: str) -> SoakError:
        events = "\n".join(f"  {each}" for each in happened) or "  nothing"
        return SoakError(f"Seed {self.seed}, round {self.tally.rounds}: {problem}\nBefore it happened:\n{events}")
