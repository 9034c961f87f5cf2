"""Each thing an administrator does gives exactly the expected plan, and lands."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from proxbox_plan.demo.cluster import ClusterDescription, DemoDisk, DemoGuest, DemoNic
from tests.end_to_end.conftest import SetUp, on_each_version
from tests.end_to_end.stage import Stage, addresses
from tests.end_to_end.sums import check_sums

VM = "virtual-machine:lab/qemu/900"


def one_guest() -> ClusterDescription:
    """Return a small cluster with one virtual machine that we know by heart."""
    cluster = ClusterDescription.seeded(3, guests=12, nodes=3, name="lab")
    nic = DemoNic(mac="BC:24:11:00:09:00", tag=10, seen=("10.99.0.10/24",))
    disks = {
        "scsi0": DemoDisk("local-lvm", "vm-900-disk-0", "8G"),
        "scsi1": DemoDisk("local-lvm", "vm-900-disk-1", "16G"),
    }
    cluster.add_guest(
        DemoGuest(
            "qemu",
            900,
            "pve1",
            "app",
            "90000000-0000-4000-8000-000000000900",
            "91000000-0000-4000-8000-000000000900",
            nics={"net0": nic},
            disks=disks,
        )
    )
    return cluster


def delete_guest(cluster: ClusterDescription) -> None:
    """Destroy the guest."""
    cluster.delete_guest(900)


CHANGES: dict[str, tuple[Callable[[ClusterDescription], object], list[tuple[str, str]]]] = {
    "rename": (lambda c: c.rename(900, "shop"), [("update", VM)]),
    "resize": (lambda c: c.resize_disk(900, "scsi0", "32G"), [("update", "virtual-disk:lab/qemu/900/disk/scsi0")]),
    "live migration": (lambda c: c.migrate(900, "pve2"), [("update", VM)]),
    "new NIC": (
        lambda c: c.add_nic(900, DemoNic(mac="BC:24:11:00:09:01", tag=10, seen=("10.99.1.10/24",))),
        [("create", "ip-address:lab/qemu/900/net1/ip/10.99.1.10"), ("create", "vm-interface:lab/qemu/900/net1")],
    ),
    "VLAN": (
        lambda c: c.set_vlan(900, "net0", 999),
        [("create", "vlan:lab/vlan/999"), ("update", "vm-interface:lab/qemu/900/net0")],
    ),
    "IP": (
        lambda c: c.change_ip(900, "net0", "10.99.0.11/24"),
        [
            ("create", "ip-address:lab/qemu/900/net0/ip/10.99.0.11"),
            ("delete", "ip-address:lab/qemu/900/net0/ip/10.99.0.10"),
            ("update", f"{VM}#links"),
        ],
    ),
    "removed disk": (lambda c: c.remove_disk(900, "scsi1"), [("delete", "virtual-disk:lab/qemu/900/disk/scsi1")]),
    "deleted guest": (
        delete_guest,
        [
            ("update", "ip-address:lab/qemu/900/net0/ip/10.99.0.11"),
            ("update", "ip-address:lab/qemu/900/net1/ip/10.99.1.10"),
            ("update", VM),
        ],
    ),
}


def is_of_a_mac(_action: str, address: str) -> bool:
    """Whether a change is of a MAC address, which is an object before NetBox 4.7, and set in a second step."""
    return address.startswith("mac-address:") or (address.startswith("vm-interface:") and address.endswith("#links"))


@on_each_version
@pytest.mark.slow
def test_everyday_changes(set_up: SetUp) -> None:
    """One after the other, each change is planned exactly, lands, and leaves nothing to do."""
    cluster = one_guest()
    stage = set_up(cluster)
    stage.settle()
    for what, (change, expected) in CHANGES.items():
        change(cluster)
        plan = stage.plan()
        assert [item for item in addresses(plan) if not is_of_a_mac(*item)] == expected, what
        stage.apply()
        assert stage.plan().changes == (), what
    machine = next(row for row in stage.netbox("virtualization/virtual-machines") if row["name"] == "shop")
    assert machine["status"]["value"] == "decommissioning"
    assert machine["device"]["name"] == "pve2"


@on_each_version
@pytest.mark.slow
def test_a_vmid_used_again_by_another_guest(set_up: SetUp) -> None:
    """The old virtual machine makes room: both are in NetBox, one of them decommissioning."""
    cluster = one_guest()
    stage = set_up(cluster)
    stage.settle()
    cluster.change(900, uuid="90000000-0000-4000-8000-000000000901", vmgenid="91000000-0000-4000-8000-000000000901")
    stage.settle()
    rows = [row for row in stage.netbox("virtualization/virtual-machines") if row["name"].startswith("app")]
    assert sorted(row["status"]["value"] for row in rows) == ["active", "decommissioning"]


@on_each_version
@pytest.mark.slow
def test_names_that_change_places_in_a_row(set_up: SetUp) -> None:
    """One guest takes the name another one gives up, in the same plan."""
    cluster = one_guest()
    stage = set_up(cluster)
    cluster.add_guest(DemoGuest("qemu", 901, "pve1", "db", "90000000-0000-4000-8000-000000000911", "x"))
    stage.settle()
    cluster.rename(900, "db")
    cluster.rename(901, "old-db")
    stage.settle()


def two_guests() -> ClusterDescription:
    """Return a cluster with a second virtual machine, of which we know everything, too."""
    cluster = one_guest()
    nic = DemoNic(mac="BC:24:11:00:09:10", tag=10, seen=("10.99.0.20/24",))
    cluster.add_guest(
        DemoGuest(
            "qemu",
            901,
            "pve1",
            "db",
            "90000000-0000-4000-8000-000000000911",
            "91000000-0000-4000-8000-000000000911",
            nics={"net0": nic},
        )
    )
    return cluster


def swap_addresses(cluster: ClusterDescription) -> None:
    """Give each of the two the other's address."""
    cluster.change_ip(900, "net0", "10.99.0.20/24")
    cluster.change_ip(901, "net0", "10.99.0.10/24")


def swap_names(cluster: ClusterDescription) -> None:
    """Give each of the two the other's name."""
    cluster.rename(900, "db")
    cluster.rename(901, "app")


def swap_places(cluster: ClusterDescription) -> None:
    """Give each of the two the other's name and address."""
    swap_names(cluster)
    swap_addresses(cluster)


def primaries(stage: Stage) -> dict[str, str]:
    """Return the primary address of each of the two."""
    rows = stage.netbox("virtualization/virtual-machines", name=["app", "db"])
    return {row["name"]: row["primary_ip4"]["address"] for row in rows}


@on_each_version
@pytest.mark.slow
def test_primary_addresses_that_change_places(set_up: SetUp) -> None:
    """NetBox deletes no address that is primary and takes none twice: one guest releases it first."""
    cluster = two_guests()
    stage = set_up(cluster)
    stage.settle()
    swap_addresses(cluster)
    assert stage.settle().problems == ()
    assert primaries(stage) == {"app": "10.99.0.20/24", "db": "10.99.0.10/24"}


@pytest.mark.slow
@pytest.mark.parametrize("swap", [swap_names, swap_places])
def test_names_that_change_places(set_up: SetUp, swap: Callable[[ClusterDescription], None]) -> None:
    """NetBox takes no name twice in a cluster: one guest gives its own up first."""
    cluster = two_guests()
    stage = set_up(cluster)
    stage.settle()
    before = primaries(stage)
    swap(cluster)
    assert stage.settle().problems == ()
    moved = {"app": before["db"], "db": before["app"]}
    assert primaries(stage) == (moved if swap is swap_names else before)


@pytest.mark.slow
def test_fifty_nics_and_a_first_one_that_is_not_net0(set_up: SetUp) -> None:
    """Trap 9: a guest with net1 to net50, each of them an interface; the first of them has the primary address."""
    nics = {f"net{number}": DemoNic(mac=f"BC:24:11:00:50:{number:02X}", tag=10) for number in range(1, 51)}
    nics["net1"] = DemoNic(mac="BC:24:11:00:50:01", tag=10, seen=("10.99.5.1/24",))
    cluster = one_guest()
    cluster.change(900, nics=nics)
    stage = set_up(cluster)
    stage.settle()
    rows = stage.netbox("virtualization/interfaces", virtual_machine="app")
    assert {row["name"] for row in rows} == set(nics)
    machine = next(row for row in stage.netbox("virtualization/virtual-machines") if row["name"] == "app")
    assert machine["primary_ip4"]["address"] == "10.99.5.1/24"


@pytest.mark.slow
def test_many_changes_at_once(set_up: SetUp) -> None:
    """Guests vanish, lose addresses, get NICs and disks and names, in requests side by side: NetBox's sums agree.

    NetBox sums up disks, counts interfaces and clears primary addresses by itself, without a lock.
    """
    cluster = ClusterDescription.seeded(7, guests=120, nodes=2, name="lab")
    stage = set_up(cluster)
    stage.configure(rest="mapping: {create_sites: true}\nlimits: {percent: 100}")
    stage.settle()
    check_sums(stage)
    for number, vmid in enumerate([vmid for vmid, guest in cluster.guests.items() if not guest.template]):
        shake(cluster, vmid, number)
    stage.settle()
    check_sums(stage)


def shake(cluster: ClusterDescription, vmid: int, number: int) -> None:
    """Destroy every third guest; change all that can be changed of the others."""
    if number % 3 == 0:
        cluster.delete_guest(vmid)
        return
    guest = cluster.guests[vmid]
    cluster.rename(vmid, f"new-{vmid}")
    slot = "mp9" if guest.type == "lxc" else "scsi9"
    cluster.add_disk(vmid, slot, DemoDisk("local-lvm", f"vm-{vmid}-disk-9", "1G"))
    cluster.change(vmid, nics={name: replace(nic, ip="", ip6="", seen=()) for name, nic in guest.nics.items()})
    cluster.add_nic(vmid, DemoNic(mac=f"BC:24:11:99:{vmid // 256:02X}:{vmid % 256:02X}"), "net9")


@pytest.mark.slow
def test_what_is_new_in_netbox_first_gets_a_place_for_its_key(set_up: SetUp) -> None:
    """Our custom fields come to an object type when it is asked for; the plan says so, and the next one is empty."""
    stage = set_up(one_guest())
    stage.settle()
    stage.configure(rest="mapping: {create_sites: true, node_prefixes: true}")
    plan = stage.plan()
    marks = [("update", "custom-field:proxbox_applied"), ("update", "custom-field:proxbox_key")]
    assert [found for found in addresses(plan) if not found[1].startswith("prefix:")] == marks
    assert len(plan.changes) > len(marks)
    stage.apply()
    assert stage.plan().changes == ()
    fields = {row["name"]: row["object_types"] for row in stage.netbox("extras/custom-fields")}
    assert all("ipam.prefix" in fields[name] for name in ("proxbox_key", "proxbox_applied"))
