"""Guests that pass their vmids on: NetBox has every key once, so one of them goes under another key meanwhile."""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from proxbox_plan.demo.cluster import ClusterDescription, DemoDisk, DemoGuest, DemoNic
from proxbox_plan.demo.netbox import FakeNetBoxThread, Fault, RequestRecord
from proxbox_plan.documents import read_document
from proxbox_plan.model.plan import Plan
from tests.apply.content import content as everything
from tests.end_to_end.conftest import SetUp, on_each_version
from tests.end_to_end.plugin_stage import Described, plugin_stage
from tests.end_to_end.stage import Stage
from tests.end_to_end.test_undo import content

PARTS = ("virtualization/interfaces", "virtualization/virtual-disks", "ipam/ip-addresses", "dcim/mac-addresses")
SWAP = {900: "app", 901: "db"}, {900: "db", 901: "app"}
CHAIN = {900: "app", 901: "db"}, {900: "web", 901: "app", 902: "db"}


def guest(name: str, vmid: int) -> DemoGuest:
    """Return the guest of a name under a vmid: it is the same, whatever vmid it has."""
    place = {"app": 1, "db": 2, "web": 3}[name]
    return DemoGuest(
        "qemu",
        vmid,
        "pve1",
        name,
        f"90000000-0000-4000-8000-{place:012d}",
        f"91000000-0000-4000-8000-{place:012d}",
        nics={"net0": DemoNic(mac=f"BC:24:11:00:09:{place:02X}", tag=10, seen=(f"10.99.0.{place}/24",))},
        disks={"scsi0": DemoDisk("local-lvm", f"vm-{name}-disk-0", "8G")},
    )


def small(guests: dict[int, str]) -> ClusterDescription:
    """Return a small cluster that has these guests, too."""
    cluster = ClusterDescription.seeded(3, guests=6, nodes=3, name="lab")
    return given(cluster, guests)


def given(cluster: ClusterDescription, guests: dict[int, str]) -> ClusterDescription:
    """Let the vmids from 900 on be these guests'."""
    for vmid in [vmid for vmid in cluster.guests if vmid >= 900]:
        cluster.delete_guest(vmid)
    for vmid, name in guests.items():
        cluster.add_guest(guest(name, vmid))
    return cluster


def machines(stage: Stage) -> dict[str, tuple[int, str]]:
    """Return id and key of the machines of these guests, by name."""
    rows = stage.netbox("virtualization/virtual-machines", name=["app", "db", "web"])
    return {row["name"]: (row["id"], row["custom_fields"]["proxbox_key"]) for row in rows}


def ids(stage: Stage) -> set[tuple[str, int]]:
    """Return the parts of all machines."""
    return {(path, row["id"]) for path in PARTS for row in stage.netbox(path)}


@dataclass
class Dies:
    """A NetBox that answers nothing any more after so many writes to existing objects."""

    left: int

    def __call__(self, record: RequestRecord) -> Fault | None:
        """Tell what goes wrong with a request."""
        self.left -= record.method == "PATCH"
        return Fault(status=503) if self.left < 0 else None


def fresh(stage: Stage, name: str) -> Stage:
    """Return the stage in a folder of its own, with the same plan."""
    folder = stage.folder / name
    folder.mkdir()
    for file in ("plan.json", "state.json", "proxbox.yaml"):
        shutil.copy(stage.folder / file, folder / file)
    again = Stage.__new__(Stage)
    again.__dict__.update(stage.__dict__, folder=folder)
    return again


@on_each_version
@pytest.mark.slow
@pytest.mark.parametrize("turn", [SWAP, CHAIN], ids=["swap", "chain"])
@pytest.mark.covering
def test_guests_that_pass_their_vmids_on(set_up: SetUp, turn: tuple[dict[int, str], dict[int, str]]) -> None:
    """Each keeps its machine with all that is on it; nothing is deleted, and an undo gives all back."""
    before, after = turn
    cluster = small(before)
    stage = set_up(cluster)
    stage.settle()
    was, parts, said = machines(stage), ids(stage), content(stage)
    given(cluster, after)
    assert stage.plan().problems == ()
    stage.apply()
    stage.good("plan", "--state", "state.json", "--out", "second.json")
    assert read_document(stage.folder / "second.json", Plan).changes == ()
    found = machines(stage)
    assert {name: found[name][0] for name in was} == {name: number for name, (number, _) in was.items()}
    assert {key for _, key in found.values()} == {f"lab/qemu/{vmid}" for vmid in after}
    assert {name: key for name, (_, key) in found.items()} == {name: f"lab/qemu/{vmid}" for vmid, name in after.items()}
    assert parts <= ids(stage)
    stage.good("undo", "plan.outcome.json")
    assert read_document(stage.folder / "undo.json", Plan).problems == ()
    stage.good("apply", "undo.json", "--force-limit")
    assert content(stage) == said


@pytest.mark.slow
@pytest.mark.parametrize("resumed", [True, False], ids=["resumed", "planned again"])
@pytest.mark.covering
def test_an_apply_that_stopped_between_two_keys(fake: tuple[SetUp, FakeNetBoxThread], *, resumed: bool) -> None:
    """Whichever request is the last: a resume, or the next plan, comes to the same end."""
    set_up, netbox = fake
    cluster = small(SWAP[0])
    stage = set_up(cluster)
    stage.settle()
    given(cluster, SWAP[1])
    stage.plan()
    start = netbox.fake.snapshot()
    seen = len(netbox.fake.requests)
    stage.apply()
    writes = [record.index for record in netbox.fake.requests[seen:] if record.method == "PATCH"]
    end = everything(netbox.fake)
    for last in range(1, len(writes)):
        netbox.fake.restore(start)
        again = fresh(stage, f"after-{last}")
        netbox.fake.faults = Dies(last)
        assert again.run("apply", "plan.json").code == 5
        netbox.fake.faults = None
        if resumed:
            again.good("apply", "plan.json", "--resume")
        else:
            again.good("plan", "--state", "state.json", "--out", "next.json")
            lock = re.search(r"proxbox unlock (\w+)", again.run("apply", "next.json").err)
            assert lock is not None
            again.good("unlock", lock[1])
            again.good("apply", "next.json")
        assert everything(netbox.fake) == end, f"after {last} of {len(writes)}"


@pytest.mark.slow
@pytest.mark.parametrize("set_up", ["4.2.9", "fake"], indirect=True)
def test_a_guest_takes_the_vmid_of_one_that_is_gone(set_up: SetUp) -> None:
    """Also the keys of the MAC addresses that NetBox before 4.7 deletes with their interface."""
    cluster = small({900: "app", 901: "db"})
    stage = set_up(cluster)
    stage.settle()
    given(cluster, {900: "web", 901: "app"})
    stage.plan("--force-limit")
    stage.apply("--force-limit")
    assert stage.plan("--force-limit").changes == ()


@pytest.mark.slow
def test_a_guest_takes_the_vmid_of_one_that_is_gone_beside_the_plugin(tmp_path: Path) -> None:
    """And those of the sidecars, while a template has the vmid that it had."""
    cluster = small({900: "app", 901: "db", 902: "web"})
    with plugin_stage(tmp_path, None, Described(cluster)) as stage:
        stage.settle()
        given(cluster, {})
        cluster.add_guest(replace(guest("web", 900), template=True, running=False))
        cluster.add_guest(guest("app", 901))
        cluster.add_guest(guest("db", 902))
        stage.plan("--force-limit")
        stage.apply("--force-limit")
        assert stage.plan("--force-limit").changes == ()
