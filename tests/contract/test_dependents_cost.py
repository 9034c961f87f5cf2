"""What it costs to ask: few requests, none of a long query, and none where nothing is deleted."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from proxbox_plan.demo.netbox import FakeNetBoxThread
from tests.contract.client import NetBox
from tests.contract.test_dependents import read

MANY = 100
GUESTS = ("ip-address", "virtual-disk", "virtual-machine", "vm-interface")
FIVE_DIGITS = 50_000  # ids of a NetBox that has seen a lot
Rows = list[dict[str, Any]]


@pytest.fixture
def thread() -> Iterator[FakeNetBoxThread]:
    """Run a fake NetBox."""
    with FakeNetBoxThread() as found:
        for table in found.fake.store.tables.values():
            table.next_id = FIVE_DIGITS
        yield found


def _many(netbox: NetBox, path: str, make: Callable[[int], dict[str, Any]]) -> Rows:
    reply = netbox.request("POST", f"{path}/", [make(number) for number in range(MANY)])
    assert reply.status == 201, reply
    rows: Rows = reply.body
    return rows


def _machines(netbox: NetBox) -> Rows:
    cluster = netbox.cluster()["id"]
    return _many(netbox, "virtualization/virtual-machines", lambda n: {"name": f"vm{n}", "cluster": cluster})


def _interfaces(netbox: NetBox) -> Rows:
    machine = netbox.machine()["id"]
    return _many(
        netbox,
        "virtualization/interfaces",
        lambda n: {"name": f"net{n}", "virtual_machine": machine, "mac_address": f"BC:24:11:00:00:{n:02X}"},
    )


def _devices(netbox: NetBox) -> Rows:
    first = netbox.device()
    same = {name: first[name]["id"] for name in ("site", "role", "device_type")}
    return _many(netbox, "dcim/devices", lambda n: {"name": f"node{n}", **same})


def _ports(netbox: NetBox) -> Rows:
    device = netbox.device()["id"]
    return _many(
        netbox,
        "dcim/interfaces",
        lambda n: {"name": f"nic{n}", "device": device, "type": "other", "mac_address": f"BC:24:11:00:01:{n:02X}"},
    )


def _addresses(netbox: NetBox) -> Rows:
    vrf = netbox.vrf()
    return _many(netbox, "ipam/ip-addresses", lambda n: {"address": f"192.0.2.{n + 1}/24", "vrf": vrf})


def _disks(netbox: NetBox) -> Rows:
    machine = netbox.machine()["id"]
    return _many(
        netbox, "virtualization/virtual-disks", lambda n: {"name": f"scsi{n}", "virtual_machine": machine, "size": 1}
    )


MAKERS = {
    "device": _devices,
    "interface": _ports,
    "ip-address": _addresses,
    "virtual-disk": _disks,
    "virtual-machine": _machines,
    "vm-interface": _interfaces,
}


@pytest.mark.parametrize("kind", MAKERS)
def test_a_hundred_of_one_kind(thread: FakeNetBoxThread, kind: str) -> None:
    """At most 15 requests, of at most 1,500 bytes of query each."""
    netbox = NetBox(thread.url, thread.token, is_fake=True)
    ids = [row["id"] for row in MAKERS[kind](netbox)]
    thread.fake.requests.clear()
    read(netbox, {kind: ids})
    asked = [request for request in thread.fake.requests if "/status/" not in request.path]
    assert len(asked) <= 15, [request.path for request in asked]
    assert max(len(request.query) for request in asked) <= 1500


def test_others_between_them_are_not_taken(thread: FakeNetBoxThread) -> None:
    """Ids that lie close together are asked for as a range: what is on another object in it is another's."""
    netbox = NetBox(thread.url, thread.token, is_fake=True)
    rows = [*_machines(netbox), *_machines(netbox)]
    asked, others = [row["id"] for row in rows[::2]], [row["id"] for row in rows[1::2]]
    label = "virtualization.virtualmachine"
    for number in (asked[3], others[3]):
        note = {"assigned_object_type": label, "assigned_object_id": number, "comments": "x"}
        netbox.create("extras/journal-entries", **note)
    assert [item.on for item in read(netbox, {"virtual-machine": asked})] == [asked[3]]


def test_a_hundred_of_mixed_kinds(thread: FakeNetBoxThread) -> None:
    """At most 40 requests for guests that go with their interfaces, disks and addresses."""
    netbox = NetBox(thread.url, thread.token, is_fake=True)
    wanted = {kind: [row["id"] for row in make(netbox)][:25] for kind, make in MAKERS.items() if kind in GUESTS}
    thread.fake.requests.clear()
    read(netbox, wanted)
    asked = [request for request in thread.fake.requests if "/status/" not in request.path]
    assert len(asked) <= 40
