"""NetBox's web server, and nginx in front of it."""

from __future__ import annotations

import json
import os
import signal
import ssl
import urllib.error
import urllib.request
from typing import TYPE_CHECKING

from bed import nginx, processes
from bed.state import free_port

if TYPE_CHECKING:
    from bed.state import State

SERVERS = ("gunicorn", "uwsgi")


def start(state: State) -> None:
    """Start the servers of the front, and wait until NetBox's API answers through all of them."""
    front = state.front_end
    port = free_port() if front.nginx else state.netbox_port
    address = f"127.0.0.1:{port}"
    command = _uwsgi(state, address) if front.server == "uwsgi" else _gunicorn(state, address)
    processes.start(state, front.server, command, state.netbox_environment())
    if front.nginx is not None:
        processes.start(state, "nginx", nginx.command(state, front.nginx, front.server, address))
    processes.wait(state, front.server, lambda: answers(state))
    state.versions.update(_status(state))


def stop(state: State) -> None:
    """Stop the servers of whichever front; those that are gone already are no problem."""
    for name in ("nginx", *SERVERS):
        processes.end(state, name)


def pause(state: State) -> None:
    """Hold NetBox's processes still, so that none of them reads while its database is replaced."""
    os.killpg(state.pids[state.front_end.server], signal.SIGSTOP)


def resume(state: State) -> None:
    """Let NetBox's processes go on."""
    os.killpg(state.pids[state.front_end.server], signal.SIGCONT)


def answers(state: State) -> bool:
    """Tell whether NetBox's API answers."""
    try:
        _status(state)
    except (OSError, ValueError):
        return False
    return True


def _gunicorn(state: State, address: str) -> list[str]:
    """As contrib/gunicorn.py of NetBox has it, with more time for a request; no worker ends after so many.

    NetBox is loaded once, for all workers: each took seconds of processor time.
    """
    workers = str(state.front_end.workers)
    options = ["--bind", address, "--workers", workers, "--threads", "3", "--timeout", "300", "--preload"]
    return [str(state.venv / "bin" / "gunicorn"), *options, "netbox.wsgi"]


def _uwsgi(state: State, address: str) -> list[str]:
    """As contrib/uwsgi.ini of NetBox has it: one worker, and uWSGI's own room for headers (`buffer-size`, 4,096)."""
    return [
        str(state.venv / "bin" / "uwsgi"),
        *("--socket", address),
        "--strict",
        "--master",
        "--vacuum",
        "--die-on-term",
        "--need-app",
        "--single-interpreter",
        *("--module", "netbox.wsgi"),
        *("--binary-path", str(state.venv / "bin" / "python")),
        "--disable-logging",
        "--log-5xx",
    ]


def _status(state: State) -> dict[str, str]:
    trusted = ssl.create_default_context(cafile=state.ca_file) if state.ca_file else None
    request = urllib.request.Request(f"{state.url}/api/status/", headers={"Authorization": f"Bearer {state.token_v2}"})  # noqa: S310
    with urllib.request.urlopen(request, timeout=30, context=trusted) as answer:  # noqa: S310
        document = json.load(answer)
    return {"netbox": document["netbox-version"], "python": document["python-version"], **document["plugins"]}
