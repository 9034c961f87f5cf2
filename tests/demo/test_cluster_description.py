"""A description is a cluster one can administer."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest

from proxbox_plan.demo.cluster import ClusterDescription, DemoDisk, DemoFirewall, DemoNic
from proxbox_plan.demo.cluster.answers import DescriptionAnswers
from proxbox_plan.demo.cluster.guest_answers import guest_config, guest_row
from tests.work import calls_of

MAC = "BC:24:11:00:00:01"


@pytest.fixture
def cluster() -> ClusterDescription:
    """Return a small cluster."""
    return ClusterDescription.seeded(1, guests=40, nodes=3)


@pytest.fixture
def vmid(cluster: ClusterDescription) -> int:
    """Return a VM of it."""
    return next(guest.vmid for guest in cluster.guests.values() if guest.type == "qemu" and "scsi0" in guest.disks)


def test_the_same_seed_gives_the_same_cluster() -> None:
    """Demos and benchmarks can be repeated."""
    assert ClusterDescription.seeded(5, guests=60) == ClusterDescription.seeded(5, guests=60)
    assert ClusterDescription.seeded(5, guests=60) != ClusterDescription.seeded(6, guests=60)


def test_with_all_features_the_same_seed_gives_the_same_cluster_too() -> None:
    """And the guests are those of the plain seed, dressed."""
    cluster = ClusterDescription.seeded(5, guests=30, features="all")
    assert cluster == ClusterDescription.seeded(5, guests=30, features="all")
    plain = ClusterDescription.seeded(5, guests=30)
    assert [guest.name for guest in cluster.guests.values()] == [guest.name for guest in plain.guests.values()]
    assert cluster != ClusterDescription.seeded(6, guests=30, features="all")


def test_with_all_features_it_has_everything_beside_guests() -> None:
    """Each kind of backup, job, zone; Open vSwitch, high availability; nothing of it in a plain one."""
    cluster = ClusterDescription.seeded(1, guests=30, features="all")
    assert {backup.storage for backup in cluster.backups.values()} == {"local", "nas", "pbs"}
    assert {zone["type"] for zone in cluster.sdn.zones.values()} == {"vlan", "simple", "vxlan", "evpn"}
    assert {len(snapshots) for snapshots in cluster.snapshots.values()} == {1, 2}
    assert {job.failures for job in cluster.replications.values()} == {0, 2}
    assert set(cluster.firewalls) == {"cluster", "pve1", "100", "101", "102"}
    assert any(guest.hastate for guest in cluster.guests.values())
    assert any(guest.pool for guest in cluster.guests.values())
    assert any(node.open_vswitch for node in cluster.nodes.values())
    assert (len(cluster.backup_jobs), len(cluster.cpu_models)) == (3, 1)
    plain = ClusterDescription.seeded(1, guests=30)
    empty = [plain.backups, plain.snapshots, plain.tasks, plain.replications, plain.firewalls]
    assert [table for table in empty if table] == []


def test_a_copy_with_features_can_be_changed_alone() -> None:
    """Snapshots, backups, jobs and firewalls of the original stay."""
    cluster = ClusterDescription.seeded(1, guests=10, features="all")
    other = cluster.copy()
    other.remove_snapshot(next(iter(other.snapshots)), "initial")
    other.remove_backup(next(iter(other.backups))[0])
    other.remove_replication(next(iter(other.replications)))
    other.remove_backup_job("backup-pool")
    other.set_firewall("pve1", DemoFirewall())
    other.change_sdn(zones={})
    assert cluster == ClusterDescription.seeded(1, guests=10, features="all")
    assert other != cluster


def test_it_has_the_variety_of_a_real_cluster() -> None:
    """VMs and containers, several NICs, VLANs, trunks, EFI disks, templates, cloud-init, notes, a bind mount."""
    guests = ClusterDescription.seeded(1, guests=300).guests.values()
    nics = [nic for guest in guests for nic in guest.nics.values()]
    disks = [(slot, disk) for guest in guests for slot, disk in guest.disks.items()]
    assert {guest.type for guest in guests} == {"qemu", "lxc"}
    assert {len(guest.nics) for guest in guests} == {1, 2, 3}
    assert any(nic.trunks for nic in nics)
    assert any(nic.link_down for nic in nics)
    assert any(nic.mtu for nic in nics)
    assert any(nic.ip == "dhcp" for nic in nics)
    assert any(slot == "efidisk0" and disk.size == "528K" for slot, disk in disks)
    assert any(disk.storage == "" and slot.startswith("mp") for slot, disk in disks)
    assert any(guest.template for guest in guests)
    assert any(guest.cloud_init for guest in guests)
    assert any(guest.lock for guest in guests)
    assert len({nic.mac for nic in nics}) == len(nics)
    assert len({address for nic in nics for address in nic.seen}) == sum(len(nic.seen) for nic in nics)


@pytest.mark.parametrize(
    ("change", "key", "expected"),
    [
        (lambda c, v: c.rename(v, "other"), "name", "other"),
        (lambda c, v: c.set_memory(v, 99), "memory", "99"),
        (lambda c, v: c.set_cores(v, 7), "cores", 7),
        (lambda c, v: c.set_tags(v, "a", "b"), "tags", "a;b"),
        (lambda c, v: c.set_note(v, "hello"), "description", "hello"),
        (lambda c, v: c.add_disk(v, "scsi7", DemoDisk("local", "x", "1G")), "scsi7", "local:x,size=1G"),
        (lambda c, v: c.add_nic(v, DemoNic(MAC, tag=5), "net9"), "net9", f"virtio={MAC},bridge=vmbr0,firewall=1,tag=5"),
    ],
)
def test_changes_show_in_the_configuration(
    cluster: ClusterDescription,
    vmid: int,
    change: Callable[[ClusterDescription, int], object],
    key: str,
    expected: str | int,
) -> None:
    """Every change is seen where Proxmox shows it."""
    change(cluster, vmid)
    assert guest_config(cluster.guests[vmid])[key] == expected


def test_disks_can_be_resized_and_removed(cluster: ClusterDescription, vmid: int) -> None:
    """A resized disk has its new size, a removed one no line."""
    cluster.resize_disk(vmid, "scsi0", "77G")
    assert guest_config(cluster.guests[vmid])["scsi0"].endswith("size=77G")
    cluster.remove_disk(vmid, "scsi0")
    assert "scsi0" not in guest_config(cluster.guests[vmid])


def test_nics_can_be_changed(cluster: ClusterDescription, vmid: int) -> None:
    """VLAN and address change; a NIC goes into the first free slot and leaves again."""
    cluster.set_vlan(vmid, "net0", 99)
    cluster.change_ip(vmid, "net0", "192.0.2.7/24")
    assert "tag=99" in guest_config(cluster.guests[vmid])["net0"]
    assert cluster.guests[vmid].nics["net0"].seen == ("192.0.2.7/24",)
    count = len(cluster.guests[vmid].nics)
    assert cluster.add_nic(vmid, DemoNic(MAC)) == f"net{count}"
    cluster.remove_nic(vmid, f"net{count}")
    assert len(cluster.guests[vmid].nics) == count


def test_guests_move_stop_vanish_and_come_back(cluster: ClusterDescription, vmid: int) -> None:
    """Migration, power, destruction and creation show in the list."""
    guest = cluster.guests[vmid]
    cluster.migrate(vmid, "pve3")
    cluster.set_power(vmid, running=False)
    row = guest_row(cluster.guests[vmid], cluster.nodes["pve3"], 1)
    assert (row["node"], row["status"]) == ("pve3", "stopped")
    cluster.delete_guest(vmid)
    answers = DescriptionAnswers(cluster)
    ids = {row["id"] for row in answers.answer("/cluster/resources", {}).body["data"]}
    assert f"qemu/{vmid}" not in ids
    cluster.add_guest(guest)
    assert vmid in cluster.guests


def test_a_copy_is_changed_alone(cluster: ClusterDescription, vmid: int) -> None:
    """What is done to a copy does not reach the original."""
    before = cluster.copy()
    cluster.rename(vmid, "other")
    cluster.take_node_offline("pve1")
    assert before.guests[vmid].name != "other"
    assert before.nodes["pve1"].online
    cluster.bring_node_online("pve1")
    assert cluster.nodes == before.nodes


def test_a_big_cluster_is_made_and_listed_quickly() -> None:
    """Four times the guests are four times the work, so that benchmarks of thousands measure the tool."""
    few, many = (calls_of(partial(_made_and_listed, guests)) for guests in (250, 1000))
    assert many < 6 * few


def _made_and_listed(guests: int) -> None:
    answers = DescriptionAnswers(ClusterDescription.seeded(1, guests=guests, nodes=20))
    assert len(answers.answer("/cluster/resources", {}).payload()) > 200 * guests
