"""Drift says what did it in Proxmox, and what only follows from something else."""

from __future__ import annotations

from typing import Any

import pytest

from proxbox_plan.core.address import Address
from proxbox_plan.core.key import Key
from proxbox_plan.model.drift import Author, Drift, Item, Origin, TaskLog
from proxbox_plan.model.plan import Reason
from proxbox_plan.model.state import COMPLETE, NOT_READ, Cluster, Coverage, NodeCoverage, Task
from proxbox_plan.plan.drift import make_drift
from proxbox_plan.plan.drift_causes import with_consequences, with_tasks
from proxbox_plan.report.format import Format
from proxbox_plan.report.rendering import render
from tests.builders import cluster, node, plan

NOON = 1_763_726_400  # 2025-11-21T12:00:00Z
GUEST = "virtual-machine:lab/qemu/100"


def task(type_: str, user: str = "alice@pve", minute: int = 0, **fields: Any) -> Task:
    """Return a finished task about the guest 100."""
    sound = {"node": "pve1", "vmid": 100, "status": "OK", "started": NOON + 60 * minute}
    return Task(**{**sound, "upid": f"{type_}:{user}:{minute}", "type": type_, "user": user, **fields})


def read(*tasks: Task, coverage: Coverage = COMPLETE) -> list[Cluster]:
    """Return a cluster with one node, whose task log holds these."""
    return [cluster("lab", nodes=(node(tasks=tasks, coverage=NodeCoverage(tasks=coverage)),))]


def item(field: str | None = "memory", origin: Origin = Origin.PROXMOX, address: str = GUEST, **fields: Any) -> Item:
    """Return something that differs."""
    made = Address(address)
    return Item(origin=origin, address=made, kind=made.kind, name="web", cluster="lab", field=field, **fields)


def drift(*items: Item) -> Drift:
    """Return drift of these."""
    return make_drift(plan()).remade(items=items)


def asked(one: Item, *tasks: Task, coverage: Coverage = COMPLETE) -> Item:
    """Return the item with what the task log says of it."""
    (found,) = with_tasks(drift(one), read(*tasks, coverage=coverage)).items
    return found


@pytest.mark.parametrize(
    ("one", "type_"),
    [
        (item("memory"), "qmconfig"),
        (item("size", address="virtual-disk:lab/qemu/100/disk/scsi0"), "resize"),
        (item("device"), "qmigrate"),
        (item("status"), "qmstart"),
        (item(None, Origin.NEW), "qmclone"),
        (item(None, Origin.GONE), "qmdestroy"),
        (item("status", reason=Reason.GONE), "qmdestroy"),  # it is decommissioned
        (item("name", Origin.BOTH), "qmconfig"),
        (item("status", address="virtual-machine:lab/lxc/100"), "vzshutdown"),
    ],
)
def test_the_one_task_that_fits_is_named(one: Item, type_: str) -> None:
    """Who started it, which one it was, and when; also in the row of a report."""
    found = asked(one, task(type_), task("vncproxy", "bob@pve"), task("vzdump", "root@pam"))
    assert found.task is not None
    assert (found.task.user, found.task.type, found.task.time) == ("alice@pve", type_, "2025-11-21T12:00:00Z")
    for format_ in (Format.TEXT, Format.MARKDOWN, Format.HTML):
        assert f"pve, {type_}, 2025-11-21T12:00:00Z" in render(drift(found), format_)


def test_two_that_fit_are_no_claim() -> None:
    """A configuration leaves no trace of which value a task changed."""
    found = asked(item("memory"), task("qmconfig", "alice@pve", 1), task("qmconfig", "bob@pve", 2))
    assert (found.task, found.task_log) == (None, TaskLog.SEVERAL)
    assert "several tasks fit" in render(drift(found), Format.TEXT)
    same = asked(item("status"), task("qmstop", "alice@pve"), task("qmstart", "bob@pve"))
    assert (same.task, same.task_log) == (None, TaskLog.SEVERAL)


def test_the_last_task_makes_a_status() -> None:
    """However often a guest was started and stopped, or migrated, before."""
    tasks = (task("qmstop", "bob@pve", 3), task("qmstart", "alice@pve", 2), task("qmigrate", "carol@pve", 1))
    status, place = asked(item("status"), *tasks).task, asked(item("device"), *tasks).task
    assert status is not None
    assert place is not None
    assert (status.user, place.user) == ("bob@pve", "carol@pve")


def test_no_task_is_said_only_of_a_log_that_was_read() -> None:
    """A task that failed, one of another guest, and one in a log that was not read."""
    others = (task("qmconfig", status="unable to do it"), task("qmconfig", vmid=101))
    assert asked(item("memory"), *others).task_log is TaskLog.NONE
    assert "no task found" in render(drift(asked(item("memory"), *others)), Format.TEXT)
    assert asked(item("memory"), *others, coverage=NOT_READ).task_log is TaskLog.NOT_READ


@pytest.mark.parametrize(
    "one",
    [
        item("memory", Origin.NETBOX),
        item("memory", Origin.PRESERVED),
        item("serial", address="device:lab/node/pve1"),
        item("color", address="tag:prod"),
    ],
)
def test_what_proxmox_did_not_do_has_no_task(one: Item) -> None:
    """An edit in NetBox, a node, and what is shared."""
    assert asked(one, task("qmconfig")) == one


def test_what_went_with_a_machine_follows_from_it() -> None:
    """One deletion in NetBox, not five; the apply that makes it again makes all of them."""
    author = Author(user="alice", time="2026-11-20T16:05:00Z", entry=7)
    gone = item(None, Origin.DELETED, author=author)
    nic = item(None, Origin.DELETED, "vm-interface:lab/qemu/100/net0", author=author)
    found = with_consequences(drift(gone, nic, item(None, Origin.NEW, "vm-interface:lab/qemu/101/net0")))
    assert [one.follows for one in found.items] == [None, Address(GUEST), None]
    assert len(found.counted) == 2
    text = render(found, Format.TEXT)
    assert "Deleted in NetBox: 1 difference\n" in text
    assert "Consequences of these: 1 difference\n" in text
    assert f"with {GUEST}" in text


def test_a_reference_follows_from_what_it_names() -> None:
    """Whoever deletes an address empties the primary one; a new VLAN is why an interface changes."""
    address = "ip-address:lab/qemu/100/net0/ip/10.0.0.7"
    ref = {"kind": "ip-address", "name": "10.0.0.7/24", "address": address}
    lost = item(None, Origin.DELETED, address)
    primary = item("primary_ip4", Origin.NETBOX, netbox=None, proxmox=ref)
    kept = item("tenant", Origin.PRESERVED, netbox=ref)
    found = with_consequences(drift(lost, primary, item("memory", Origin.NETBOX), kept))
    assert [one.follows for one in found.items] == [None, Address(address), None, None]
    assert Key("lab/qemu/100") == found.items[0].address.key.owner


@pytest.mark.parametrize("origin", [Origin.DELETED, Origin.GONE, Origin.NEW])
def test_what_was_on_an_interface_follows_from_it(origin: Origin) -> None:
    """One deletion of a NIC, not another one of each address on it; another NIC's address stands for itself."""
    nic = "vm-interface:lab/qemu/100/net0"
    on_it = item(None, origin, "ip-address:lab/qemu/100/net0/ip/10.0.0.7")
    beside = item(None, origin, "ip-address:lab/qemu/100/net1/ip/10.0.0.8")
    other = item(None, Origin.ADOPTED, "mac-address:lab/qemu/100/net0/mac")
    found = with_consequences(drift(item(None, origin, nic), on_it, beside, other))
    assert [one.follows for one in found.items] == [None, Address(nic), None, None]


def test_what_a_former_guest_of_the_vmid_had_follows_from_its_machine() -> None:
    """The guest that has the vmid now is another one."""
    new, old = item(None, Origin.GONE), item(None, Origin.GONE, f"{GUEST}~00000000")
    part = item(None, Origin.GONE, "vm-interface:lab/qemu/100~00000000/net0")
    assert with_consequences(drift(new, old, part)).items[-1].follows == old.address


def test_drift_never_says_what_an_apply_would_do() -> None:
    """It says who and when; nothing is being restored."""
    made = drift(item("memory", Origin.NETBOX, reason="edited-in-netbox"), item("name", Origin.BOTH))
    for format_ in (Format.TEXT, Format.MARKDOWN, Format.HTML):
        assert "restored" not in render(made, format_).partition("<script>")[0]
        assert "put back" not in render(made, format_)
