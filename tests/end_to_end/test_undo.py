"""An apply is taken back by a plan that is reviewed and applied like any other."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from proxbox_plan.demo.cluster import ClusterDescription, DemoGuest, DemoNic
from proxbox_plan.documents import read_document
from proxbox_plan.model.plan import Plan
from tests.end_to_end.conftest import SetUp, on_each_version
from tests.end_to_end.stage import Stage
from tests.end_to_end.test_everyday_changes import one_guest, swap_addresses, swap_names, swap_places, two_guests

pytestmark = pytest.mark.covering

PATHS = (
    "virtualization/virtual-machines",
    "virtualization/interfaces",
    "virtualization/virtual-disks",
    "ipam/ip-addresses",
    "dcim/devices",
    "dcim/interfaces",
    "ipam/vlans",
)
VOLATILE = frozenset({"id", "url", "display", "display_url", "created", "last_updated"})


def content(stage: Stage) -> dict[str, list[Any]]:
    """Return all objects without what NetBox gives anew."""
    return {path: sorted(map(str, (stripped(row) for row in stage.netbox(path)))) for path in PATHS}


def stripped(value: Any) -> Any:
    """Return a value without ids and time stamps, our bookkeeping included."""
    if isinstance(value, dict):
        return {
            name: stripped(item)
            for name, item in sorted(value.items())
            if name not in VOLATILE and name != "proxbox_applied" and not name.endswith("_id")
        }
    return [stripped(item) for item in value] if isinstance(value, list) else value


@on_each_version
def test_undo_gives_back_what_was_there(set_up: SetUp) -> None:
    """A rename, a resize, a removed disk, a new NIC and a new address are taken back; then the same plan is due."""
    cluster = one_guest()
    stage = set_up(cluster)
    stage.settle()
    before = content(stage)
    cluster.rename(900, "shop")
    cluster.resize_disk(900, "scsi0", "32G")
    cluster.remove_disk(900, "scsi1")
    cluster.change_ip(900, "net0", "10.99.0.77/24")
    plan = stage.plan()
    stage.apply()
    assert content(stage) != before
    stage.good("undo", "plan.outcome.json")
    stage.good("apply", "undo.json")
    assert content(stage) == before
    again = stage.plan()
    assert [change.address for change in again.changes] == [change.address for change in plan.changes]


def take_over(cluster: ClusterDescription) -> None:
    """Give the first one's address to the second one."""
    cluster.change_ip(900, "net0", "10.99.0.30/24")
    cluster.change_ip(901, "net0", "10.99.0.10/24")


def pass_on(cluster: ClusterDescription) -> None:
    """Give the second one's name to the first one."""
    cluster.rename(901, "old-db")
    cluster.rename(900, "db")


def succeed(cluster: ClusterDescription) -> None:
    """Destroy the second one, and give its address to a new one."""
    nic = DemoNic(mac="BC:24:11:00:09:20", tag=10, seen=("10.99.0.20/24",))
    cluster.delete_guest(901)
    fingerprint = "90000000-0000-4000-8000-000000000912"
    cluster.add_guest(DemoGuest("qemu", 902, "pve1", "new", fingerprint, fingerprint, nics={"net0": nic}))


SWAPS = (pass_on, take_over, swap_addresses, swap_names, swap_places, succeed)


@pytest.mark.parametrize("change", SWAPS)
def test_undo_takes_back_in_the_order_in_which_names_and_addresses_become_free(
    set_up: SetUp, change: Callable[[ClusterDescription], None]
) -> None:
    """What one object took over from another one is given up before the other one takes it again."""
    cluster = two_guests()
    stage = set_up(cluster)
    stage.settle()
    before = content(stage)
    change(cluster)
    stage.plan()
    stage.apply()
    assert content(stage) != before
    stage.good("undo", "plan.outcome.json")
    stage.good("apply", "--force-limit", "undo.json")  # a new machine is deleted, which `on_missing` never does
    assert content(stage) == before


def test_undo_makes_a_machine_again_with_its_primary_address(set_up: SetUp) -> None:
    """All of it has new ids: the machine refers to the new address, and so does what was last applied."""
    cluster = two_guests()
    stage = set_up(cluster)
    stage.configure(rest="mapping: {create_sites: true}\non_missing: {virtual-machine: delete}")
    stage.settle()
    before = content(stage)
    described = cluster.guests[901]
    cluster.delete_guest(901)
    stage.plan()
    stage.apply()
    assert content(stage) != before
    stage.good("undo", "plan.outcome.json")
    stage.good("apply", "undo.json")
    assert content(stage) == before
    cluster.add_guest(described)
    assert stage.plan().changes == ()


@on_each_version
def test_undo_makes_an_interface_again_with_its_mac_address(set_up: SetUp) -> None:
    """Before NetBox 4.7 it is an object, which NetBox deletes along with the interface."""
    cluster = two_guests()
    stage = set_up(cluster)
    stage.settle()
    before = content(stage), sorted(row["mac_address"] for row in stage.netbox("dcim/mac-addresses"))
    described = cluster.guests[901].nics["net0"]
    cluster.remove_nic(901, "net0")
    stage.plan()
    stage.apply()
    stage.good("undo", "plan.outcome.json")
    stage.good("apply", "undo.json")
    assert (content(stage), sorted(row["mac_address"] for row in stage.netbox("dcim/mac-addresses"))) == before
    cluster.add_nic(901, described, "net0")
    assert stage.plan().changes == ()


@pytest.mark.parametrize("tag", ["proxbox-protect", "proxbox-ignore"])
def test_undo_leaves_a_new_guest_that_was_tagged(set_up: SetUp, tag: str) -> None:
    """The undo says so and applies; before, an apply refused all of it."""
    cluster = one_guest()
    stage = set_up(cluster)
    stage.settle()
    cluster.rename(900, "shop")
    cluster.add_guest(two_guests().guests[901])
    stage.plan()
    stage.apply()
    slug = stage.ask("POST", "extras/tags/", {"name": tag, "slug": tag})["slug"]
    row = stage.netbox("virtualization/virtual-machines", name=["db"])[0]
    stage.ask("PATCH", f"virtualization/virtual-machines/{row['id']}/", {"tags": [{"slug": slug}]})
    stage.good("undo", "plan.outcome.json")
    problems = read_document(stage.folder / "undo.json", Plan).problems
    assert "virtual-machine:lab/qemu/901" in {problem.address for problem in problems}
    stage.good("apply", "undo.json")
    assert [row["name"] for row in stage.netbox("virtualization/virtual-machines", name=["app", "db"])] == ["app", "db"]
