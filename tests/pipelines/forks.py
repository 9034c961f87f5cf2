"""A `proxbox` for pipelines that starts in no time: a process that has everything imported forks for every command.

The steps of a pipeline are processes of their own, and loading Python's modules again for each of them takes longer
than all the rest. What runs is the command itself, with the folder, environment and streams of whoever called it.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
LONGEST = 1 << 20
BROKEN = 70
CLIENT = """\
#!{python} -IS
import json, os, socket, sys
asked = json.dumps([sys.argv[1:], os.getcwd(), dict(os.environ)]).encode()
with socket.socket(socket.AF_UNIX) as there:
    there.connect({place!r})
    socket.send_fds(there, [len(asked).to_bytes(4, "big")], [0, 1, 2])
    there.sendall(asked)
    sys.exit(int(there.recv(16) or b"70"))
"""
HEAVY = (
    "apply.apply",
    "apply.journal",
    "api.applying",
    "api.configuration",
    "api.documents.comparing",
    "api.documents.files",
    "api.documents.reports",
    "api.planning",
    "clients.netbox.client",
    "collect.netbox.inventory",
    "collect.netbox.lookups",
    "collect.netbox.rows",
    "collect.proxmox.run",
    "compare.states",
    "config",
    "documents",
    "model.outcome",
    "model.plan",
    "plan",
    "policy.permission",
    "report.html.pages",
    "report.rendering",
    "report.text.drift",
)


@contextmanager
def forking(folder: Path) -> Iterator[str]:
    """Run the process while the block runs; give the text of a `proxbox` that uses it."""
    place = str(folder / "socket")
    with subprocess.Popen([sys.executable, "-m", __name__, place], cwd=ROOT, stdout=subprocess.PIPE) as process:
        try:
            if process.stdout is None or process.stdout.readline() != b"ready\n":
                raise RuntimeError("the process that forks did not start")
            yield CLIENT.format(python=sys.executable, place=place)
        finally:
            process.terminate()


def main(place: str) -> None:
    """Import everything once, then fork for every command."""
    from proxbox_plan.cli.main import run  # noqa: PLC0415 - not for whoever imports this file

    for name in HEAVY:
        import_module(f"proxbox_plan.{name}")
    with socket.socket(socket.AF_UNIX) as here:
        here.bind(place)
        here.listen()
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the children are not waited for
        os.write(1, b"ready\n")
        while True:
            caller, _ = here.accept()
            if os.fork() == 0:
                here.close()
                _serve(caller, run)
            caller.close()


def _serve(caller: socket.socket, run: Any) -> None:
    """Be the command, in the child; say how it ended, and be gone."""
    head, streams, _, _ = socket.recv_fds(caller, 4, 3)
    text = b""
    while len(text) < int.from_bytes(head, "big"):
        text += caller.recv(LONGEST)
    arguments, folder, environ = json.loads(text)
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
    sys.stdin, sys.stdout, sys.stderr = (os.fdopen(number, mode) for number, mode in enumerate("rww"))
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environ)
    try:
        code = run(arguments)
    except BaseException:  # noqa: BLE001 # the end of a process
        traceback.print_exc()
        code = BROKEN
    sys.stdout.flush()
    sys.stderr.flush()
    caller.sendall(str(code).encode())
    os._exit(code)


if __name__ == "__main__":
    main(sys.argv[1])
