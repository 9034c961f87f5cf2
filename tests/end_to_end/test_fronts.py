"""NetBox as people run it: behind nginx and uWSGI, at a sub-path, with small pages, in German.

The fronts are those of `testbed/bed/fronts.py`; the web servers change, the database stays.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import secrets
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import pytest
from pydantic import SecretStr

from proxbox_plan.apply.batches.adaptive_concurrency import MOST_STAMPS
from proxbox_plan.apply.concurrency.if_match import if_match
from proxbox_plan.clients.netbox.client import NetBox as Client
from proxbox_plan.clients.netbox.errors import TOO_LONG
from proxbox_plan.clients.netbox.query import LONG, LONGEST_QUERY, Query, chunks, query_size
from proxbox_plan.core.errors import NetBoxError
from proxbox_plan.demo.cluster import ClusterDescription, ClusterServer, DemoGuest
from proxbox_plan.documents import read_document
from proxbox_plan.model.connection import NetBoxConnection
from proxbox_plan.model.outcome import Outcome, Result
from proxbox_plan.model.plan import Plan
from testbed.bed.fronts import DEFAULT, FRONTS
from tests.conftest import REQUIRED
from tests.contract.client import NetBox
from tests.end_to_end.stage import REPOSITORY, Stage
from tests.testbed_command import run_testbed

MACHINES = "virtualization/virtual-machines"
REGISTRIES = "/api/ipam/rirs/"
OTHERS = [name for name in FRONTS if name != DEFAULT]  # all other stories run on that one
SAYS = dict.fromkeys(OTHERS, "must be unique") | {"german": "muss pro Cluster"}
"""What NetBox says of a name that is taken."""
CANNOT_RUN = 3
T = TypeVar("T")


@dataclass(frozen=True)
class Running:
    """A front that is up."""

    name: str
    url: str
    token: str
    ca_file: str | None
    home: Path

    @property
    def log(self) -> Path:
        """What nginx says of each request."""
        return self.home / "logs" / "nginx-requests.log"

    def requests(self) -> list[dict[str, Any]]:
        """Return the requests that nginx saw since the log was emptied."""
        return [json.loads(line) for line in self.log.read_text().splitlines()] if self.log.exists() else []


def bed(*arguments: str) -> dict[str, Any]:
    """Run a command of the testbed; return what it says."""
    command = [sys.executable, str(REPOSITORY / "testbed" / "netbox.py"), *arguments]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode == CANNOT_RUN and os.environ.get(REQUIRED) != "1":
        pytest.skip(done.stderr.strip().splitlines()[-1])
    assert done.returncode == 0, done.stderr
    said: dict[str, Any] = json.loads(done.stdout)
    return said


@pytest.fixture(scope="module")
def usual_front(real_netbox: NetBox) -> Iterator[None]:  # noqa: ARG001
    """Leave the testbed on the front that it had."""
    before = bed("status")["front"]
    yield
    bed("up", "--front", before)


@pytest.fixture(scope="module", params=OTHERS)
def front(request: pytest.FixtureRequest, usual_front: None) -> Running:  # noqa: ARG001
    """Put the testbed's NetBox behind each front."""
    found = bed("up", "--front", request.param)
    return Running(request.param, found["url"], found["token_v2"], found["ca_file"], Path(found["home"]))


@pytest.fixture
def stage(
    front: Running, machines: ClusterDescription, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Stage]:
    """Give an empty NetBox behind the front, and the cluster."""
    if front.ca_file is not None:
        monkeypatch.setenv("SSL_CERT_FILE", front.ca_file)  # of the requests that a test sends by itself
    run_testbed("reset")
    front.log.write_text("")
    with ExitStack() as stack:
        proxmox = stack.enter_context(ClusterServer(machines))
        found = Stage(tmp_path, front.url, front.token, proxmox)
        found.configure(
            netbox=f"  ca_file: {front.ca_file}" if front.ca_file else "",
            rest="mapping: {create_sites: true}\nlimits: {percent: 100}",
        )
        yield found


@pytest.fixture
def machines(front: Running) -> ClusterDescription:
    """Give guests whose objects fill several requests of each kind; half have notes as long as Proxmox takes."""
    guests = 60 if front.name == "strict" else 40  # their disks are more than a page of it
    found = ClusterDescription.seeded(7, guests=guests, nodes=3, name="lab")
    for number, guest in enumerate(list(found.guests.values())):
        if number % 2:
            found.set_note(guest.vmid, "Owner: the department.\n" + "What is to be known of it. " * 290)
    return found


@pytest.mark.netbox
def test_a_story(front: Running, stage: Stage, machines: ClusterDescription) -> None:
    """First sync, everyday changes with an edit and a clash in between, undo, drift; doctor is content throughout."""
    doctor_is_content(stage)
    stage.settle()
    again(stage)
    before = sizes(stage)
    gone, edited, renamed = change_everything(machines)
    stage.plan()
    (row,) = stage.netbox(MACHINES, name=edited.name)
    stage.ask("PATCH", f"{MACHINES}/{row['id']}/", {"description": "written by a person"})
    taken = stage.ask("POST", f"{MACHINES}/", {"name": "taken", "cluster": row["cluster"]["id"]})
    refused = stage.run("apply", "plan.json")
    assert (refused.code, edited.name in refused.err) == (4, True), refused
    landed = stage.run("apply", "plan.json", "--on-stale", "skip")
    assert (landed.code, SAYS[front.name] in landed.err + landed.out) == (5, True), landed
    outcome = read_document(stage.folder / "plan.outcome.json", Outcome)
    results = {str(item.address): item.result for item in outcome.results if item.result is not Result.DONE}
    assert results == {address(edited): Result.STALE, address(renamed): Result.FAILED}
    stage.good("undo", "plan.outcome.json")
    stage.good("apply", "undo.json")
    stage.ask("DELETE", f"{MACHINES}/{taken['id']}/")
    stage.ask("PATCH", f"{MACHINES}/{row['id']}/", {"description": row["description"]})
    assert sizes(stage) == before
    stage.settle()
    assert sizes(stage)[gone.name][0] == "decommissioning"
    stage.edit(MACHINES, "taken", memory=1)
    assert "memory: NetBox has 1 MiB, Proxmox " in stage.good("drift")
    doctor_is_content(stage)
    check_requests(front)


@pytest.mark.netbox
def test_the_longest_requests(front: Running) -> None:
    """What we send at most passes each front; a query that does not is halved, and nothing of its list is lost."""
    names = [f"front-{secrets.token_hex(4)}-{number}-{'x' * 42}" for number in range(MOST_STAMPS)]
    made = asyncio.run(use(front, partial(write_and_read, names=names)))
    assert made == set(names)


async def write_and_read(netbox: Client, names: list[str]) -> set[str]:
    """Create objects, change them with all their stamps in one request, and read them by name in one that is too long.

    At last they are deleted.
    """
    created = await netbox.write("POST", REGISTRIES, [{"name": name, "slug": name} for name in names])
    headers = if_match(row["last_updated"] for row in created)
    assert len(headers["If-Match"]) > LONGEST_QUERY
    bodies = [{"id": row["id"], "description": "changed"} for row in created]
    changed = await netbox.write("PATCH", REGISTRIES, bodies, headers=headers)
    for part in chunks("name", names):
        assert len(part) == len([row async for row in netbox.rows(REGISTRIES, {"name": part, "fields": "id"})])
    long: Query = {"name": names, "description": ["changed"], "fields": "id,name"}
    assert query_size(long) > 2 * LONGEST_QUERY
    found = {row["name"] async for row in netbox.rows(REGISTRIES, long)}
    stamps = if_match(row["last_updated"] for row in changed)
    await netbox.write("DELETE", REGISTRIES, [{"id": row["id"]} for row in created], headers=stamps)
    return found


async def use(front: Running, work: Callable[[Client], Awaitable[T]]) -> T:
    """Do some work with our client of NetBox."""
    ca_file = None if front.ca_file is None else Path(front.ca_file)
    connection = NetBoxConnection(url=front.url, token=SecretStr(front.token), ca_file=ca_file, max_retries=0)
    async with Client(connection, read_only=False) as netbox:
        return await work(netbox)


@pytest.mark.netbox
def test_a_request_that_is_too_long(front: Running) -> None:
    """The limit is there: uWSGI drops a long query, and nginx answers 502; gunicorn refuses it."""
    query = {"name": ["x" * 90] * MOST_STAMPS}
    too_long = {"uwsgi": 502, "gunicorn": 400}
    assert refusal(front, lambda netbox: netbox.get(REGISTRIES, query)) == too_long[FRONTS[front.name].server]


@pytest.mark.netbox
def test_a_body_that_is_too_large(front: Running) -> None:
    """It is refused by nginx; where there is room for it, NetBox says what is wrong with it."""
    rows = [{"name": "x" * 100_000}]
    refused = refusal(front, lambda netbox: netbox.write("POST", REGISTRIES, rows))
    assert refused == (413 if front.name == "strict" else 400)


def refusal(front: Running, request: Callable[[Client], Awaitable[Any]]) -> int | None:
    """Return the status with which a request is refused."""
    with pytest.raises(NetBoxError) as caught:
        asyncio.run(use(front, request))
    return caught.value.status


def check_requests(front: Running) -> None:
    """No header of ours was too long for the front; a body may be, where the room is small, and is halved then."""
    requests = front.requests()
    assert max(len(request["target"]) for request in requests) > LONG
    too_long = {(request["method"], request["status"]) for request in requests if request["status"] in TOO_LONG}
    assert too_long <= ({("POST", 413)} if front.name == "strict" else set())
    later = [
        request["target"] for request in requests if re.search(r"/virtual-disks/.*[?&]start=[1-9]", request["target"])
    ]
    assert bool(later) == (front.name == "strict")


def again(stage: Stage) -> None:
    """Plan with a cache of NetBox twice: nothing is left to do."""
    for _ in range(2):
        stage.good("plan", "--state", "state.json", "--inventory-cache", "cache.json")
        assert read_document(stage.folder / "plan.json", Plan).changes == ()


def change_everything(machines: ClusterDescription) -> tuple[DemoGuest, ...]:
    """Give every guest more memory, delete the first one, and rename the third one; return the first three."""
    guests = [guest for guest in machines.guests.values() if not guest.template]
    for guest in guests:
        machines.set_memory(guest.vmid, guest.memory + 1024)
    machines.delete_guest(guests[0].vmid)
    machines.rename(guests[2].vmid, "taken")
    return tuple(guests[:3])


def sizes(stage: Stage) -> dict[str, tuple[str, int]]:
    """Return status and memory of each machine by its name."""
    return {row["name"]: (row["status"]["value"], row["memory"]) for row in stage.netbox(MACHINES)}


def address(guest: DemoGuest) -> str:
    """Return the address of a guest's machine in plans."""
    return f"virtual-machine:lab/{guest.type}/{guest.vmid}"


def doctor_is_content(stage: Stage) -> None:
    """Nothing fails."""
    said = stage.run("doctor")
    assert (said.code, said.out.endswith(", 0 failed.\n")) == (0, True), said
