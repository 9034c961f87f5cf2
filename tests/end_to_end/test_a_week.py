"""A week in which people use NetBox: what is theirs is no drift, and what counts names who did it."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import pytest

from proxbox_plan.demo.cluster import ClusterDescription, DemoTask
from proxbox_plan.documents import read_document
from proxbox_plan.model.drift import Drift, Item, Origin
from proxbox_plan.model.state import Incomplete
from proxbox_plan.report.format import Format
from proxbox_plan.report.rendering import render
from tests.end_to_end.conftest import NETBOXES, SetUp
from tests.end_to_end.stage import Stage
from tests.end_to_end.test_everyday_changes import one_guest
from tests.examples import EXHAUSTIVE

MACHINES, INTERFACES, DISKS = (
    "virtualization/virtual-machines",
    "virtualization/interfaces",
    "virtualization/virtual-disks",
)
ADDRESSES, DEVICES, PORTS = "ipam/ip-addresses", "dcim/devices", "dcim/interfaces"
VM, NODE, CLUSTER = "virtual-machine:lab/qemu/900", "device:lab/node/pve1", "cluster:lab/cluster"
NIC, ADDRESS = "vm-interface:lab/qemu/900/net0", "ip-address:lab/qemu/900/net0/ip/10.99.0.10"
CONFIGURATION = """mapping: {create_sites: true}
scope: {plugin: false, tasks: {days: 30}}
review:
  - when: {kind: virtual-machine, reason: [changed-in-proxmox, moved-to-another-node]}
    review: auto
"""
PROMISES = ("put back", "puts back", "restored", "restores", "overwritten", "reverted")

Rows = dict[tuple[str, str | None], Item]


@dataclass
class Office:
    """The estate, and what people do there all week."""

    stage: Stage
    cluster: ClusterDescription

    def add(self, path: str, /, **fields: Any) -> int:
        """Let a person create something of their own."""
        return int(self.stage.ask("POST", f"{path}/", fields)["id"])

    def one(self, path: str, key: str = "", **query: Any) -> int:
        """Return the id of the only object that fits, or that has one of our keys."""
        (found,) = self.stage.netbox(path, **({"cf_proxbox_key": f"lab/{key}"} if key else query))
        return int(found["id"])

    def edit(self, path: str, number: int, /, **fields: Any) -> None:
        """Let a person edit something."""
        self.stage.ask("PATCH", f"{path}/{number}/", {"changelog_message": "office hours", **fields})

    def evening(self) -> tuple[Rows, Rows]:
        """Run the report of the day: return what it counts, and the rest of its rows.

        It ends with 2 for what counts; each row says who did it or what it follows from, and promises nothing.
        """
        said = self.stage.run("drift", "--detailed-exitcode", "--out", "drift.json")
        found = read_document(self.stage.folder / "drift.json", Drift)
        assert said.code == (2 if found.counted else 0), said
        assert found.problems == ()
        assert {item.reason for item in found.deferred} <= {Incomplete.GUEST_STOPPED}
        for format_ in (Format.TEXT, Format.MARKDOWN, Format.HTML):
            text = render(found, format_).partition("<script>")[0].lower()
            assert not [word for word in PROMISES if word in text]
        unsaid = [item for item in found.items if not (item.author or item.task or item.follows)]
        assert [(item.address, item.field) for item in unsaid] == []
        rows = {(item.address, item.field): item for item in found.items}
        counted = {(item.address, item.field) for item in found.counted}
        return (
            {at: item for at, item in rows.items() if at in counted},
            {at: item for at, item in rows.items() if at not in counted},
        )

    def quiet(self) -> set[tuple[str, str | None]]:
        """Return what is preserved, on an evening that leaves nothing to do."""
        counted, rest = self.evening()
        assert counted == {}
        assert {item.origin for item in rest.values()} <= {Origin.PRESERVED}
        return set(rest)

    def night(self) -> str:
        """Run the nightly job, which applies what needs no review; return what it said."""
        self.stage.good("collect")
        self.stage.good("plan", "--state", "state.json", "--split", ".")
        return self.stage.good("apply", "auto.json")

    def decide(self) -> None:
        """Let a person apply what is left."""
        self.stage.plan()
        self.stage.apply()


@pytest.mark.slow
@pytest.mark.parametrize("set_up", NETBOXES if EXHAUSTIVE else NETBOXES[:1], indirect=True)
def test_a_week(set_up: SetUp) -> None:
    """Seven days, one after the other, on one estate: after each of them drift is what has to be done."""
    cluster = one_guest()
    for vmid in [vmid for vmid in cluster.guests if vmid != 900]:
        cluster.delete_guest(vmid)
    stage = set_up(cluster)
    stage.configure(rest=CONFIGURATION)
    stage.settle()
    office = Office(stage, cluster)
    assert office.quiet() == set()
    theirs = monday(office)
    assert office.quiet() == theirs
    theirs |= tuesday(office)
    assert office.quiet() == theirs
    wednesday(office)
    assert office.quiet() == theirs
    thursday(office)
    assert office.quiet() == theirs
    friday(office)
    assert office.quiet() == theirs - {(ADDRESS, "status")}  # a guest that is stopped shows no address
    saturday(office)
    theirs -= {(NIC, "description"), (ADDRESS, "status")}  # both were deleted, and are new
    assert office.quiet() == theirs
    sunday(office)
    theirs -= {("vlan:lab/vlan/10", field) for field in ("name", "status")}
    assert office.quiet() == theirs


def monday(office: Office) -> set[tuple[str, str | None]]:
    """They edit the fields for which NetBox is authoritative, and their own."""
    role = office.add("dcim/device-roles", name="Shop", slug="shop")
    tenant = office.add("tenancy/tenants", name="Sales", slug="sales")
    tag = office.add("extras/tags", name="Audited", slug="audited")
    office.add(
        "extras/custom-fields",
        name="cost_center",
        type="text",
        object_types=["virtualization.virtualmachine", "dcim.device"],
    )
    machine = office.one(MACHINES, "qemu/900")
    tags = [
        {"slug": "audited"},
        *({"slug": item["slug"]} for item in office.stage.ask("GET", f"{MACHINES}/{machine}/")["tags"]),
    ]
    office.edit(
        MACHINES,
        machine,
        role=role,
        tenant=tenant,
        comments="Ask Alice first.",
        description="the shop",
        platform=None,
        tags=tags,
        custom_fields={"cost_center": "4711"},
    )
    office.edit(
        DEVICES,
        office.one(DEVICES, "node/pve1"),
        tenant=tenant,
        comments="top of the rack",
        description="left one",
        serial="XYZ-1",
        custom_fields={"cost_center": "4712"},
    )
    office.edit(INTERFACES, office.one(INTERFACES, "qemu/900/net0"), description="to the world")
    office.edit(
        ADDRESSES,
        office.one(ADDRESSES, "qemu/900/net0/ip/10.99.0.10"),
        description="door",
        dns_name="shop.example.com",
        status="reserved",
        tenant=tenant,
    )
    office.edit(DISKS, office.one(DISKS, "qemu/900/disk/scsi0"), description="the books")
    office.edit("virtualization/clusters", office.one("virtualization/clusters", name="lab"), description="our lab")
    assert tag
    return {
        *((VM, field) for field in ("role", "comments", "description", "platform")),
        (NODE, "description"),
        (NIC, "description"),
        (ADDRESS, "status"),
        ("virtual-disk:lab/qemu/900/disk/scsi0", "description"),
        (CLUSTER, "description"),
    }


def tuesday(office: Office) -> set[tuple[str, str | None]]:
    """They rename what is only created, or called what they like."""
    office.edit("dcim/sites", office.one("dcim/sites", name="DC1"), name="Frankfurt 1", description="the old hall")
    for path in ("dcim/device-roles", "dcim/platforms", "virtualization/cluster-types", "dcim/manufacturers"):
        for row in office.stage.netbox(path):
            if row["slug"] != "shop":
                office.edit(path, row["id"], name=f"Our {row['name']}")
    for row in office.stage.netbox("dcim/device-types"):
        office.edit("dcim/device-types", row["id"], part_number="R650")
    for row in office.stage.netbox("ipam/vlans"):
        office.edit("ipam/vlans", row["id"], name=f"Floor {row['vid']}", status="reserved", description="see the plan")
    group = office.one("ipam/vlan-groups", "vlan-group")
    office.edit("ipam/vlan-groups", group, name="Our VLANs", slug="our-vlans")
    port = office.one(PORTS, "node/pve1/net/vmbr0")
    office.edit(PORTS, port, description="do not touch", label="B0")
    office.edit("extras/tags", office.one("extras/tags", slug="proxbox"), color="00bcd4", name="Proxbox")
    node = office.one(DEVICES, "node/pve1")
    office.edit(DEVICES, node, role=office.one("dcim/device-roles", slug="shop"), asset_tag="A-1")
    return {
        *((f"vlan:lab/vlan/{vid}", field) for vid in (10, 20) for field in ("name", "status")),
        *(("vlan-group:lab/vlan-group", field) for field in ("name", "slug")),
        (NODE, "role"),
        ("interface:lab/node/pve1/net/vmbr0", "description"),
    }


def wednesday(office: Office) -> None:
    """They add what is theirs beside what is ours, and on it."""
    machine = office.one(MACHINES, "qemu/900")
    own = office.add(INTERFACES, virtual_machine=machine, name="vpn0", description="ours")
    on = {"assigned_object_type": "virtualization.vminterface"}
    office.add(ADDRESSES, address="10.250.0.1/24", assigned_object_id=own, **on)
    office.add(
        ADDRESSES, address="10.250.1.1/24", assigned_object_id=office.one(INTERFACES, "qemu/900/net0"), role="vip", **on
    )
    service = {"parent_object_type": "virtualization.virtualmachine", "parent_object_id": machine}
    office.add("ipam/services", name="https", protocol="tcp", ports=[443], **service)
    office.add(
        "extras/journal-entries",
        assigned_object_type="virtualization.virtualmachine",
        assigned_object_id=machine,
        comments="Moved by hand.",
    )
    home = office.one("virtualization/clusters", name="lab")
    office.add(MACHINES, name="appliance", cluster=home, memory=512)
    elsewhere = office.add(
        "virtualization/clusters", name="vSphere", type=office.stage.netbox("virtualization/cluster-types")[0]["id"]
    )
    office.add(MACHINES, name="app", cluster=elsewhere, memory=4)
    ports = [
        row["id"]
        for row in office.stage.netbox(PORTS)
        if "bridge" not in row["type"]["value"] and row["type"]["value"] not in {"lag", "virtual"}
    ]
    ends = [[{"object_type": "dcim.interface", "object_id": number}] for number in ports[:2]]
    office.add("dcim/cables", a_terminations=ends[0], b_terminations=ends[1], label="K-17")


def thursday(office: Office) -> None:
    """They move the racks into another room."""
    site = office.one("dcim/sites", slug="dc1")
    room = office.add("dcim/locations", name="Room 2", slug="room-2", site=site)
    place: dict[str, Any] = {"location": room}
    if office.stage.fake is None:  # the embedded NetBox has no racks
        place |= {"rack": office.add("dcim/racks", name="R7", site=site, location=room), "position": 4, "face": "front"}
    office.edit(DEVICES, office.one(DEVICES, "node/pve1"), **place)


def friday(office: Office) -> None:
    """In Proxmox a guest is migrated and stopped; that is counted, with its tasks, until the nightly job ran."""
    now = int(time.time())
    office.cluster.migrate(900, "pve2")
    office.cluster.add_task(DemoTask("pve1", "qmigrate", "900", now - 60, now - 50, "carol@pve"))
    office.cluster.set_power(900, running=False)
    office.cluster.add_task(DemoTask("pve2", "qmshutdown", "900", now - 40, now - 30, "dave@pve"))
    counted, _ = office.evening()
    by = {at: (item.task.user, item.task.type) for at, item in counted.items() if item.task is not None}
    assert by == {(VM, "device"): ("carol@pve", "qmigrate"), (VM, "status"): ("dave@pve", "qmshutdown")}
    assert "Applied 1 of 1 change" in office.night()


def saturday(office: Office) -> None:
    """A person edits what Proxmox says, and deletes a NIC: it counts, and the address only follows from that."""
    office.cluster.set_power(900, running=True)
    now = int(time.time())
    office.cluster.add_task(DemoTask("pve2", "qmstart", "900", now, now, "dave@pve"))
    assert "Applied 1 of 1 change" in office.night()
    office.edit(MACHINES, office.one(MACHINES, "qemu/900"), memory=1, name="shop", tags=[{"slug": "audited"}])
    office.edit(DISKS, office.one(DISKS, "qemu/900/disk/scsi1"), size=1)
    office.edit(DEVICES, office.one(DEVICES, "node/pve2"), cluster=None)
    office.stage.ask("DELETE", f"{INTERFACES}/{office.one(INTERFACES, 'qemu/900/net0')}/")
    counted, rest = office.evening()
    edited = {
        *((VM, field) for field in ("memory", "name", "tags")),
        ("virtual-disk:lab/qemu/900/disk/scsi1", "size"),
        ("device:lab/node/pve2", "cluster"),
    }
    assert {at for at, item in counted.items() if item.origin is Origin.NETBOX} == edited
    assert counted.keys() - edited == {(NIC, None)}
    assert counted[NIC, None].origin is Origin.DELETED
    assert all(item.author is not None for item in counted.values())
    assert {at: item.follows for at, item in rest.items() if item.follows} == {
        (ADDRESS, None): NIC,
        (VM, "primary_ip4"): ADDRESS,
    }
    assert "Applied 0 of 0 changes" in office.night()
    office.decide()


def sunday(office: Office) -> None:
    """A person deletes a VLAN that a NIC is in: it is one deletion, and the NIC's field follows from it."""
    (vlan,) = office.stage.netbox("ipam/vlans", vid=10)
    office.stage.ask("DELETE", f"ipam/vlans/{vlan['id']}/")
    counted, rest = office.evening()
    assert [item.origin for item in counted.values()] == [Origin.DELETED]
    follow = {at: item.follows for at, item in rest.items() if item.follows}
    assert (NIC, "untagged_vlan") in follow
    assert {field for _, field in follow} == {"untagged_vlan"}
    assert set(follow.values()) == {address for address, _ in counted}
    office.decide()
