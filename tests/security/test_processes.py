"""What other users of the machine can see: arguments and environment of our processes, lock file and journal."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from proxbox_plan.demo.netbox import Fault
from proxbox_plan.demo.netbox.server import RequestRecord
from tests.security.conftest import Plant
from tests.security.planted import NETBOX_V2, PROXMOX_SECRET, Planted

PROC = Path("/proc")
pytestmark = pytest.mark.skipif(not (PROC / "self" / "environ").exists(), reason="needs /proc")


def secrets_in_files(planted: Planted, folder: Path) -> None:
    """Let the stage take both secrets from files outside its folder; none is in the environment."""
    (folder / "netbox").write_text(NETBOX_V2)
    (folder / "proxmox").write_text(PROXMOX_SECRET)
    config = planted.stage.folder / "proxbox.yaml"
    text = config.read_text().replace("{env: NETBOX_TOKEN}", f"{{command: [cat, {folder / 'netbox'}]}}")
    config.write_text(text.replace("{env: PVE_TOKEN}", f"{{file: {folder / 'proxmox'}}}"))
    del planted.stage.environ["NETBOX_TOKEN"], planted.stage.environ["PVE_TOKEN"]


def family(process: int) -> Iterator[int]:
    """Yield a process and all its descendants."""
    yield process
    for task in (PROC / str(process) / "task").iterdir():
        for child in (task / "children").read_text().split():
            yield from family(int(child))


def watch(planted: Planted, process: subprocess.Popen[str]) -> None:
    """Look at the process list as often as possible until the process ends."""
    while process.poll() is None:
        try:
            for number in family(process.pid):
                for name in ("cmdline", "environ"):
                    planted.search_text(f"{name} of a process", (PROC / str(number) / name).read_text(errors="replace"))
        except OSError:  # a process that has just ended
            continue
        for path in planted.files():  # the journal and the lock, while they are there
            planted.search_text(path.name, path.read_text(errors="replace") if path.exists() else "")
        time.sleep(0.01)


@pytest.mark.slow
def test_a_running_apply(plant: Plant, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Neither arguments nor environment of any process, neither journal nor lock hold a secret."""
    planted = plant()
    secrets_in_files(planted, tmp_path_factory.mktemp("secrets"))
    planted.stage.plan()
    seen: set[str] = set()

    def slow(record: RequestRecord) -> Fault | None:
        seen.update(path.name for path in planted.files())
        return Fault(delay=0.03) if record.method != "GET" else None

    planted.netbox.faults = slow
    with planted.stage.start("apply", "plan.json", "--debug") as process:
        watch(planted, process)
        out, err = process.communicate()
    assert process.returncode == 0, err
    assert {".proxbox-apply.lock", "plan.journal.jsonl"} <= seen
    planted.search_text("stdout", out)
    planted.search_text("stderr", err)


def spy(folder: Path, name: str) -> Path:
    """Put a program on the PATH that notes its arguments and environment."""
    program, log = folder / name, folder / f"{name}.log"
    program.write_text(
        f'#!/bin/sh\n{{ echo "$@"; {shlex.quote(sys.executable)} -c '
        f"'import os; print(dict(os.environ))'; }} >> {shlex.quote(str(log))}\n"
        f"echo {NETBOX_V2}\n"
    )
    program.chmod(0o700)
    return log


def test_git_is_not_told_the_token(plant: Plant, tmp_path_factory: pytest.TempPathFactory) -> None:
    """The token's variable is ours: programs we start for other reasons don't get it."""
    planted = plant()
    planted.stage.plan()
    folder = tmp_path_factory.mktemp("bin")
    log = spy(folder, "git")
    planted.stage.environ["PATH"] = f"{folder}:{os.environ['PATH']}"
    planted.stage.apply()
    planted.search_text("git", log.read_text())


def test_a_secrets_command_gets_its_own_arguments_only(plant: Plant, tmp_path_factory: pytest.TempPathFactory) -> None:
    """What fetches one secret is not told another on its command line."""
    planted = plant()
    folder = tmp_path_factory.mktemp("bin")
    log = spy(folder, "fetch")
    config = planted.stage.folder / "proxbox.yaml"
    config.write_text(config.read_text().replace("{env: NETBOX_TOKEN}", f"{{command: [{folder / 'fetch'}, get]}}"))
    planted.stage.environ |= {"PVE_TOKEN": PROXMOX_SECRET, "NETBOX_TOKEN": ""}
    planted.stage.plan()
    assert log.read_text().splitlines()[0] == "get"
