"""A venv for each peer, made once: they never share ours, and nothing of ours imports them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from benchmarks.peers.processes import ToolError

TESTBED = Path(__file__).parents[2] / "testbed"


def folder() -> Path:
    """Return the folder that the venvs are kept in, beside the testbed's."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return Path(os.environ.get("PROXBOX_PEERS_HOME") or cache / "proxbox-plan" / "peers")


def venv_of(package: str, version: str) -> Path:
    """Return the venv with exactly this package, after installing it if need be."""
    venv = folder() / f"{package}-{version}"
    marker = venv / "installed"
    if not marker.exists():
        print(f"installing {package}=={version}", file=sys.stderr)
        shutil.rmtree(venv, ignore_errors=True)
        _run(_python(), "-m", "venv", str(venv))
        _run(str(venv / "bin" / "pip"), "install", "--quiet", f"{package}=={version}")
        marker.touch()
    return venv


def _python() -> str:
    """Ask the testbed for a Python of 3.12 or 3.13, which both peers can do with."""
    code = "from bed.install import find_python; print(find_python())"
    done = subprocess.run(  # noqa: S603 # our own code
        [sys.executable, "-c", code], cwd=TESTBED, stdout=subprocess.PIPE, text=True, check=True
    )
    return done.stdout.strip()


def _run(*command: str) -> None:
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)  # noqa: S603 # our own commands
    if done.returncode != 0:
        raise ToolError(f"it cannot be installed: {(done.stdout.strip() or 'pip says nothing').splitlines()[-1]}")
