"""Changes that wait for each other: a plan has none, so that an apply that meets them has a bug."""

from __future__ import annotations

import asyncio
from pathlib import Path

from proxbox_plan.apply.context import ApplyContext
from proxbox_plan.apply.journal import Journal
from proxbox_plan.apply.run import Run
from proxbox_plan.plan import KINDS
from tests.apply.simulated import Fixed, NoGuard, Server, SimulatedNetBox
from tests.builders import change, plan

ONE, OTHER = "virtual-machine:lab/qemu/100", "virtual-machine:lab/qemu/101"


def test_changes_that_wait_for_each_other_are_said_to_be_a_bug(tmp_path: Path) -> None:
    """The apply ends, writes nothing of them, and says why."""
    changes = (change(ONE, depends_on=(OTHER,)), change(OTHER, depends_on=(ONE,)))

    async def inside() -> tuple[str, int]:
        netbox = SimulatedNetBox(Server(0.0, 1), 1)
        with Journal(tmp_path / "journal", plan(changes=changes)) as journal:
            run = Run(ApplyContext(netbox, KINDS, changes, journal, Fixed(25, 1), NoGuard()))
            await run.finish(run.send())
        return run.stopped, netbox.writes

    stopped, sent = asyncio.run(inside())
    assert "wait for each other; this is a bug" in stopped
    assert sent == 0
