"""The log of both clients: one line per request, whatever becomes of it."""

from __future__ import annotations

import asyncio
import logging
import re
from dataclasses import replace
from typing import Any

import pytest
import requests

from proxbox_plan.clients.exchange import LONGEST_TARGET, Exchange
from proxbox_plan.clients.netbox.waiting import reported_when_slow
from proxbox_plan.clients.proxmox.client import ProxmoxClient, ProxmoxReadError
from proxbox_plan.clients.proxmox.reason import reason_of
from proxbox_plan.core.errors import NetBoxError, ProxmoxError
from proxbox_plan.demo.cluster import ClusterDescription, ClusterServer
from proxbox_plan.demo.netbox import FakeNetBoxThread, Fault
from tests.clients.netbox_server import SECRET, SITE, SITES, Loop, connection, first, free_port, use

Log = pytest.LogCaptureFixture
NETBOX = "proxbox_plan.clients.netbox"
PROXMOX = "proxbox_plan.clients.proxmox"
NEVER = Fault(held=lambda: True)


def lines(log: Log, name: str, level: int = logging.DEBUG) -> list[str]:
    """Return the messages of a logger at a level, with their times as 0."""
    found = [record.getMessage() for record in log.records if (record.name, record.levelno) == (name, level)]
    return [re.sub(r"\d+ ms", "0 ms", line) for line in found]


@pytest.fixture(autouse=True)
def everything(caplog: Log) -> None:
    """Log at debug."""
    caplog.set_level(logging.DEBUG, "proxbox_plan")


def test_a_request_to_netbox_is_a_line(fake: FakeNetBoxThread, caplog: Log) -> None:
    """Method, path with its query but the fields, status, time, size, try; a write without its body."""

    async def work(netbox: Any) -> None:
        await netbox.get(SITES, {"name": ["a", "b c"], "fields": "id,name", "limit": 1})
        await netbox.write("POST", SITES, SITE)

    use(connection(fake.url, SECRET), work)
    status, read, write = lines(caplog, NETBOX)
    assert re.fullmatch(r"GET /api/status/ 200 0 ms \d+ bytes try 1", status)
    assert re.fullmatch(r"GET /api/dcim/sites/\?name=a&name=b\+c&limit=1 200 0 ms \d+ bytes try 1", read)
    assert re.fullmatch(r"POST /api/dcim/sites/ 201 0 ms \d+ bytes try 1", write)
    assert lines(caplog, NETBOX, logging.INFO) == [f"NetBox 4.7.3 at {fake.url}: 2 reads, 1 writes"]


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (Fault(status=503), "answered 503"),
        (Fault(drop="before"), "connection broke (ServerDisconnectedError)"),
        (Fault(drop="truncate"), "connection broke (ClientPayloadError)"),
        (NEVER, "no answer in time"),
    ],
)
def test_a_retry_is_a_line_and_a_wait(fake: FakeNetBoxThread, caplog: Log, fault: Fault, reason: str) -> None:
    """Every try is a line of its own, and the wait between them says why, and what comes next."""
    loop = Loop()
    one = replace(fault, held=loop.never()) if fault is NEVER else fault
    fake.fake.faults = first(2 if fault.drop == "before" else 1, one)  # aiohttp itself repeats such a read once
    waits: list[str] = []
    settings = connection(fake.url, SECRET, retry_delay=1e-9, max_retries=2)
    use(settings, lambda netbox: netbox.get(SITES), on_wait=waits.append, loop=loop)
    tries = [line for line in lines(caplog, NETBOX) if SITES in line]
    assert [line[-5:] for line in tries] == ["try 1", "try 2"]
    assert reason.removeprefix("answered ") in tries[0]
    what = f"NetBox: {reason}; try 2 of 3 in 0 s"
    slow = [f"NetBox to answer GET {SITES}, for more than 10 s", ""] if fault is NEVER else []
    assert waits == [*slow, what, ""]
    assert lines(caplog, NETBOX, logging.WARNING) == [f"waiting for {what}"]


def test_a_netbox_that_is_down(caplog: Log) -> None:
    """Refused, with the words of the system; the last failure is no wait."""
    waits: list[str] = []
    settings = connection(f"http://127.0.0.1:{free_port()}", SECRET, max_retries=1)
    with pytest.raises(NetBoxError, match="Cannot connect"):
        use(settings, lambda netbox: netbox.get(SITES), on_wait=waits.append)
    assert lines(caplog, NETBOX) == [f"GET /api/status/ connection refused 0 ms try {number}" for number in (1, 2)]
    assert waits[0].startswith("NetBox: connection refused; try 2 of 2 in 1")
    assert waits[1:] == [""]


@pytest.mark.parametrize(
    ("url", "reason"), [("http://netbox.invalid", "host unknown"), ("https://127.0.0.1:{}", "certificate not trusted")]
)
def test_what_no_retry_helps_against(caplog: Log, url: str, reason: str) -> None:
    """A name that is wrong, an untrusted certificate."""
    with ClusterServer(ClusterDescription.seeded(1, guests=1, nodes=1)) as server, pytest.raises(NetBoxError):
        use(connection(url.format(server.port), SECRET), lambda netbox: netbox.get(SITES))
    assert lines(caplog, NETBOX) == [f"GET /api/status/ {reason} 0 ms try 1"]


def test_a_slow_answer_is_reported() -> None:
    """Once, and its end too; a quick one is not."""
    waits: list[str] = []

    async def block(loop: Loop, seconds: float) -> None:
        with reported_when_slow(waits.append, "NetBox"):
            loop.pass_(seconds)
            await asyncio.sleep(0.001)

    for seconds, told in ((9, []), (11, ["NetBox, for more than 10 s", ""])):
        with asyncio.Runner(loop_factory=Loop) as runner:
            loop = runner.get_loop()
            assert isinstance(loop, Loop)
            runner.run(block(loop, seconds))
        assert waits == told


def test_a_canceled_request_is_a_line(fake: FakeNetBoxThread, caplog: Log) -> None:
    """The other side of a plan failed, say."""
    loop = Loop()
    fake.fake.faults = first(1, Fault(held=loop.never(20)))

    async def work(netbox: Any) -> None:
        await asyncio.wait_for(netbox.get(SITES), 10)

    with pytest.raises(TimeoutError):
        use(connection(fake.url, SECRET), work, loop=loop)
    assert lines(caplog, NETBOX)[1:] == ["GET /api/dcim/sites/ canceled 0 ms try 1"]


def test_a_request_to_proxmox_is_a_line(caplog: Log) -> None:
    """With the cluster before the path; the login, too, but neither password nor ticket."""
    with ClusterServer(ClusterDescription.seeded(1, guests=1, nodes=1)) as server:
        with ProxmoxClient(server.connection("lab", ticket=True)) as client:
            client.connect()
            client.get("/cluster/resources", type="vm")
        server.faults.add("/nodes", status=500, reason="no")
        with ProxmoxClient(server.connection("lab")) as client:
            client.connect()
            with pytest.raises(ProxmoxReadError):
                client.get("/nodes")
    login, version, resources, _, nodes = lines(caplog, PROXMOX)
    assert re.fullmatch(r"POST https://127.0.0.1:\d+/api2/json/access/ticket 200 0 ms [\d,]+ bytes try 1", login)
    assert re.fullmatch(r"GET lab:/version 200 0 ms \d+ bytes try 1", version)
    assert re.fullmatch(r"GET lab:/cluster/resources\?type=vm 200 0 ms [\d,]+ bytes try 1", resources)
    assert re.fullmatch(r"GET lab:/nodes 500 0 ms \d+ bytes try 1", nodes)


def test_a_read_that_is_sent_again(caplog: Log) -> None:
    """Two tries, two lines: the connection had been closed."""
    with ClusterServer(ClusterDescription.seeded(1, guests=1, nodes=1)) as server:
        server.faults.add("/nodes", drop=True)
        with ProxmoxClient(server.connection("lab")) as client:
            client.connect()
            with pytest.raises(ProxmoxReadError):
                client.get("/nodes")
    failed = [f"GET lab:/nodes connection broke (ConnectionError) 0 ms try {number}" for number in (1, 2)]
    assert lines(caplog, PROXMOX)[1:] == failed


def test_a_proxmox_that_is_down(caplog: Log) -> None:
    """Refused, for a token and for a password."""
    with ClusterServer(ClusterDescription.seeded(1, guests=1, nodes=1)) as server:
        for ticket in (False, True):
            with ProxmoxClient(server.connection("lab", port=1, ticket=ticket)) as client, pytest.raises(ProxmoxError):
                client.connect()
    token, password = lines(caplog, PROXMOX)
    assert token == "GET lab:/version connection refused 0 ms try 1"
    assert password == "POST https://127.0.0.1:1/api2/json/access/ticket connection refused 0 ms try 1"


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (requests.ReadTimeout("x"), "no answer in time"),
        (requests.ConnectionError("Read timed out."), "no answer in time"),
        (requests.TooManyRedirects("x"), "redirected"),
        (requests.exceptions.SSLError("CERTIFICATE_VERIFY_FAILED"), "certificate not trusted"),
        (requests.exceptions.SSLError("wrong version"), "no TLS"),
        (requests.ConnectionError("NameResolutionError"), "host unknown"),
        (requests.ConnectionError("at 0x7f"), "connection broke (ConnectionError)"),
    ],
)
def test_reasons_of_proxmox(error: requests.RequestException, reason: str) -> None:
    """Few words, the same each time."""
    assert reason_of(error) == reason


def test_a_long_query_is_cut(caplog: Log) -> None:
    """Fifty names would fill the screen."""
    exchange = Exchange(logging.getLogger(NETBOX), "GET", SITES, {"name": ["x" * 20] * 50}, 1)
    exchange.answered(200, b"12")
    (line,) = lines(caplog, NETBOX)
    assert line.endswith("… 200 0 ms 2 bytes try 1")
    assert len(line) < LONGEST_TARGET + 50


def test_nothing_is_worked_out_when_nobody_listens(caplog: Log) -> None:
    """An answer of a hundred megabytes is not encoded for its length."""
    caplog.set_level(logging.INFO, "proxbox_plan")
    Exchange(logging.getLogger(NETBOX), "GET", SITES, None, 1).failed("x")
    Exchange(logging.getLogger(NETBOX), "GET", SITES, None, 1).answered(200, "x")
    assert not caplog.records
