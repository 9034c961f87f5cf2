"""The process is killed in the middle of an apply to a real NetBox."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from proxbox_plan.demo.cluster import ClusterServer
from tests.apply.scene import cluster, resume
from tests.end_to_end.stage import REPOSITORY, Stage
from tests.examples import EXHAUSTIVE

REAL_MOMENTS = 8 if EXHAUSTIVE else 3


def killed(stage: Stage, moment: float) -> bool:
    """Kill the process after some time, and say whether it still ran."""
    with stage.start("apply", "plan.json") as process:
        try:
            process.communicate(timeout=moment)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
        return process.returncode == -signal.SIGKILL


@pytest.mark.netbox
@pytest.mark.slow
def test_sigkill_on_a_real_netbox(request: pytest.FixtureRequest, tmp_path: Path) -> None:
    """As on the fake; PROXBOX_TEST_KILLS sets how many moments."""
    found = request.getfixturevalue("real_netbox")
    dice = random.Random(os.environ.get("PROXBOX_TEST_SEED", "1"))  # noqa: S311 # moments, not secrets
    description = cluster()
    expected: list[tuple[str, ...]] = []
    took = 0.0
    with ClusterServer(description) as server:
        for number in range(int(os.environ.get("PROXBOX_TEST_KILLS", REAL_MOMENTS)) + 1):
            _reset()
            folder = tmp_path / str(number)
            folder.mkdir()
            stage = Stage(folder, found.url, found.token, server)
            stage.environ["PROXBOX_NETBOX_RETRY_DELAY"] = "0.5"
            stage.plan()
            begun = time.monotonic()
            if not expected:
                stage.apply()
                took = time.monotonic() - begun
                expected = _objects(stage)
            elif killed(stage, 0.5 + dice.random() * took):
                resume(stage)
            assert _objects(stage) == expected, number
            assert stage.plan().changes == (), number
    assert len(expected) > 200


def _reset() -> None:
    script = REPOSITORY / "testbed" / "netbox.py"
    subprocess.run([sys.executable, str(script), "reset"], check=True, capture_output=True, env=os.environ)


def _objects(stage: Stage) -> list[tuple[str, ...]]:
    """Return key and shown name of everything we manage, each as often as it is there."""
    found: list[tuple[str, ...]] = []
    for path in (
        "virtualization/virtual-machines",
        "virtualization/interfaces",
        "virtualization/virtual-disks",
        "ipam/ip-addresses",
        "dcim/devices",
        "dcim/interfaces",
        "dcim/mac-addresses",
        "ipam/vlans",
        "extras/tags",
        "dcim/platforms",
    ):
        for row in stage.netbox(path):
            key = (row.get("custom_fields") or {}).get("proxbox_key") or ""
            primary = row.get("primary_ip4") or {}
            found.append((path, key, row["display"], primary.get("address", "")))
    return sorted(found)
