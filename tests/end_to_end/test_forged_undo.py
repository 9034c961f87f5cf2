"""An undo that was forged: it deletes what the apply that it reverts created, and nothing else, whatever it says."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import pytest

from proxbox_plan.core.key import Key
from proxbox_plan.demo.cluster import ClusterDescription, ClusterServer, DemoDisk, DemoNic
from proxbox_plan.demo.netbox import FakeNetBoxThread
from proxbox_plan.documents import read_document, write_document
from proxbox_plan.model.inventory.dependents import Dependent
from proxbox_plan.model.kind import KEY_FIELD
from proxbox_plan.model.last_applied import Ownership
from proxbox_plan.model.plan import Change, Delete, Plan, Reason
from proxbox_plan.plan import KINDS
from tests.end_to_end.conftest import SetUp
from tests.end_to_end.stage import Stage
from tests.end_to_end.test_everyday_changes import one_guest
from tests.end_to_end.test_moves import guest

pytestmark = pytest.mark.covering

MACHINES = "virtualization/virtual-machines"
PARTS = ("ip-address", "vm-interface", "virtual-disk", "virtual-machine")
LOG = "core.objectchange"


def forged(stage: Stage, owner: str) -> Plan:
    """Return a plan that deletes a guest with all of its parts, as an undo, for the NetBox as it is now."""
    stage.good("plan", "--state", "state.json")
    base = read_document(stage.folder / "plan.json", Plan)
    changes: list[Change] = []
    for name in PARTS:
        kind = KINDS[name]
        for row in stage.netbox(kind.path.removeprefix("/api/").rstrip("/")):
            key = Key(row["custom_fields"][KEY_FIELD] or "")
            if key != owner and not key.startswith(f"{owner}/"):
                continue
            macs = stage.netbox("dcim/mac-addresses", assigned_object_id=row["id"]) if name == "vm-interface" else []
            changes.append(
                Delete(
                    address=kind.address(key),
                    kind=name,
                    reason=Reason.UNDO,
                    name=_name(row),
                    cluster="lab",
                    netbox_id=row["id"],
                    last_updated=row["last_updated"],
                    key=key,
                    ownership_before=Ownership(key),
                    depends_on=tuple(change.address for change in changes) if key == owner else (),
                    along=tuple(_along(row["id"], mac) for mac in macs),
                )
            )
    return base.remade(changes=tuple(changes), limits=(), checks=(), deferred=(), problems=())


def _name(row: dict[str, object]) -> str:
    parent = row.get("virtual_machine")
    name = str(row.get("name") or row.get("address"))
    return f"{parent['name']} {name}" if isinstance(parent, dict) else name


def _along(on: int, mac: dict[str, object]) -> Dependent:
    number = int(str(mac["id"]))
    return Dependent(kind="vm-interface", on=on, model="dcim.macaddress", id=number, name=str(mac["mac_address"]))


def shown_as_forced(stage: Stage, plan: Plan) -> None:
    """Write a plan that shows each limit that an apply says it exceeds."""
    plan = plan.remade(
        limits=tuple(
            {
                "kind": name,
                "cluster": "lab",
                "affected": 99,
                "managed": 99,
                "allowed": 0,
                "message": "x",
                "forced": True,
            }
            for name in PARTS
        )
    )
    write(stage, Plan.model_validate(plan.model_dump()).remade())


def write(stage: Stage, plan: Plan) -> None:
    """Write plan.json anew, and remove what is beside it."""
    for path in stage.folder.glob("plan.*json*"):
        path.unlink()
    write_document(plan, stage.folder / "plan.json")


def with_guest(cluster: ClusterDescription) -> None:
    """Create another guest in Proxmox."""
    guest = dataclasses.replace(
        cluster.guests[900],
        vmid=950,
        name="fresh",
        uuid="95000000-0000-4000-8000-000000000900",
        vmgenid="95100000-0000-4000-8000-000000000900",
        nics={"net0": DemoNic(mac="BC:24:11:00:09:50", tag=10)},
    )
    cluster.add_guest(guest)


def test_a_machine_that_the_configuration_keeps(set_up: SetUp) -> None:
    """`on_missing` is `decommission`: a word of the plan, `undo`, does not delete it."""
    stage = set_up(one_guest())
    stage.settle()
    plan = forged(stage, "lab/qemu/900")
    write(stage, plan)
    said = stage.run("apply", "plan.json")
    assert said.code == 3
    assert "would be deleted: `on_missing` deletes none" in said.err
    shown_as_forced(stage, plan)
    said = stage.run("apply", "plan.json")
    assert said.code == 3
    assert "this apply was not told to ignore it" in said.err
    assert len(stage.netbox(MACHINES, name="app")) == 1


def test_an_undo_that_deletes_a_machine(set_up: SetUp) -> None:
    """It says that it needs `--force-limit`, and with that it is applied."""
    cluster = one_guest()
    stage = set_up(cluster)
    stage.settle()
    with_guest(cluster)
    stage.plan()
    stage.apply()
    said = stage.run("undo", "plan.outcome.json")
    assert said.code == 0
    assert "It exceeds a change limit. Apply it with: proxbox apply undo.json --force-limit" in said.err
    assert "managed virtual-machine objects of the cluster lab would be deleted" in said.out
    refused = stage.run("apply", "undo.json")
    assert refused.code == 3
    assert "this apply was not told to ignore it" in refused.err
    assert "apply it with --force-limit" in refused.err
    stage.good("apply", "undo.json", "--force-limit")
    assert {row["name"] for row in stage.netbox(MACHINES)} & {"app", "fresh"} == {"app"}


@pytest.fixture(params=["4.7.3", "4.3.7"])
def old_and_new(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stage]:
    """Give a NetBox, also one whose changelog has no messages."""
    with FakeNetBoxThread(request.param) as netbox, ClusterServer(one_guest()) as server:
        yield Stage(tmp_path, netbox.url, netbox.token, server, fake=netbox.fake)


def test_a_machine_that_a_person_created(old_and_new: Stage) -> None:
    """An apply adopted it: no undo of that deletes it."""
    stage = old_and_new
    stage.good("collect")
    stage.good("plan", "--state", "state.json", "--target", "cluster")
    stage.apply()
    (cluster,) = stage.netbox("virtualization/clusters")
    stage.ask("POST", f"{MACHINES}/", {"name": "app", "cluster": cluster["id"]})
    for path in stage.folder.glob("plan.*json*"):
        path.unlink()
    stage.settle()
    shown_as_forced(stage, forged(stage, "lab/qemu/900"))
    said = stage.run("apply", "plan.json", "--force-limit")
    assert said.code == 3
    assert "would delete virtual-machine 'app', and NetBox's changelog does not show that an apply" in said.err
    assert len(stage.netbox(MACHINES, name="app")) == 1


def test_a_creation_that_is_no_longer_in_the_changelog(old_and_new: Stage) -> None:
    """NetBox pruned it: nothing shows who created the object."""
    stage = old_and_new
    stage.settle()
    assert stage.fake is not None
    (row,) = stage.netbox(MACHINES, name="app")
    for number, entry in list(stage.fake.rows(LOG).items()):
        about = entry["changed_object_type"], entry["changed_object_id"], entry["action"]
        if about == ("virtualization.virtualmachine", row["id"], "create"):
            stage.fake.store.put(LOG, number, None)
    shown_as_forced(stage, forged(stage, "lab/qemu/900"))
    said = stage.run("apply", "plan.json", "--force-limit")
    assert said.code == 3
    assert "does not show that an apply of proxbox-plan created it" in said.err
    assert len(stage.netbox(MACHINES, name="app")) == 1


def test_what_another_apply_created(set_up: SetUp) -> None:
    """An undo reverts one apply: what was added to it is not deleted with that."""
    cluster = one_guest()
    stage = set_up(cluster)
    stage.settle()
    with_guest(cluster)
    stage.settle()
    both = (*forged(stage, "lab/qemu/950").changes, *forged(stage, "lab/qemu/900").changes)
    shown_as_forced(stage, forged(stage, "lab/qemu/950").remade(changes=both))
    said = stage.run("apply", "plan.json", "--force-limit")
    assert said.code == 3
    assert "which another apply created than" in said.err
    assert {row["name"] for row in stage.netbox(MACHINES)} >= {"app", "fresh"}


def test_a_part_that_is_put_on_another_guest(set_up: SetUp) -> None:
    """A reference without a key is taken for what it says only where no guest is told from another by it."""
    cluster = one_guest()
    cluster.add_guest(guest(950, "pve1", "frozen", 0))
    stage = set_up(cluster)
    stage.settle()
    (frozen,) = stage.netbox(MACHINES, name="frozen")
    cluster.add_disk(900, "scsi5", DemoDisk("local-lvm", "vm-900-disk-5", "8G"))
    plan = stage.plan()
    (change,) = plan.changes
    ref = {"kind": "virtual-machine", "id": frozen["id"], "name": "frozen"}
    fields = tuple(
        dataclasses.replace(item, after=ref) if item.field == "virtual_machine" else item for item in change.fields
    )
    change = change.replace(reason=Reason.UNDO, fields=fields, depends_on=())
    write_document(plan.remade(changes=(change,)), stage.folder / "plan.json")
    said = stage.run("apply", "plan.json")
    assert (said.code, "which carries 'lab/qemu/950'" in said.err) == (4, True), said.err
