"""Removal in stages, through the commands: decommissioned with what is on it, deleted in its time, or back to life."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from proxbox_plan.core.errors import RefusedError, StaleError
from proxbox_plan.demo.cluster import ClusterDescription, DemoDisk, DemoGuest, DemoNic
from proxbox_plan.documents import write_document
from proxbox_plan.model.plan import Action, Change, Delete, Plan, Reason
from tests.end_to_end.conftest import SetUp
from tests.end_to_end.stage import Stage

MACHINES, ADDRESSES = "virtualization/virtual-machines", "ipam/ip-addresses"
ADDRESS = "10.99.7.10/24"
STAGES = "mapping: {create_sites: true}\non_missing: {virtual-machine: {decommission: now, delete: 1h}}"


def guest(vmid: int = 900, name: str = "app", address: str = ADDRESS) -> DemoGuest:
    """Return a guest with a NIC, an address and a disk."""
    return DemoGuest(
        "qemu",
        vmid,
        "pve1",
        name,
        f"90000000-0000-4000-8000-{vmid:012d}",
        f"91000000-0000-4000-8000-{vmid:012d}",
        nics={"net0": DemoNic(mac=f"BC:24:11:07:00:{vmid % 256:02X}", tag=10, seen=(address,))},
        disks={"scsi0": DemoDisk("local-lvm", f"vm-{vmid}-disk-0", "8G")},
    )


def begun(set_up: SetUp) -> tuple[Stage, ClusterDescription]:
    """Return a synced cluster from which the guest is gone, and NetBox decommissioned."""
    cluster = ClusterDescription.seeded(3, guests=1, nodes=1, name="lab")
    cluster.add_guest(guest())
    stage = set_up(cluster)
    stage.configure(rest=STAGES)
    stage.plan()
    stage.apply()
    cluster.delete_guest(900)
    stage.plan("--force-limit")
    stage.apply("--force-limit")
    assert stage.plan("--force-limit").changes == ()
    return stage, cluster


def machine(stage: Stage) -> dict[str, Any]:
    """Return NetBox's machine."""
    (found,) = stage.netbox(MACHINES, name="app")
    return found


def parts(stage: Stage) -> dict[str, int]:
    """Return how many parts of the machine NetBox has."""
    paths = ("virtualization/interfaces", "virtualization/virtual-disks")
    number = str(machine(stage)["id"])
    return {path: len(stage.netbox(path, virtual_machine_id=number)) for path in paths}


def status_of(stage: Stage) -> str:
    """Return the status of the guest's address."""
    (found,) = stage.netbox(ADDRESSES, address=ADDRESS)
    status: str = found["status"]["value"]
    return status


def wait(stage: Stage, stamp: str = "2020-01-01T00:00:00Z") -> None:
    """Let the machine be decommissioned since long ago: its stamp says so."""
    applied = machine(stage)["custom_fields"]["proxbox_applied"]
    assert applied["decommissioned"] > stamp
    stage.edit(MACHINES, "app", custom_fields={"proxbox_applied": {**applied, "decommissioned": stamp}})


@pytest.mark.covering
def test_day_by_day(set_up: SetUp) -> None:
    """At first all that is on it stays; in its time it is deleted with that, and then nothing is left to do."""
    stage, _ = begun(set_up)
    assert machine(stage)["status"]["value"] == "decommissioning"
    assert parts(stage) == {"virtualization/interfaces": 1, "virtualization/virtual-disks": 1}
    assert status_of(stage) == "deprecated"
    wait(stage)
    plan = stage.plan("--force-limit")
    assert {change.action for change in plan.changes} == {Action.DELETE}
    stage.apply("--force-limit")
    assert stage.netbox(MACHINES, name="app") == []
    assert stage.netbox(ADDRESSES, address=ADDRESS) == []
    assert stage.plan("--force-limit").changes == ()


@pytest.mark.covering
def test_the_period_begins_with_the_apply(set_up: SetUp) -> None:
    """However old the plan is, or says that it is: no digest covers its time."""
    cluster = ClusterDescription.seeded(3, guests=1, nodes=1, name="lab")
    cluster.add_guest(guest())
    stage = set_up(cluster)
    stage.configure(rest=STAGES)
    stage.plan()
    stage.apply()
    cluster.delete_guest(900)
    plan = stage.plan("--force-limit")
    write_document(plan.remade(read_at="2020-01-01T00:00:00Z"), stage.folder / "plan.json")
    stage.apply("--force-limit")
    assert machine(stage)["custom_fields"]["proxbox_applied"]["decommissioned"] >= (plan.read_at or "9")
    assert stage.plan("--force-limit").changes == ()


@pytest.mark.covering
def test_a_guest_that_returns_is_as_it_was(set_up: SetUp) -> None:
    """The same machine with the same parts; the stamp is gone with the reason for it."""
    stage, cluster = begun(set_up)
    before = machine(stage)["id"]
    cluster.add_guest(guest())
    stage.plan()
    stage.apply()
    back = machine(stage)
    assert (back["id"], back["status"]["value"], status_of(stage)) == (before, "active", "active")
    assert "decommissioned" not in back["custom_fields"]["proxbox_applied"]
    assert stage.plan().changes == ()


@pytest.mark.covering
def test_an_address_is_handed_on(set_up: SetUp) -> None:
    """Another guest gets it in one plan, while the old machine waits for its end."""
    stage, cluster = begun(set_up)
    cluster.add_guest(replace(guest(901, "next"), nics={"net0": DemoNic("BC:24:11:07:00:99", tag=10, seen=(ADDRESS,))}))
    stage.plan()
    stage.apply()
    (address,) = stage.netbox(ADDRESSES, address=ADDRESS)
    assert address["assigned_object"]["virtual_machine"]["name"] == "next"
    assert address["status"]["value"] == "active"
    assert machine(stage)["status"]["value"] == "decommissioning"
    assert stage.plan().changes == ()


def taker() -> DemoGuest:
    """Return a guest that gets the vmid of the one that is gone."""
    return replace(guest(900, "next", "10.99.7.11/24"), uuid="92000000-0000-4000-8000-000000000900", vmgenid="other")


@pytest.mark.covering
def test_another_guest_takes_the_vmid(set_up: SetUp) -> None:
    """The machine makes room with all that is on it, which goes with it in its time, or comes back with its guest."""
    stage, cluster = begun(set_up)
    number, before = machine(stage)["id"], of_machine(stage, machine(stage)["id"])
    cluster.add_guest(taker())
    stage.plan("--force-limit")
    stage.apply("--force-limit")
    assert stage.plan().changes == ()
    assert of_machine(stage, number) == before
    assert status_of(stage) == "deprecated"
    cluster.add_guest(replace(guest(), vmid=907))
    stage.plan("--force-limit")
    stage.apply("--force-limit")
    assert (machine(stage)["id"], of_machine(stage, number), status_of(stage)) == (number, before, "active")
    cluster.delete_guest(907)
    stage.plan("--force-limit")
    stage.apply("--force-limit")
    wait(stage)
    stage.plan("--force-limit")
    stage.apply("--force-limit")
    assert stage.netbox(MACHINES, name="app") == []
    (left,) = stage.netbox(MACHINES, name="next")
    assert of_machine(stage, left["id"]).keys() == before.keys()
    assert stage.plan().changes == ()


@pytest.mark.covering
def test_an_undo_gives_the_vmid_back(set_up: SetUp) -> None:
    """With all that is on its machine; what the other guest had is deleted."""
    stage, cluster = begun(set_up)
    number, before = machine(stage)["id"], of_machine(stage, machine(stage)["id"])
    cluster.add_guest(taker())
    stage.plan("--force-limit")
    stage.apply("--force-limit", "--outcome", "outcome.json")
    stage.good("undo", "outcome.json", "--out", "undo.json")
    stage.good("apply", "undo.json", "--force-limit")
    assert of_machine(stage, number) == before
    assert machine(stage)["custom_fields"]["proxbox_key"] == "lab/qemu/900"
    assert stage.netbox(MACHINES, name="next") == []


def of_machine(stage: Stage, number: int) -> dict[str, int]:
    """Return the ids of what is on a machine."""
    paths = ("virtualization/interfaces", "virtualization/virtual-disks", "ipam/ip-addresses")
    found = {path: stage.netbox(path, virtual_machine_id=str(number)) for path in paths}
    return {path: row["id"] for path, rows in found.items() for row in rows}


@pytest.mark.covering
def test_a_person_stops_it(set_up: SetUp) -> None:
    """By another status: whatever the time, it stays, and each plan says so."""
    stage, _ = begun(set_up)
    wait(stage)
    stage.edit(MACHINES, "app", status="offline")
    plan = stage.plan("--force-limit")
    assert plan.changes == ()
    assert [problem.code.value for problem in plan.problems] == ["removal-stopped"]


def expired(plan: Plan) -> Delete:
    """Return the deletion of the machine."""
    return next(item for item in plan.changes if isinstance(item, Delete) and item.reason is Reason.EXPIRED)


def refused(stage: Stage, plan: Plan, change: Change) -> str:
    """Apply a plan with another deletion of the machine, in vain; return what is said."""
    changes = tuple(change if item.address == change.address else item for item in plan.changes)
    write_document(plan.remade(changes=changes), stage.folder / "plan.json")
    said = stage.run("apply", "plan.json", "--force-limit")
    assert said.code in {RefusedError.exit_code, StaleError.exit_code}
    assert machine(stage)["status"]["value"] == "decommissioning"
    return said.err


@pytest.mark.covering
def test_one_that_is_not_due(set_up: SetUp) -> None:
    """By NetBox's own clock, whatever the plan says about the time."""
    stage, _ = begun(set_up)
    wait(stage)
    plan = stage.plan("--force-limit")
    change = expired(plan)
    owned = change.ownership_before
    assert owned is not None
    assert owned.last_applied is not None
    late = replace(owned, last_applied=replace(owned.last_applied, decommissioned="2999-01-01T00:00:00Z"))
    said = refused(stage, plan, change.replace(ownership_before=late))
    assert "was not decommissioned for as long as `on_missing` says" in said


@pytest.mark.covering
def test_another_stamp_than_the_plan_says(set_up: SetUp) -> None:
    """A machine that was decommissioned a moment ago is not deleted because a plan says it was long ago."""
    stage, _ = begun(set_up)
    wait(stage)
    plan = stage.plan("--force-limit")
    applied = machine(stage)["custom_fields"]["proxbox_applied"]
    stage.edit(
        MACHINES, "app", custom_fields={"proxbox_applied": {**applied, "decommissioned": "2999-01-01T00:00:00Z"}}
    )
    seen = expired(plan).replace(last_updated=machine(stage)["last_updated"])
    assert "was decommissioned at another time than the plan says" in refused(stage, plan, seen)
