from __future__ import annotations

import http.client
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.error import URLError

import pytest

from proxbox_plan.demo.netbox import FakeNetBoxThread, Fault, RequestRecord
from tests.contract.client import INTERFACES, SITES, VMS, NetBox


@contextmanager
def _running(version: str = "4.7.3", **options: Any) -> Iterator[tuple[FakeNetBoxThread, NetBox]]:
    with FakeNetBoxThread(version, **options) as thread:
        yield thread, NetBox(thread.url, thread.token, is_fake=True)


def _on_first_post(fault: Fault) -> Callable[[RequestRecord], Fault | None]:
    return lambda record: fault if record.method == "POST" and record.index == 0 else None


def test_requests_are_recorded() -> None:
    """Method, path, query, number of rows and status, in order."""
    with _running() as (thread, netbox):
        netbox.request("POST", f"{SITES}/", [{"name": "a", "slug": "a"}, {"name": "b", "slug": "b"}])
        netbox.request("GET", f"{SITES}/?name=a")
        netbox.request("GET", f"{SITES}/9/")
    seen = [(r.method, r.path, r.query, r.rows, r.status) for r in thread.fake.requests]
    assert seen == [
        ("POST", "/api/dcim/sites/", "", 2, 201),
        ("GET", "/api/dcim/sites/", "name=a", 0, 200),
        ("GET", "/api/dcim/sites/9/", "", 0, 404),
    ]


def test_a_fault_can_answer_instead() -> None:
    """With status, headers and body, and without handling the request."""
    fault = Fault(status=503, headers={"Retry-After": "7"}, body={"detail": "later"})
    with _running(faults=_on_first_post(fault)) as (thread, netbox):
        reply = netbox.request("POST", f"{SITES}/", {"name": "a", "slug": "a"})
        assert (reply.status, reply.headers["Retry-After"], reply.body) == (503, "7", {"detail": "later"})
        assert thread.fake.rows("dcim.site") == {}


@pytest.mark.parametrize(("drop", "kept"), [("before", 0), ("after", 1)])
def test_a_fault_can_drop_the_connection(drop: Any, kept: int) -> None:
    """Before the request is handled, or after: the client cannot tell the two apart."""
    with _running(faults=_on_first_post(Fault(drop=drop))) as (thread, netbox):
        with pytest.raises((URLError, http.client.HTTPException, ConnectionError)):
            netbox.request("POST", f"{SITES}/", {"name": "a", "slug": "a"})
        assert len(thread.fake.rows("dcim.site")) == kept
        assert thread.fake.requests[0].status is None


def test_a_fault_can_cut_the_answer_short() -> None:
    """The request was handled; half of the answer arrives."""
    with _running(faults=_on_first_post(Fault(drop="truncate"))) as (thread, netbox):
        with pytest.raises((http.client.IncompleteRead, ConnectionError)):
            netbox.request("POST", f"{SITES}/", {"name": "a", "slug": "a"})
        assert len(thread.fake.rows("dcim.site")) == 1


def test_a_snapshot_can_be_restored() -> None:
    """Objects, ids and indexes go back to what they were."""
    with _running() as (thread, netbox):
        netbox.create(SITES, name="a", slug="a")
        snapshot = thread.fake.snapshot()
        netbox.create(SITES, name="b", slug="b")
        netbox.delete(SITES, 1)
        thread.fake.restore(snapshot)
        assert [row["name"] for row in netbox.get(f"{SITES}/")["results"]] == ["a"]
        assert netbox.create(SITES, name="b", slug="b")["id"] == 2
        assert "name" in netbox.refused("POST", f"{SITES}/", {"name": "a", "slug": "c"})


def test_a_read_only_token_reads_only() -> None:
    """As `doctor` must notice."""
    with _running(read_only_token="nbt_reader.secret") as (_, netbox):
        given = "Bearer nbt_reader.secret"
        assert netbox.request("GET", f"{SITES}/", authorization=given).status == 200
        reply = netbox.request("POST", f"{SITES}/", {"name": "a", "slug": "a"}, authorization=given)
        assert (reply.status, reply.body) == (403, {"detail": "You do not have permission to perform this action."})


def test_objects_can_be_made_without_http() -> None:
    """As a demo does to fill it quickly."""
    with _running() as (thread, netbox):
        assert thread.fake.handle("POST", "/api/dcim/sites/", {"name": "a", "slug": "a"}).status == 201
        assert netbox.get(f"{SITES}/")["count"] == 1


def test_the_page_shows_what_there_is_and_escapes_it() -> None:
    """A person who opens the demo in a browser sees the objects."""
    with _running() as (thread, netbox):
        netbox.create(SITES, name="<script>alert(1)</script>", slug="a")
        netbox.machine(site=1)
        connection = http.client.HTTPConnection(thread.url.removeprefix("http://"))
        connection.request("GET", "/")
        text = connection.getresponse().read().decode()
        connection.close()
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text
    assert "<script>" not in text
    assert "virtualization/virtual-machines" in text


@pytest.mark.slow
def test_thousands_of_objects_are_no_problem() -> None:
    """5,000 machines with an interface each, read back in pages."""
    with _running() as (thread, netbox):
        cluster = netbox.cluster()["id"]
        for start in range(0, 5000, 500):
            numbers = range(start, start + 500)
            batch = [{"name": f"vm{number}", "cluster": cluster} for number in numbers]
            made = thread.fake.handle("POST", f"/api/{VMS}/", batch)
            ports = [{"name": "net0", "virtual_machine": row["id"]} for row in made.body]
            assert thread.fake.handle("POST", f"/api/{INTERFACES}/", ports).status == 201
        seen, start = 0, 0
        while rows := netbox.get(f"{INTERFACES}/?limit=1000&start={start}")["results"]:
            seen, start = seen + len(rows), rows[-1]["id"] + 1
        assert seen == 5000
        assert len(json.dumps(netbox.get(f"{VMS}/?limit=1000&offset=4000"))) > 500_000
