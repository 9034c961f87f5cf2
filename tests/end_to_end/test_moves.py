"""A guest that migrates between two clusters of one proxbox.yaml is moved in NetBox: the same objects, elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import Any

import pytest

from proxbox_plan.demo.cluster import ClusterDescription, ClusterServer, DemoDisk, DemoGuest, DemoNic, DemoNode
from proxbox_plan.documents import read_document
from proxbox_plan.model.plan import Action, Plan
from proxbox_plan.model.problem import ProblemCode
from tests.end_to_end.conftest import SetUp
from tests.end_to_end.stage import Stage

MACHINES = "virtualization/virtual-machines"
PATHS = (MACHINES, "virtualization/interfaces", "virtualization/virtual-disks", "ipam/ip-addresses")
CHILDREN = ("disk/scsi0", "disk/scsi1", "net0", "net0/ip/10.99.0.10", "net1", "net1/ip/10.99.1.10")
Rows = dict[str, dict[str, Any]]


def guest(vmid: int, node: str, name: str, *numbers: int) -> DemoGuest:
    """Return a guest with so many NICs, each with an address, and two disks."""
    nics = {
        f"net{number}": DemoNic(
            mac=f"BC:24:11:09:{vmid % 256:02X}:{number:02X}", tag=10, seen=(f"10.99.{number}.{vmid % 890}/24",)
        )
        for number in numbers
    }
    disks = {f"scsi{number}": DemoDisk("local-lvm", f"vm-{vmid}-disk-{number}", "8G") for number in (0, 1)}
    return DemoGuest(
        "qemu",
        vmid,
        node,
        name,
        f"90000000-0000-4000-8000-{vmid:012d}",
        f"91000000-0000-4000-8000-{vmid:012d}",
        nics=nics,
        disks=disks,
        note="ours",
    )


@dataclass
class Pair:
    """Two clusters and the NetBox that documents both; `app` (900) is in `lab` at first."""

    stage: Stage
    lab: ClusterDescription
    other: ClusterDescription

    def migrate(self, **fields: Any) -> None:
        """Let the guest migrate from `lab` to `other`."""
        traveller = replace(self.lab.guests[900], node="px1", **fields)
        self.lab.delete_guest(900)
        self.other.add_guest(traveller)

    def plan_one(self, cluster: str) -> Plan:
        """Plan after collecting only one of the clusters."""
        self.stage.good("collect", "--cluster", cluster)
        self.stage.good("plan", "--state", "state.json")
        return read_document(self.stage.folder / "plan.json", Plan)

    def rows(self, key: str) -> Rows:
        """Return what NetBox has of a guest, by key below the guest's (the machine: empty)."""
        found: Rows = {}
        for path in PATHS:
            for row in self.stage.netbox(path):
                own = row["custom_fields"]["proxbox_key"] or ""
                if own == key or own.startswith(f"{key}/"):
                    found[own.removeprefix(key).strip("/")] = row
        return found

    def ids(self, key: str) -> dict[str, int]:
        """Return the NetBox ids of the same."""
        return {name: row["id"] for name, row in self.rows(key).items()}


@pytest.fixture
def pair(set_up: SetUp) -> Iterator[Pair]:
    """Give two clusters that NetBox agrees with."""
    lab = ClusterDescription(name="lab", nodes={name: DemoNode(name, n) for n, name in enumerate(("pve1", "pve2"), 1)})
    other = ClusterDescription(name="other", nodes={"px1": DemoNode("px1", 9)})
    for vmid, cluster, node, name in ((900, lab, "pve1", "app"), (901, lab, "pve2", "db"), (500, other, "px1", "mail")):
        cluster.add_guest(guest(vmid, node, name, *((0, 1) if vmid == 900 else (0,))))
    with ExitStack() as stack:
        stage = set_up(lab)
        stage.configure_two(stack.enter_context(ClusterServer(other)))
        stage.settle()
        made = Pair(stage, lab, other)
        assert sorted(made.ids("lab/qemu/900")) == ["", *CHILDREN]
        yield made


def of_guest(plan: Plan) -> dict[str, tuple[str, str]]:
    """Return action and reason of every change of the guest, by address."""
    return {
        change.address: (change.action.value, change.reason.value)
        for change in plan.changes
        if "/qemu/900" in change.address
    }


@pytest.mark.slow
def test_a_migration_is_one_move(pair: Pair) -> None:
    """Planned as a move of the machine and all that hangs off it; afterwards every NetBox id is what it was."""
    before = pair.ids("lab/qemu/900")
    pair.migrate()
    plan = pair.stage.plan()
    assert set(of_guest(plan).values()) == {("move", "moved-to-another-cluster")}
    assert len(of_guest(plan)) == 1 + len(CHILDREN)
    assert not any(change.action is Action.DELETE for change in plan.changes)
    assert "moved to another cluster" in pair.stage.good("show", "plan.json")
    pair.stage.apply()
    assert pair.ids("other/qemu/900") == before
    assert pair.ids("lab/qemu/900") == {}
    machine = pair.rows("other/qemu/900")[""]
    assert (machine["cluster"]["name"], machine["device"]["name"], machine["site"]["name"]) == ("other", "px1", "DC2")
    assert machine["primary_ip4"]["address"] == "10.99.0.10/24"
    assert machine["status"]["value"] == "active"
    assert pair.stage.plan().changes == ()


@pytest.mark.slow
def test_a_migration_may_change_the_guest_too(pair: Pair) -> None:
    """Another vmid, name, size and VLAN, and a NIC that stayed behind: still the same machine."""
    before = pair.ids("lab/qemu/900")
    traveller = pair.lab.guests[900]
    nics = {"net0": replace(traveller.nics["net0"], tag=30)}
    disks = {**traveller.disks, "scsi0": replace(traveller.disks["scsi0"], size="32G")}
    pair.migrate(vmid=777, name="shop", nics=nics, disks=disks)
    pair.stage.settle()
    after = pair.ids("other/qemu/777")
    assert after == {name: number for name, number in before.items() if not name.startswith("net1")}
    assert pair.rows("other/qemu/777")[""]["name"] == "shop"
    assert pair.ids("lab/qemu/900") == {}


@pytest.mark.slow
def test_a_name_that_one_of_ours_has_there(pair: Pair) -> None:
    """Proxmox allows it, NetBox does not: the guest arrives with its vmid in its name, as any other would."""
    before = pair.ids("lab/qemu/900")
    pair.other.rename(500, "APP")
    pair.migrate()
    pair.stage.settle()
    assert pair.ids("other/qemu/900") == before
    assert pair.rows("other/qemu/900")[""]["name"] == "app (900)"


@pytest.mark.slow
def test_a_name_that_somebody_else_has_there(pair: Pair) -> None:
    """The move waits as a whole and the problem says for what; nothing is created, deleted or half moved."""
    before = pair.rows("lab/qemu/900")
    cluster = next(row for row in pair.stage.netbox("virtualization/clusters") if row["name"] == "other")
    theirs = pair.stage.ask("POST", f"{MACHINES}/", {"name": "app", "cluster": cluster["id"]})
    pair.migrate()
    plan = pair.stage.plan()
    assert of_guest(plan) == {}
    assert ProblemCode.NAME_TAKEN in {problem.code for problem in plan.problems}
    if plan.changes:
        pair.stage.apply()
    assert pair.rows("lab/qemu/900") == before
    pair.stage.ask("PATCH", f"{MACHINES}/{theirs['id']}/", {"name": "app-of-a-person"})
    pair.stage.settle()
    assert pair.ids("other/qemu/900") == {name: row["id"] for name, row in before.items()}


@pytest.mark.slow
def test_only_the_old_cluster_was_read(pair: Pair) -> None:
    """There the guest is gone for certain: decommissioned. It is taken up again where it turns up, as the same one."""
    before = pair.ids("lab/qemu/900")
    pair.migrate()
    gone = pair.plan_one("lab")
    assert of_guest(gone)["virtual-machine:lab/qemu/900"] == ("update", "gone-from-proxmox")
    pair.stage.apply()
    pair.stage.settle()
    after = pair.ids("other/qemu/900")
    assert after[""] == before[""]
    assert sorted(after) == sorted(before)
    assert pair.rows("other/qemu/900")[""]["status"]["value"] == "active"


@pytest.mark.slow
def test_only_the_new_cluster_was_read(pair: Pair) -> None:
    """Nothing shows that the guest is gone from the old one: it may be a copy, so what is there keeps its addresses."""
    before = pair.rows("lab/qemu/900")
    pair.migrate()
    plan = pair.plan_one("other")
    assert of_guest(plan)["virtual-machine:other/qemu/900"] == ("create", "new-in-proxmox")
    conflicts = [problem.address for problem in plan.problems if problem.code is ProblemCode.ADDRESS_CONFLICT]
    assert conflicts == [f"ip-address:other/qemu/900/{name}" for name in CHILDREN if "/ip/" in name]
    pair.stage.apply()
    assert pair.rows("lab/qemu/900") == before
    pair.stage.settle()
    assert pair.rows("lab/qemu/900")[""]["status"]["value"] == "decommissioning"
    assert sorted(pair.ids("other/qemu/900")) == ["", *CHILDREN]
