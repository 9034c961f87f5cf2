"""Redis and NetBox's own web server."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from typing import TYPE_CHECKING

from bed.install import CannotRunError

if TYPE_CHECKING:
    from collections.abc import Callable

    from bed.install import Programs
    from bed.state import State

START_SECONDS = 120
STOP_SECONDS = 10

CONFIGURATION = '''\
"""Written by the testbed; the ports come from the environment."""

from os import environ

from netbox_branching.utilities import DynamicSchemaDict

ALLOWED_HOSTS = ["*"]
DATABASES = DynamicSchemaDict({{
    "default": {{
        "ENGINE": "django.db.backends.postgresql",
        "NAME": environ.get("TESTBED_DATABASE", "netbox"),
        "USER": "postgres",
        "HOST": environ["TESTBED_POSTGRES_SOCKET"],
        "PORT": environ["TESTBED_POSTGRES_PORT"],
        "CONN_MAX_AGE": 300,  # as NetBox's own example has it
        "CONN_HEALTH_CHECKS": True,  # a reset of the database ends what is connected to it
    }}
}})
DATABASE_ROUTERS = ["netbox_branching.database.BranchAwareRouter"]
_REDIS = {{"HOST": "127.0.0.1", "PORT": int(environ["TESTBED_REDIS_PORT"])}}
REDIS = {{"tasks": {{**_REDIS, "DATABASE": 0}}, "caching": {{**_REDIS, "DATABASE": 1}}}}
SECRET_KEY = "{secret_key}"
API_TOKEN_PEPPERS = {{1: "{pepper}"}}
PLUGINS = ["netbox_proxbox", "netbox_branching"]
PLUGINS_CONFIG = {{"netbox_proxbox": {{"automatic_background_tasks": False}}}}
CENSUS_REPORTING_ENABLED = False
RELEASE_CHECK_URL = None
DEBUG = False
'''


def configure(state: State) -> None:
    """Make NetBox's instance folder and its configuration."""
    setup = [str(state.venv / "bin" / "netbox"), "setup", "--target", str(state.root)]
    with state.log("netbox-setup").open("wb") as log:
        done = subprocess.run(setup, check=False, stdout=log, stderr=log)
    if done.returncode != 0:
        message = f"`netbox setup` failed, see {state.log('netbox-setup')}"
        raise CannotRunError(message)
    keys = json.loads((state.home / "secrets.json").read_text(encoding="utf-8"))
    text = CONFIGURATION.format(secret_key=keys["secret_key"], pepper=keys["pepper"])
    (state.root / "conf" / "configuration.py").write_text(text, encoding="utf-8")


def netbox_command(state: State, *arguments: str, database: str) -> None:
    """Run one of NetBox's management commands on the given database."""
    environment = {**state.netbox_environment(), "TESTBED_DATABASE": database}
    command = [str(state.venv / "bin" / "netbox"), *arguments]
    with state.log(f"netbox-{arguments[0]}").open("wb") as log:
        done = subprocess.run(command, check=False, stdout=log, stderr=log, env=environment)
    if done.returncode != 0:
        message = f"`netbox {arguments[0]}` failed, see {state.log(f'netbox-{arguments[0]}')}"
        raise CannotRunError(message)


def start_redis(programs: Programs, state: State) -> None:
    """Start a Redis that keeps nothing on disk."""
    options = ["--bind", "127.0.0.1", "--port", str(state.redis_port), "--save", "", "--appendonly", "no"]
    _start(state, "redis", [str(programs.redis_server), *options, "--dir", str(state.home)])
    _wait(state, "redis", lambda: _redis(state, "PING").startswith(b"+PONG"))


def flush_redis(state: State) -> None:
    """Forget every cached value and queued job."""
    _redis(state, "FLUSHALL")


def start_netbox(state: State) -> None:
    """Start NetBox's web server, as its own example for gunicorn has it, and wait until its API answers."""
    address = f"127.0.0.1:{state.netbox_port}"
    options = ["--bind", address, "--workers", "5", "--threads", "3", "--timeout", "300"]
    _start(
        state, "gunicorn", [str(state.venv / "bin" / "gunicorn"), *options, "netbox.wsgi"], state.netbox_environment()
    )
    _wait(state, "gunicorn", lambda: answers(state))
    state.versions.update(_status(state))


def start_worker(state: State) -> None:
    """Start NetBox's background worker, which makes and merges branches, unless it runs already."""
    if _pid_of(state, "rqworker") is None:
        _start(state, "rqworker", [str(state.venv / "bin" / "netbox"), "rqworker"], state.netbox_environment())


def stop_worker(state: State) -> None:
    """Stop the background worker, if it runs: it would go on with jobs about a database that is gone."""
    _end(state, "rqworker")
    state.save()


def answers(state: State) -> bool:
    """Tell whether NetBox's API answers."""
    try:
        _status(state)
    except (OSError, ValueError):
        return False
    return True


def pause(state: State) -> None:
    """Hold NetBox's processes still, so that none of them reads while its database is replaced."""
    os.killpg(state.pids["gunicorn"], signal.SIGSTOP)


def resume(state: State) -> None:
    """Let NetBox's processes go on."""
    os.killpg(state.pids["gunicorn"], signal.SIGCONT)


def stop(state: State) -> None:
    """Stop NetBox and Redis; those that are gone already are no problem."""
    for name in ("rqworker", "gunicorn", "redis"):
        _end(state, name)


def _end(state: State, name: str) -> None:
    pid = _pid_of(state, name)
    if pid is not None:
        _stop(pid)
    state.pids.pop(name, None)


def _pid_of(state: State, name: str) -> int | None:
    """Return the number of one of our processes while it runs."""
    pid = state.pids.get(name)
    return pid if pid is not None and _is_ours(pid, name) else None


def _stop(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(pid, signal.SIGTERM)
        deadline = time.monotonic() + STOP_SECONDS
        while time.monotonic() < deadline:
            with contextlib.suppress(ChildProcessError):
                os.waitpid(pid, os.WNOHANG)
            os.killpg(pid, 0)
            time.sleep(0.1)
        os.killpg(pid, signal.SIGKILL)


def _is_ours(pid: int, name: str) -> bool:
    """Guard against a process number that meanwhile belongs to another program."""
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as stream:  # noqa: PTH123
            return name.encode() in stream.read()
    except OSError:
        return False


def _start(state: State, name: str, command: list[str], environment: dict[str, str] | None = None) -> None:
    with state.log(name).open("ab") as log:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env=environment,
            cwd=state.home,
            start_new_session=True,
        )
    state.pids[name] = process.pid
    state.save()


def _wait(state: State, name: str, ready: Callable[[], bool]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError):
            if ready():
                return
        if os.waitpid(state.pids[name], os.WNOHANG) != (0, 0):
            break
        time.sleep(0.1)
    message = f"{name} did not start, see {state.log(name)}"
    raise CannotRunError(message)


def _status(state: State) -> dict[str, str]:
    request = urllib.request.Request(f"{state.url}/api/status/", headers={"Authorization": f"Bearer {state.token_v2}"})  # noqa: S310
    with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
        document = json.load(answer)
    return {"netbox": document["netbox-version"], "python": document["python-version"], **document["plugins"]}


def _redis(state: State, command: str) -> bytes:
    with socket.create_connection(("127.0.0.1", state.redis_port), timeout=5) as connection:
        connection.sendall(f"{command}\r\n".encode())
        return connection.recv(100)
