"""A plan from an inventory cache is the plan of a full reading, whatever happened in NetBox meanwhile."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from proxbox_plan.demo.cluster import ClusterDescription
from proxbox_plan.documents import read_document
from proxbox_plan.model.inventory import Inventory
from tests.end_to_end.conftest import SetUp
from tests.end_to_end.stage import Stage

VMS, NICS, DISKS = "virtualization/virtual-machines/", "virtualization/interfaces/", "virtualization/virtual-disks/"
FUTURE = "2099-01-01T00:00:00Z"


def cluster() -> ClusterDescription:
    """Return what is synced."""
    return ClusterDescription.seeded(5, guests=14, nodes=2, name="lab")


def settled(set_up: SetUp) -> Stage:
    """Return a stage whose NetBox says what Proxmox says, with a cache of that."""
    stage = set_up(cluster())
    stage.settle()
    stage.good("plan", "--state", "state.json", "--inventory-cache", "cache.json")
    return stage


def refresh(stage: Stage) -> str:
    """Plan with the cache and without, which must come to the same; return what the first said."""
    said = stage.run("plan", "--state", "state.json", "--inventory-cache", "cache.json", "--save-inventory", "a.json")
    assert said.code == 0, said
    stage.good("plan", "--state", "state.json", "--save-inventory", "b.json", "-o", "other.json")
    found, full = (read_document(stage.folder / name, Inventory) for name in ("a.json", "b.json"))
    plans = [json.loads((stage.folder / name).read_text()) for name in ("plan.json", "other.json")]
    assert (found.kinds == full.kinds, plans[0] == plans[1], found.digest == full.digest) == (True, True, True)
    return said.err


def first(stage: Stage, path: str, **query: Any) -> dict[str, Any]:
    """Return the first of our objects of a list."""
    rows = stage.netbox(path.strip("/"), **query)
    return next(row for row in rows if row["custom_fields"]["proxbox_key"])


def patch(stage: Stage, path: str, row: dict[str, Any], **fields: Any) -> None:
    """Change an object, as a person would."""
    stage.ask("PATCH", f"{path}{row['id']}/", fields)


def edited(stage: Stage) -> None:
    """Somebody describes a machine."""
    patch(stage, VMS, first(stage, VMS), description="a person")


def disk_deleted(stage: Stage) -> None:
    """Somebody deletes a disk: NetBox sums the others up in the machine, without a trace there."""
    stage.ask("DELETE", f"{DISKS}{first(stage, DISKS)['id']}/")


def disk_added(stage: Stage) -> None:
    """Somebody adds a disk of their own: that is summed up, too."""
    owner = first(stage, DISKS)["virtual_machine"]["id"]
    stage.ask("POST", DISKS, {"virtual_machine": owner, "name": "theirs", "size": 1024})


def machine_deleted(stage: Stage) -> None:
    """Somebody deletes a machine, and NetBox all that hangs off it."""
    stage.ask("DELETE", f"{VMS}{first(stage, VMS)['id']}/")


def address_deleted(stage: Stage) -> None:
    """Somebody deletes a primary address."""
    machine = next(row for row in stage.netbox(VMS.strip("/")) if row["primary_ip4"])
    stage.ask("DELETE", f"ipam/ip-addresses/{machine['primary_ip4']['id']}/")


def vlan_deleted(stage: Stage) -> None:
    """Somebody deletes a VLAN that interfaces are in."""
    nic = next(row for row in stage.netbox(NICS.strip("/")) if row["untagged_vlan"])
    stage.ask("DELETE", f"ipam/vlans/{nic['untagged_vlan']['id']}/")


def device_renamed(stage: Stage) -> None:
    """Somebody renames a node: the machines on it name it."""
    patch(stage, "dcim/devices/", first(stage, "dcim/devices/"), name="renamed")


def cluster_moved(stage: Stage) -> None:
    """Somebody moves a cluster to another site: NetBox moves its machines, without a trace there."""
    for device in stage.netbox("dcim/devices"):
        patch(stage, "dcim/devices/", device, cluster=None)
    site = stage.ask("POST", "dcim/sites/", {"name": "Elsewhere", "slug": "elsewhere"})
    found = first(stage, "virtualization/clusters/")
    patch(stage, "virtualization/clusters/", found, scope_type="dcim.site", scope_id=site["id"])


def key_taken(stage: Stage) -> None:
    """Somebody takes an object away from us."""
    patch(stage, NICS, first(stage, NICS), custom_fields={"proxbox_key": None})


def key_given(stage: Stage) -> None:
    """Somebody gives one of our keys to an object of their own."""
    owner = first(stage, VMS)["id"]
    marks = {"proxbox_key": "lab/qemu/99999/net0"}
    stage.ask("POST", NICS, {"virtual_machine": owner, "name": "theirs", "custom_fields": marks})


def tagged(stage: Stage) -> None:
    """Somebody tags a machine."""
    stage.ask("POST", "extras/tags/", {"name": "theirs", "slug": "theirs"})
    patch(stage, VMS, first(stage, VMS), tags=[{"slug": "theirs"}])


def tag_renamed(stage: Stage) -> None:
    """Somebody renames a tag: every object with it answers otherwise."""
    tag = next(tag for row in stage.netbox(VMS.strip("/")) for tag in row["tags"])
    stage.ask("PATCH", f"extras/tags/{tag['id']}/", {"slug": "another"})


def site_renamed(stage: Stage) -> None:
    """Somebody renames the site that machines and nodes name."""
    site = stage.netbox("dcim/sites", slug="dc1")[0]
    patch(stage, "dcim/sites/", site, name="DC one")


def nothing(stage: Stage) -> None:
    """Nobody does anything."""
    del stage


CHANGES: tuple[Callable[[Stage], None], ...] = (
    nothing, edited, disk_deleted, disk_added, tagged, address_deleted, vlan_deleted, device_renamed, site_renamed,
    key_taken, key_given, tag_renamed, machine_deleted, cluster_moved,
)  # fmt: skip
COMPLETELY = {tag_renamed}


@pytest.mark.slow
@pytest.mark.parametrize("by", ["all that tells", "the changelog alone"])
def test_a_refreshed_inventory_is_that_of_a_full_reading(set_up: SetUp, by: str) -> None:
    """After every sort of change that people make in NetBox, and that NetBox makes along; the plans are the same."""
    stage = settled(set_up)
    for change in CHANGES:
        if by == "the changelog alone":  # no object counts as changed by its time stamp
            at(stage, FUTURE)
        change(stage)
        said = refresh(stage)
        assert ("completely" in said) == (change in COMPLETELY), (change, said)


def at(stage: Stage, moment: str) -> None:
    """Say when the cache was read."""
    path = stage.folder / "cache.json"
    data = json.loads(path.read_text())
    data["as_of"]["moment"] = moment
    path.write_text(json.dumps(data))


def row_of(stage: Stage, label: str) -> tuple[int, dict[str, Any]]:
    """Return a row of the fake NetBox that carries a key of ours."""
    assert stage.fake is not None
    rows = stage.fake.rows(label)
    return next((number, row) for number, row in rows.items() if row["custom_field_data"].get("proxbox_key"))
