"""A real NetBox for tests and benchmarks: the one the environment names, else the testbed's."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

TESTBED = Path(__file__).parent.parent / "testbed" / "netbox.py"
URL, TOKEN = "PROXBOX_TEST_NETBOX_URL", "PROXBOX_TEST_NETBOX_TOKEN"
_CANNOT_RUN = 3  # testbed/netbox.py: this machine cannot run a NetBox


class NoNetBoxError(Exception):
    """A NetBox cannot run here; the text says why, in one line."""


@contextmanager
def real_netbox() -> Iterator[dict[str, str]]:
    """Give the environment of a running NetBox; one that was brought up for this is taken down again."""
    if os.environ.get(URL) and os.environ.get(TOKEN):
        yield dict(os.environ)
        return
    with running_testbed() as found:
        trusted = {"SSL_CERT_FILE": found["ca_file"]} if found["ca_file"] else {}
        yield {**os.environ, URL: found["url"], TOKEN: found["token_v2"], **trusted}


@contextmanager
def running_testbed() -> Iterator[dict[str, Any]]:
    """Give what the testbed says of its NetBox (`url`, tokens, `versions`); down at the end unless it was up before."""
    was_up = _is_up()
    found = _bring_up()
    try:
        yield found
    finally:
        if not was_up:
            testbed("down")


def testbed(command: str) -> None:
    """Run a command of the testbed that says nothing; its errors are shown."""
    subprocess.run([sys.executable, TESTBED, command], check=False)  # noqa: S603  # our own script


def _is_up() -> bool:
    asked = subprocess.run([sys.executable, TESTBED, "status"], check=False, capture_output=True, text=True)  # noqa: S603  # our own script
    return asked.returncode == 0 and bool(json.loads(asked.stdout)["running"])


def _bring_up() -> dict[str, Any]:
    print("\nBringing up a real NetBox ...", file=sys.stderr, flush=True)
    command = [sys.executable, str(TESTBED), "up"]
    last = ""
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:  # noqa: S603  # our own script
        for line in process.stderr or ():
            print(line, end="", file=sys.stderr, flush=True)
            last = line.strip()
        out = process.stdout.read() if process.stdout else ""
    if process.returncode == _CANNOT_RUN:
        raise NoNetBoxError(last)
    if process.returncode != 0:
        print(f"{TESTBED} ended with {process.returncode}", file=sys.stderr)
        sys.exit(1)
    found: dict[str, Any] = json.loads(out)
    return found
