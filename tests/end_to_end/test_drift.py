"""`proxbox drift`: what differs, and who did it, as NetBox's own changelog says."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from proxbox_plan.demo.cluster import ClusterDescription, ClusterServer, DemoNode
from proxbox_plan.demo.netbox import FakeNetBoxThread, Fault
from proxbox_plan.documents import read_document
from proxbox_plan.model.drift import Drift, Item, Origin
from proxbox_plan.model.inventory.changelog import Access
from tests.end_to_end.conftest import SetUp, on_each_version
from tests.end_to_end.stage import Stage
from tests.end_to_end.test_everyday_changes import one_guest
from tests.end_to_end.test_moves import guest

CHANGE = "core.objectchange"
MACHINES = "virtualization/virtual-machines"
VM = "virtual-machine:lab/qemu/900"


def drift_of(stage: Stage, *arguments: str) -> dict[tuple[str, str | None], Item]:
    """Return what differs by address and field."""
    stage.good("drift", "--out", "drift.json", *arguments)
    return {(item.address, item.field): item for item in read_document(stage.folder / "drift.json", Drift).items}


def settled(set_up: SetUp) -> tuple[Stage, ClusterDescription]:
    """Return a stage where both sides agree."""
    cluster = one_guest()
    for vmid in [vmid for vmid in cluster.guests if vmid != 900]:
        cluster.delete_guest(vmid)
    stage = set_up(cluster)
    stage.settle()
    return stage, cluster


@pytest.mark.covering
def test_who_changed_what(set_up: SetUp) -> None:
    """A person, Proxmox, both, or a person to whom the field belongs; each with the entry of the changelog, if any."""
    stage, cluster = settled(set_up)
    stage.edit(MACHINES, "app", memory=1, changelog_message="more room")
    stage.edit(MACHINES, "app", description="mine", start_on_boot="on")
    stage.edit(MACHINES, "app", platform=None)
    stage.edit("virtualization/interfaces", "net0", enabled=False, mac_address="BC:24:11:FF:FF:FF")
    cluster.rename(900, "shop")
    found = drift_of(stage)
    memory = found[VM, "memory"]
    assert (memory.origin, memory.netbox, memory.author and memory.author.user) == (Origin.NETBOX, 1, "admin")
    assert memory.author
    assert memory.author.message == "more room"
    assert memory.author.time.endswith("Z")
    assert (found[VM, "name"].origin, found[VM, "name"].author) == (Origin.PROXMOX, None)
    for field in ("description", "platform"):
        assert (found[VM, field].origin, found[VM, field].author is not None) == (Origin.PRESERVED, True)
    for field in ("enabled", "mac_address"):
        nic = found["vm-interface:lab/qemu/900/net0", field]
        assert (nic.origin, nic.author is not None) == (Origin.NETBOX, True)
    said = stage.run("drift", "--detailed-exitcode", "--state", "state.json")
    assert said.code == 2
    assert "memory: NetBox has 1 MiB, Proxmox 2 GiB (admin, " in said.out
    assert ": more room)\n" in said.out


@pytest.mark.slow
def test_what_a_person_deleted(set_up: SetUp) -> None:
    """It is not new in Proxmox; and what NetBox deleted along with it was deleted by the same person."""
    stage, _ = settled(set_up)
    (machine,) = stage.netbox(MACHINES, name="app")
    stage.ask("DELETE", f"{MACHINES}/{machine['id']}/")
    found = drift_of(stage)
    assert found[VM, None].origin is Origin.DELETED
    assert found["vm-interface:lab/qemu/900/net0", None].origin is Origin.DELETED
    stage.plan()
    stage.apply()
    assert drift_of(stage) == {}


@pytest.mark.covering
@on_each_version
def test_no_drift(set_up: SetUp) -> None:
    """Nothing to name, nothing to ask: exit code 0, and a document that says so."""
    stage, _ = settled(set_up)
    said = stage.run("drift", "--detailed-exitcode", "--out", "drift.json")
    assert (said.code, said.out) == (0, "No drift. NetBox agrees with Proxmox.\n")
    assert read_document(stage.folder / "drift.json", Drift).changelog is Access.NOT_NEEDED


@pytest.mark.covering
def test_a_plan_shown_as_drift(fake: tuple[SetUp, FakeNetBoxThread]) -> None:
    """It is what `proxbox drift` says, but for who did it: the same rows, counted and consequences alike."""
    stage, cluster = settled(fake[0])
    stage.edit(MACHINES, "app", memory=1, description="the shop")
    cluster.add_guest(replace(cluster.guests[900], vmid=901, name="next", uuid="95000000-0000-4000-8000-000000000901"))
    found = drift_of(stage)
    stage.plan()
    shown = json.loads(stage.good("show", "--drift", "plan.json", "--format", "json"))
    rows = {(row["address"], row["field"]): row["follows"] for row in shown["items"]}
    assert rows == {place: item.follows for place, item in found.items()}
    assert rows["vm-interface:lab/qemu/901/net0", None] == "virtual-machine:lab/qemu/901"
    assert "Consequences of these: " in stage.good("show", "--drift", "plan.json")


@pytest.mark.covering
def test_what_is_left_to_netbox_is_no_drift(fake: tuple[SetUp, FakeNetBoxThread]) -> None:
    """F9: reported, and not counted: it was exit code 2 every night."""
    stage, _ = settled(fake[0])
    stage.edit(MACHINES, "app", description="the shop", platform=None)
    said = stage.run("drift", "--detailed-exitcode", "--out", "drift.json")
    assert said.code == 0
    assert "description: NetBox has the shop" in said.out
    assert said.out.splitlines()[-1].startswith("No drift. NetBox agrees with Proxmox; ")
    assert "preserved" in said.out.splitlines()[-1]
    assert read_document(stage.folder / "drift.json", Drift).preserved != ()


@pytest.mark.covering
def test_a_changelog_that_may_not_be_read(fake: tuple[SetUp, FakeNetBoxThread]) -> None:
    """Said once; the drift is the same, and so is the exit code."""
    stage, _ = settled(fake[0])
    stage.edit(MACHINES, "app", memory=1)
    refused = Fault(status=403, body={"detail": "no"})
    fake[1].fake.faults = lambda record: refused if "object-changes" in record.path else None
    said = stage.run("drift", "--detailed-exitcode", "--out", "drift.json")
    assert said.code == 2
    assert said.out.count("may not read the changelog") == 1
    assert "memory: NetBox has 1 MiB, Proxmox 2 GiB\n" in said.out
    assert json.loads((stage.folder / "drift.json").read_text())["changelog"] == "forbidden"


@pytest.mark.slow
@pytest.mark.parametrize("version", ["4.3.7", "4.2.9"])
@pytest.mark.covering
def test_a_netbox_without_messages(tmp_path: Path, version: str) -> None:
    """Before 4.4 our own changes cannot be told from others of the same user: who never applies is named."""
    with FakeNetBoxThread(version) as netbox, ClusterServer(one_guest()) as proxmox:
        stage = Stage(tmp_path, netbox.url, netbox.token, proxmox)
        stage.settle()
        stage.edit(MACHINES, "app", memory=1)
        (nic,) = stage.netbox("virtualization/interfaces", name="net0", virtual_machine="app")
        by(netbox, "alice", lambda: stage.ask("DELETE", f"virtualization/interfaces/{nic['id']}/"))
        found = drift_of(stage)
        assert (found[VM, "memory"].origin, found[VM, "memory"].author) == (Origin.NETBOX, None)
        deleted = found["vm-interface:lab/qemu/900/net0", None]
        assert (deleted.origin, deleted.author and deleted.author.user) == (Origin.DELETED, "alice")
        assert stage.run("drift").out.count("NetBox before 4.4") == 1


def by(netbox: FakeNetBoxThread, user: str, act: Callable[[], object]) -> None:
    """Have something done as another user."""
    before = set(netbox.fake.rows(CHANGE))
    act()
    for number in netbox.fake.rows(CHANGE).keys() - before:
        netbox.fake.store.put(CHANGE, number, {**netbox.fake.rows(CHANGE)[number], "user_name": user})


def two_guests(set_up: SetUp) -> tuple[Stage, ClusterDescription]:
    """Return a settled stage of two guests."""
    cluster = ClusterDescription(name="lab", nodes={"a": DemoNode("a", 1)})
    for vmid, name in enumerate(("app", "db"), 900):
        cluster.add_guest(guest(vmid, "a", name, 0, 1))
    stage = set_up(cluster)
    stage.settle()
    return stage, cluster


@pytest.mark.covering
def test_values_are_shown_as_a_plan_shows_them(set_up: SetUp) -> None:
    """Sizes with units; of tags what only one side has: what a person added in NetBox is not in Proxmox."""
    stage, cluster = two_guests(set_up)
    cluster.set_memory(901, 8192)
    tag: Any = stage.ask("POST", "extras/tags/", {"name": "hers", "slug": "hers"})
    stage.edit(MACHINES, "app", tags=[tag["id"]])
    said = stage.good("drift")
    assert "memory: NetBox has 2 GiB, Proxmox 8 GiB" in said
    assert "tags: Proxmox +proxbox" in said
    assert "Proxmox [hers" not in said


@pytest.mark.covering
def test_what_a_person_must_decide_is_drift(set_up: SetUp) -> None:
    """Two guests have one address: no apply changes that, and NetBox does not agree with Proxmox."""
    stage, cluster = two_guests(set_up)
    cluster.change_ip(901, "net0", "10.99.0.10/24")  # it is app's
    stage.plan()
    stage.apply()
    said = stage.run("drift", "--detailed-exitcode", "--format", "text")
    assert said.code == 2
    assert "10.99.0.10/24" in said.out
    assert said.out.splitlines()[-1].startswith("No drift, but 1 problem that a person must decide")
