"""What must never happen, tried on whole commands."""

from __future__ import annotations

import subprocess
from threading import Event

import pytest

from proxbox_plan.apply import apply as applying
from proxbox_plan.demo.cluster import ClusterDescription
from proxbox_plan.demo.netbox import FakeNetBox, FakeNetBoxThread, Fault, RequestRecord
from proxbox_plan.model.plan import Action
from proxbox_plan.model.state import Incomplete
from scripts.command import steady_concurrency
from tests.end_to_end.conftest import SetUp, on_each_version
from tests.end_to_end.stage import Said, Stage
from tests.recordings import CLUSTER_9_ROOT, recording

MACHINES = "virtualization/virtual-machines"


def small(guests: int = 20) -> ClusterDescription:
    """Return a small cluster."""
    return ClusterDescription.seeded(5, guests=guests, nodes=3, name="lab")


@pytest.mark.covering
def test_plan_sends_only_get(fake: tuple[SetUp, FakeNetBoxThread]) -> None:
    """Trap 14: planning and drift write nothing, to neither side."""
    set_up, netbox = fake
    stage = set_up(small())
    stage.plan()
    stage.good("drift")
    assert {request.method for request in netbox.fake.requests} == {"GET"}
    assert {request.method for request in stage.proxmox.requests} == {"GET"}


@pytest.mark.slow
def test_budget_of_200_guests(fake: tuple[SetUp, FakeNetBoxThread], monkeypatch: pytest.MonkeyPatch) -> None:
    """200 guests, about 1,400 objects: at most 60 writes; the empty second plan is 19 reads, as for any number."""
    set_up, netbox = fake
    monkeypatch.setattr(applying, "AdaptiveConcurrency", steady_concurrency)
    stage = set_up(small(200))
    stage.plan()
    stage.apply()
    assert sum(request.method != "GET" for request in netbox.fake.requests) <= 60
    before = len(netbox.fake.requests)
    assert stage.plan().changes == ()
    assert len(netbox.fake.requests) - before == 19


@on_each_version
@pytest.mark.slow
def test_two_applies_at_once(set_up: SetUp) -> None:
    """Trap 15: on two machines (two folders): one lands, the other is refused with 6 and has written nothing."""
    stage = set_up(small())
    stage.plan()
    there = stage.folder / "other"
    there.mkdir()
    for name in ("plan.json", "proxbox.yaml"):
        (there / name).write_bytes((stage.folder / name).read_bytes())
    other = Stage.__new__(Stage)
    other.__dict__.update(stage.__dict__, folder=there)
    if stage.fake is None:
        first, second = stage.start("apply", "plan.json"), other.start("apply", "plan.json")
        said = [_ended(first), _ended(second)]
    else:
        said = _one_within_the_other(stage, other, stage.fake)
    assert sorted(each.code for each in said) == [0, 6], said
    err = next(each.err for each in said if each.code)
    assert "lock is held on NetBox" in err
    assert "proxbox unlock" in err
    assert stage.plan().changes == ()


def _ended(process: subprocess.Popen[str]) -> Said:
    out, err = process.communicate()
    return Said(process.returncode, out, err)


def _one_within_the_other(stage: Stage, other: Stage, netbox: FakeNetBox) -> list[Said]:
    """Hold the first write of one apply until the other one has come to its end."""
    second: list[Said] = []
    writes = Event()

    def held(record: RequestRecord) -> Fault | None:
        if record.method == "GET" or "tags" in record.path:
            return None
        writes.set()
        return Fault(held=lambda: not second)

    netbox.faults = held
    with stage.start("apply", "plan.json") as first:
        assert writes.wait(120)
        second.append(other.run("apply", "plan.json"))
        return [_ended(first), *second]


@pytest.mark.slow
@on_each_version
def test_an_object_edited_between_plan_and_apply(set_up: SetUp) -> None:
    """Trap 17: the apply is refused as stale (4); with --on-stale skip the rest lands and the edit stays."""
    cluster = small()
    stage = set_up(cluster)
    stage.settle()
    first, second = [guest for guest in cluster.guests.values() if not guest.template][:2]
    cluster.set_memory(first.vmid, 12288)
    cluster.set_memory(second.vmid, 12288)
    stage.plan()
    stage.edit(MACHINES, first.name, comments="edited by a person")
    refused = stage.run("apply", "plan.json")
    assert refused.code == 4
    assert first.name in refused.err
    skipped = stage.run("apply", "plan.json", "--on-stale", "skip")
    assert skipped.code == 0
    assert "Skipped 1 of 2 changes, because NetBox was edited since the plan was made" in skipped.err
    rows = {row["name"]: row for row in stage.netbox(MACHINES)}
    assert rows[first.name]["memory"] == first.memory
    assert rows[first.name]["comments"] == "edited by a person"
    assert rows[second.name]["memory"] == 12288
    stage.settle()


@pytest.mark.slow
def test_the_offline_node_of_the_recordings(set_up: SetUp) -> None:
    """Trap 2: guests that were synced stay whole while their node is down, and the plan names them."""
    cluster = small()
    stage = set_up(cluster)
    stage.settle()
    count = len(stage.netbox(MACHINES))
    disks = len(stage.netbox("virtualization/virtual-disks"))
    cluster.take_node_offline("pve2")
    plan = stage.settle()
    assert not any(change.action is Action.DELETE for change in plan.changes)
    deferred = {item.address for item in plan.deferred if item.reason is Incomplete.NODE_OFFLINE}
    lost = [guest for guest in cluster.guests.values() if guest.node == "pve2" and not guest.template]
    assert {f"virtual-machine:lab/{guest.type}/{guest.vmid}" for guest in lost} <= deferred
    assert len(stage.netbox(MACHINES)) == count
    assert len(stage.netbox("virtualization/virtual-disks")) == disks
    shown = stage.good("show", "plan.json")
    assert "pve2" in shown


@pytest.mark.slow
def test_guests_of_a_node_that_was_never_seen(set_up: SetUp) -> None:
    """The recorded pve3 is down: its guests are neither created nor deleted, and the plan says why."""
    stage = set_up(recording(CLUSTER_9_ROOT))
    plan = stage.settle()
    assert {item.name for item in plan.deferred} == {
        f"lab/{kind}" for kind in ("lxc/202", "lxc/205", "qemu/102", "qemu/105", "qemu/108", "qemu/111")
    }
    assert stage.run("plan", "--require-complete").code == 3


@pytest.mark.slow
def test_an_apply_can_be_taken_up_again(fake: tuple[SetUp, FakeNetBoxThread]) -> None:
    """NetBox dies half-way: exit 5, the outcome says where; --resume finishes without a duplicate."""
    set_up, netbox = fake
    stage = set_up(small())
    stage.plan()
    seen = len(netbox.fake.requests)
    netbox.fake.faults = lambda record: Fault(status=503) if record.index > seen + 15 else None
    stopped = stage.run("apply", "plan.json")
    assert stopped.code == 5, stopped
    assert "--resume" in stopped.err
    netbox.fake.faults = None
    assert stage.run("apply", "plan.json").code == 1
    stage.good("apply", "plan.json", "--resume")
    assert stage.plan().changes == ()


@pytest.mark.slow
def test_the_plan_after_it_was_applied(fake: tuple[SetUp, FakeNetBoxThread]) -> None:
    """A plan is applied once."""
    stage = fake[0](small())
    stage.plan()
    stage.apply()
    again = stage.run("apply", "plan.json")
    assert again.code == 3
    assert "already applied" in again.err
    assert stage.run("apply", "plan.json", "--resume").code == 0
