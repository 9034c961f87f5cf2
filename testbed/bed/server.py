"""NetBox's configuration and commands, Redis, and the background worker."""

from __future__ import annotations

import json
import socket
import subprocess
from typing import TYPE_CHECKING

from bed import processes
from bed.install import CannotRunError

if TYPE_CHECKING:
    from bed.install import Programs
    from bed.state import State

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
    text += "".join(f"{name} = {value!r}\n" for name, value in (state.front_end.settings or {}).items())
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
    processes.start(state, "redis", [str(programs.redis_server), *options, "--dir", str(state.home)])
    processes.wait(state, "redis", lambda: _redis(state, "PING").startswith(b"+PONG"))


def flush_redis(state: State) -> None:
    """Forget every cached value and queued job."""
    _redis(state, "FLUSHALL")


def start_worker(state: State) -> None:
    """Start NetBox's background worker, which makes and merges branches, unless it runs already."""
    if processes.pid_of(state, "rqworker") is None:
        processes.start(state, "rqworker", [str(state.venv / "bin" / "netbox"), "rqworker"], state.netbox_environment())


def stop_worker(state: State) -> None:
    """Stop the background worker, if it runs: it would go on with jobs about a database that is gone."""
    processes.end(state, "rqworker")
    state.save()


def stop(state: State) -> None:
    """Stop the background worker and Redis; those that are gone already are no problem."""
    for name in ("rqworker", "redis"):
        processes.end(state, name)


def _redis(state: State, command: str) -> bytes:
    with socket.create_connection(("127.0.0.1", state.redis_port), timeout=5) as connection:
        connection.sendall(f"{command}\r\n".encode())
        return connection.recv(100)
