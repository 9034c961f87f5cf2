"""Bring a real NetBox up for the tests, reset it to empty, and take it down again."""

from __future__ import annotations

import argparse
import json
import sys
import time
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

from bed import database, models, processes, server, web
from bed.fronts import DEFAULT, FRONTS
from bed.install import CannotRunError, ensure_nginx, ensure_programs, ensure_uwsgi, ensure_venv
from bed.state import Home, State

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


def main() -> int:
    """Run one command; 0 when it worked, 3 when the testbed cannot run on this machine."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("command", choices=sorted((*COMMANDS, "keep", "relations", "reset", "up")))
    parser.add_argument("names", nargs="*", help="of `relations`: types, as app_label.model; of `keep`, `reset`: one")
    fronts = "; ".join(f"{name}: {front.about}" for name, front in FRONTS.items())
    parser.add_argument("--front", choices=FRONTS, help=f"of `up`: {fronts}")
    given = parser.parse_args()
    if given.front and given.command != "up":
        parser.error("only `up` has a --front")
    least, most = NAMES.get(given.command, (0, 0))
    if not least <= len(given.names) <= most or (most == 1 and not all(name.isalnum() for name in given.names)):
        parser.error(f"`{given.command}` takes {least} to {most} names")
    commands: dict[str, Callable[[Home], int]] = {
        **COMMANDS,
        "up": partial(up, front=given.front),
        "relations": partial(relations, types=given.names),
        "reset": lambda home: reset(home, *given.names),
        "keep": lambda home: keep(home, *given.names),
    }
    command = commands[given.command]
    home = Home.default()
    try:
        with home.alone():
            return command(home)
    except CannotRunError as error:
        sys.stderr.write(f"testbed cannot run here: {error}\n")
        return 3


def up(home: Home, front: str | None = None) -> int:
    """Install what is missing, then start PostgreSQL, Redis and NetBox unless they already answer.

    Without a front, one that runs stays. With another one only the web servers change: the database stays.
    """
    running = State.load(home)
    if running is not None and running.is_whole and web.answers(running):
        return status(home) if front in (None, running.front) else _move(home, running, front)
    started = time.monotonic()
    down(home)
    programs = ensure_programs()
    chosen = FRONTS[front or DEFAULT]
    if chosen.nginx:
        ensure_nginx()
    venv = ensure_venv(home)
    if chosen.server == "uwsgi":
        ensure_uwsgi(venv)
    state = State.fresh(home, venv, front or DEFAULT)
    cluster = database.Cluster(programs, state)
    state.save()  # from here on `down` finds what was started, whoever ends this
    try:
        cluster.start()
        server.start_redis(programs, state)
        server.configure(state)
        database.ensure_template(cluster, state)
        cluster.recreate_database()
        web.start(state)
    except BaseException:
        stop(state)
        home.state_file.unlink()
        raise
    state.save()
    return _is_up(home, state, started)


def _move(home: Home, state: State, front: str) -> int:
    """Put the running NetBox behind other web servers."""
    started = time.monotonic()
    if FRONTS[front].nginx:
        ensure_nginx()
    if FRONTS[front].server == "uwsgi":
        ensure_uwsgi(state.venv)
    had_worker = processes.pid_of(state, "rqworker") is not None
    server.stop_worker(state)
    web.stop(state)
    state.front = front
    state.versions.pop("netbox")  # it is not whole until NetBox answers again
    state.save()
    server.configure(state)
    web.start(state)
    if had_worker:
        server.start_worker(state)
    state.save()
    return _is_up(home, state, started)


def _is_up(home: Home, state: State, started: float) -> int:
    sys.stderr.write(f"NetBox answers at {state.url} ({state.front}) after {time.monotonic() - started:.1f} s\n")
    return status(home)


def down(home: Home) -> int:
    """Stop NetBox, Redis and PostgreSQL; the databases and the venv stay for the next time."""
    state = State.load(home)
    if state is not None:
        stop(state)
        home.state_file.unlink()
    return 0


def stop(state: State) -> None:
    """Stop what this state started, the web server first."""
    web.stop(state)
    server.stop(state)
    if (state.cluster_dir / "PG_VERSION").exists():
        database.Cluster(ensure_programs(), state).stop()


def reset(home: Home, kept: str = "") -> int:
    """Give the running NetBox an empty database again, or a kept one, and no background worker, as `up` leaves it."""
    state = _running(home)
    server.stop_worker(state)
    with _replacing(state) as cluster:
        cluster.recreate_database(kept)
        server.flush_redis(state)
    return 0


def keep(home: Home, name: str) -> int:
    """Keep a copy of NetBox's database, for `reset NAME`."""
    with _replacing(_running(home)) as cluster:
        cluster.keep_database(name)
    return 0


def forget(home: Home) -> int:
    """Drop the databases that were kept."""
    database.Cluster(ensure_programs(), _running(home)).forget_databases()
    return 0


@contextmanager
def _replacing(state: State) -> Iterator[database.Cluster]:
    """Hold NetBox still while its database is replaced or copied."""
    started = time.monotonic()
    web.pause(state)
    try:
        yield database.Cluster(ensure_programs(), state)
    finally:
        web.resume(state)
    sys.stderr.write(f"done after {time.monotonic() - started:.1f} s\n")


def work(home: Home) -> int:
    """Start NetBox's background worker, which only branches need."""
    state = _running(home)
    server.start_worker(state)
    return 0


def status(home: Home) -> int:
    """Write what runs, and where, as JSON."""
    state = State.load(home)
    document = {"running": state is not None and web.answers(state), **(state.document() if state else {})}
    sys.stdout.write(json.dumps(document, indent=2) + "\n")
    return 0


def env(home: Home) -> int:
    """Write the shell lines that point the tests at the running NetBox."""
    state = _running(home)
    sys.stdout.write(
        f"export PROXBOX_TEST_NETBOX_URL={state.url}\n"
        f"export PROXBOX_TEST_NETBOX_TOKEN={state.token_v2}\n"
        f"export PROXBOX_TEST_NETBOX_TOKEN_V1={state.token_v1}\n"
    )
    if state.ca_file:
        sys.stdout.write(f"export SSL_CERT_FILE={state.ca_file}\n")
    return 0


def relations(home: Home, types: list[str]) -> int:
    """Write as JSON what NetBox deletes or empties along with objects of some types."""
    sys.stdout.write(json.dumps(models.relations(_running(home), types)) + "\n")
    return 0


def _running(home: Home) -> State:
    state = State.load(home)
    if state is None or not state.is_whole:
        message = "it is not up; start it with `python testbed/netbox.py up`"
        raise CannotRunError(message)
    return state


# How many names a command takes; others take none.
NAMES = {"keep": (1, 1), "reset": (0, 1), "relations": (1, 1_000)}
COMMANDS = {"down": down, "status": status, "env": env, "work": work, "forget": forget}

if __name__ == "__main__":
    sys.exit(main())
