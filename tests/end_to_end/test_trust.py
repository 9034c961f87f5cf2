"""An apply trusts nothing it can check, as whole commands, on both NetBoxes."""

from __future__ import annotations

import json
import shutil

import pytest

from proxbox_plan.demo.cluster import DemoNic
from proxbox_plan.model.reference import refs_of
from tests.end_to_end.conftest import SetUp
from tests.end_to_end.stage import Stage
from tests.end_to_end.test_everyday_changes import one_guest

MACHINES = "virtualization/virtual-machines"


def clean(stage: Stage) -> None:
    """Leave what a clean checkout has: no outcome and no journal."""
    for path in stage.folder.glob("plan.*.json*"):
        path.unlink()


def delete(stage: Stage, name: str) -> int:
    """Delete a virtual machine as a person may, and return its id."""
    (row,) = stage.netbox(MACHINES, name=name)
    stage.ask("DELETE", row["url"], None)
    return int(row["id"])


@pytest.mark.covering
def test_an_applied_plan_in_a_clean_checkout(set_up: SetUp) -> None:
    """What a person deleted since is not brought back."""
    stage = set_up(one_guest())
    stage.plan()
    stage.apply()
    delete(stage, "app")
    clean(stage)
    said = stage.run("apply", "plan.json")
    assert said.code == 3
    assert "is already applied, according to NetBox's changelog" in said.err
    assert stage.netbox(MACHINES, name="app") == []


@pytest.mark.slow
def test_the_same_difference_has_the_same_digest(set_up: SetUp) -> None:
    """A later plan of it may be applied where the first one was reviewed; another one may not."""
    cluster = one_guest()
    stage = set_up(cluster)
    stage.settle()
    cluster.set_memory(900, 8192)
    reviewed = stage.plan()
    stage.edit("dcim/sites", "DC1", description="a person, elsewhere")
    later = stage.plan()
    assert later.digest != reviewed.digest
    assert later.changes_digest == reviewed.changes_digest
    assert f"Changes: {reviewed.changes_digest}\n" in stage.good("show", "plan.json")
    cluster.set_memory(900, 4096)
    other = stage.plan()
    said = stage.run("apply", "plan.json", "--expect", reviewed.changes_digest)
    assert said.code == 4
    assert f"The plan's changes are {other.changes_digest}, not '{reviewed.changes_digest}' as expected" in said.err
    stage.good("apply", "plan.json", "--expect", other.changes_digest)
    assert stage.netbox(MACHINES, name="app")[0]["memory"] == 4096


@pytest.mark.slow
def test_a_guest_that_is_to_be_ignored_since_the_plan(set_up: SetUp) -> None:
    """It gets no new NIC, though the NIC is another object."""
    cluster = one_guest()
    stage = set_up(cluster)
    stage.settle()
    cluster.add_nic(900, DemoNic(mac="BC:24:11:00:09:01"))
    plan = stage.plan()
    assert {change.action for change in plan.changes} == {"create"}
    referred = {ref.kind for change in plan.changes for item in change.fields for ref in refs_of(item.after) if ref.id}
    assert "virtual-machine" in referred
    (row,) = stage.netbox(MACHINES, name="app")
    before = stage.netbox("virtualization/interfaces")
    ignore = {"name": "proxbox-ignore", "slug": "proxbox-ignore"}
    stage.ask("PATCH", row["url"], {"tags": [*({"slug": tag["slug"]} for tag in row["tags"]), tagged(stage, ignore)]})
    said = stage.run("apply", "plan.json")
    assert said.code == 4
    assert "which carries the tag proxbox-ignore" in said.err
    assert stage.netbox("virtualization/interfaces") == before


@pytest.mark.slow
def test_a_guest_that_is_protected_since_the_plan(set_up: SetUp) -> None:
    """Its disk stays, though NetBox gives the disk no newer time stamp."""
    cluster = one_guest()
    stage = set_up(cluster)
    stage.settle()
    cluster.remove_disk(900, "scsi0")
    plan = stage.plan()
    assert {change.kind for change in plan.changes if change.action == "delete"} == {"virtual-disk"}
    (row,) = stage.netbox(MACHINES, name="app")
    before = stage.netbox("virtualization/virtual-disks")
    protect = tagged(stage, {"name": "proxbox-protect", "slug": "proxbox-protect"})
    stage.ask("PATCH", row["url"], {"tags": [*({"slug": tag["slug"]} for tag in row["tags"]), protect]})
    said = stage.run("apply", "plan.json")
    assert said.code == 4
    assert "belongs to virtual-machine 'app', which carries the tag proxbox-protect" in said.err
    assert stage.netbox("virtualization/virtual-disks") == before
    assert stage.plan().changes == ()


def tagged(stage: Stage, tag: dict[str, str]) -> dict[str, str]:
    """Create a tag, and return what names it."""
    stage.ask("POST", f"{stage.netbox_url}/api/extras/tags/", tag)
    return {"slug": tag["slug"]}


@pytest.mark.slow
def test_a_netbox_that_lacks_what_the_apply_wrote(set_up: SetUp) -> None:
    """Restored from a backup: a resumed apply reads back what its journal says, and stops."""
    stage = set_up(one_guest())
    plan = stage.plan()
    stage.apply()
    outcome = json.loads((stage.folder / "plan.outcome.json").read_text())
    clean(stage)
    header = {"plan_digest": plan.digest, "netbox_url": plan.binding.netbox_url, "changelog": None}
    landed = [result for result in outcome["results"] if result["address"] == "virtual-machine:lab/qemu/900"]
    lines = [json.dumps(line) for line in (header, *landed)]
    (stage.folder / "plan.journal.jsonl").write_text("\n".join(lines) + "\n")
    shutil.copy(stage.folder / "plan.journal.jsonl", stage.folder / "kept")
    gone = delete(stage, "app")
    said = stage.run("apply", "plan.json", "--resume")
    assert said.code == 4
    assert f"NetBox is not the one this apply wrote to: virtual-machine 'app' is not its number {gone}" in said.err
    assert (stage.folder / "plan.journal.jsonl").read_text() == (stage.folder / "kept").read_text()


TIGHT = "mapping: {create_sites: true}\nlimits: {percent: 0, minimum: 0, label: many-changes}"


@pytest.mark.slow
def test_a_limit_is_exceeded_when_the_apply_is_told_so(set_up: SetUp) -> None:
    """The plan says that it was forced, which whoever edits a plan can say: it is said with the apply, too."""
    cluster = one_guest()
    stage = set_up(cluster)
    stage.settle()
    stage.configure(rest=TIGHT)
    cluster.set_memory(900, 8192)
    stage.good("collect")
    assert stage.run("plan", "--state", "state.json").code == 3
    assert stage.run("apply", "plan.json", "--force-limit").code == 3, "the plan does not show it as forced"
    for word in (("--force-limit",), ("--label", "many-changes")):
        stage.plan("--force-limit")
        said = stage.run("apply", "plan.json", "--label", "another")
        assert said.code == 3
        assert "this apply was not told to ignore it: 1 of " in said.err
        assert "apply it with --force-limit or `--label many-changes`" in said.err
        assert stage.netbox(MACHINES, name="app")[0]["memory"] != cluster.guests[900].memory
        stage.apply(*word)
        cluster.set_memory(900, 4096)


@pytest.mark.slow
def test_a_plan_and_an_apply_in_one_command(set_up: SetUp) -> None:
    """`--force-limit` is meant for both."""
    cluster = one_guest()
    stage = set_up(cluster)
    stage.settle()
    stage.configure(rest=TIGHT)
    cluster.set_memory(900, 8192)
    assert stage.run("apply", "--yes").code == 3
    stage.good("apply", "--yes", "--force-limit")
    assert stage.netbox(MACHINES, name="app")[0]["memory"] == 8192
