"""E13: a vmid that is used again: which virtual machine the backups under it are of."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from proxbox_plan.model.plan import Plan
from proxbox_plan.model.state import COMPLETE, Coverage, Guest, GuestCoverage, Incomplete, Storage
from proxbox_plan.model.state.datacenter import Backup
from tests.plan import everything as full
from tests.plan import lab
from tests.plan.world import World, fields_of, policy

HOUR, DAY = 3600, 86_400
BORN = full.NOON
MACHINE, BACKUP = "virtual-machine", "proxbox-backup"
UUIDS = {"uuid": "99999999-0000-4000-8000-000000000100", "vmgenid": "99999999-1111-4000-8000-000000000100"}


def vm(**fields: Any) -> Guest:
    """Return the VM 100, which was created at BORN."""
    return lab.vm(**({"created": BORN} | fields))


def other(**fields: Any) -> Guest:
    """Return another VM with the vmid 100, created ten days later."""
    return vm(**({"name": "other", "created": BORN + 10 * DAY, "addresses": (), **UUIDS} | fields))


def container(**fields: Any) -> Guest:
    """Return a container with the vmid 100."""
    return lab.container(100, **fields)


def backup(after: int = DAY, **fields: Any) -> Backup:
    """Return a backup of the vmid 100, so many seconds after BORN."""
    volume = f"nas:backup/vzdump-{fields.get('type') or 'qemu'}-100-{after}.vma.zst"
    sound: dict[str, Any] = {"volume": volume, "created": BORN + after}
    return full.backup(**(sound | fields))


def on_server(after: int) -> Backup:
    """Return a backup on a Proxmox Backup Server."""
    return backup(after, volume=f"pbs:backup/vm/100/{after}", format="pbs-vm")


def made(guests: tuple[Guest, ...], *backups: Backup, now: World | None = None) -> World:
    """Return a world with these guests and backups: a new one, or one that there is, from now on."""
    storages = tuple(
        Storage(
            name=name,
            type=kind,
            content=("backup",),
            shared=True,
            backups=tuple(item for item in backups if item.volume.startswith(f"{name}:")),
            backups_coverage=COMPLETE,
        )
        for name, kind in (("nas", "nfs"), ("pbs", "pbs"))
    )
    state = full.state(full.cluster(guests=guests, storages=storages, replications=()))
    if now is not None:
        return replace(now, state=state)
    return World(state, policy(full.cluster_policy(), areas=full.ALL).without_limits(), plugins=full.PLUGIN)


def settled(guest: Guest, *backups: Backup) -> World:
    """Return a world with one guest, which NetBox knows."""
    found = made((guest,), *backups)
    found.settle()
    return found


def planned(plan: Plan) -> dict[str, str]:
    """Return what the plan does to backups, by the last part of their volume."""
    return {change.address.rpartition("-")[2]: change.action for change in plan.changes if change.kind == BACKUP}


def machine_of(found: World, item: Backup) -> str | None:
    """Return the key of the machine that a backup is with in NetBox."""
    row = found.find(BACKUP, f"lab/backup/{item.volume}")
    return found.rows[MACHINE][row.fields["virtual_machine"]["id"]].key


def test_a_backup_from_before_the_guest_was_created() -> None:
    """The VM says when it was created: what is older is of a guest that had the vmid before, and hangs on none."""
    plan = made((vm(),), backup(-3 * DAY), backup(), on_server(-DAY)).plan()
    assert planned(plan) == {f"{DAY}.vma.zst": "create"}
    assert fields_of(plan, f"proxbox-backup:lab/backup/{backup().volume}")["virtual_machine"] == (None, "vm-100")


@pytest.mark.parametrize(
    "item",
    [backup(-27 * HOUR), on_server(-HOUR)],
    ids=["an archive has the local time of a node in its name", "the clocks of two nodes differ"],
)
def test_a_time_that_proves_nothing(item: Backup) -> None:
    """A backup that may be the guest's own is its."""
    assert BACKUP in {change.kind for change in made((vm(),), item).plan().changes}
    earlier = item.replace(created=(item.created or 0) - 1)
    assert BACKUP not in {change.kind for change in made((vm(),), earlier).plan().changes}


UNKNOWN = {
    "a VM from before Proxmox VE 7.1": (vm(created=None), backup(-30 * DAY)),
    "a container": (container(), backup(-30 * DAY, type="lxc")),
    "a backup without a time": (vm(), backup(created=None)),
}


@pytest.mark.parametrize(("guest", "item"), UNKNOWN.values(), ids=UNKNOWN)
def test_where_the_time_is_not_known(guest: Guest, item: Backup) -> None:
    """Ignorance changes nothing: the backup is that of the guest with its vmid."""
    assert BACKUP in {change.kind for change in made((guest,), item).plan().changes}


def test_a_guest_that_was_not_read() -> None:
    """Its backups wait: when it was created is not known, so a new one may be another guest's. Known ones stay."""
    known, new = backup(), backup(2 * DAY)
    found = settled(vm(), known)
    lost = Coverage(complete=False, reason=Incomplete.TIMEOUT)
    unread = vm(created=None, coverage=GuestCoverage(config=lost))
    plan = made((unread,), known.replace(verification="ok"), new, now=found).plan()
    assert planned(plan) == {f"{DAY}.vma.zst": "update"}
    assert [(item.address.key, item.action, item.reason) for item in plan.deferred if item.kind == BACKUP] == [
        (f"lab/backup/{new.volume}", "create", Incomplete.TIMEOUT)
    ]


def test_a_guest_that_is_not_on_the_list() -> None:
    """Where the list is incomplete another guest may have the vmid; where it is complete the guest is gone."""
    known, new = backup(), backup(2 * DAY)
    found = made((), known, new, now=settled(vm(), known))
    assert planned(found.plan()) == {f"{2 * DAY}.vma.zst": "create"}
    (cluster,) = found.state.clusters
    coverage = cluster.coverage.replace(guests=Coverage(complete=False, reason=Incomplete.FORBIDDEN))
    found.state = full.state(cluster.replace(coverage=coverage))
    assert planned(found.plan()) == {}
    assert {item.address.key for item in found.plan().deferred if item.kind == BACKUP} == {f"lab/backup/{new.volume}"}


def test_the_backups_of_a_guest_that_was_replaced_stay_with_its_machine() -> None:
    """The machine is set apart under another key; the new guest gets its own backups, and the plan after is empty."""
    old, late, new = backup(), backup(9 * DAY + 20 * HOUR), backup(11 * DAY)
    found = settled(vm(), old, late)
    found = made((other(),), old, late, new, now=found)
    assert planned(found.plan()) == {f"{11 * DAY}.vma.zst": "create"}
    found.settle()
    assert [machine_of(found, item) for item in (old, late, new)] == [
        "lab/qemu/100~00000000",
        "lab/qemu/100~00000000",
        "lab/qemu/100",
    ]


def test_those_of_a_container_too() -> None:
    """When a container was created is not known, but NetBox has its backups with its machine."""
    old = backup(type="lxc")
    found = settled(container(), old)
    slot = lab.nic(201, name="eth0", model="veth", addresses=("10.0.2.9/24",))
    found = made((container(name="other", nics=(slot,)),), old, now=found)
    assert planned(found.plan()) == {}
    found.settle()
    assert "~" in (machine_of(found, old) or "")


@pytest.mark.parametrize("vmid", [100, 107])
def test_a_guest_that_is_back_has_its_own(vmid: int) -> None:
    """Restored under its vmid or another one: its backups and those of the guest between are where they were."""
    first, second = backup(), backup(11 * DAY)
    found = settled(vm(), first)
    found = made((other(),), first, second, now=found)
    found.settle()
    back_again = vm(vmid=vmid, uuid=vm().uuid, vmgenid=vm().vmgenid)
    guests = (back_again, *(() if vmid == 100 else (other(),)))
    found = made(guests, first, second, now=found)
    assert planned(found.plan()) == {}
    found.settle()
    assert machine_of(found, first) == f"lab/qemu/{vmid}"
    assert machine_of(found, second) == ("lab/qemu/100~99999999" if vmid == 100 else "lab/qemu/100")


def test_a_vmid_that_is_a_container_now() -> None:
    """A backup of a VM is none of a container: one that NetBox has stays with the VM's machine, others are planned."""
    old = backup()
    found = settled(vm(), old)
    found = made((container(),), old, backup(2 * DAY), now=found)
    found.apply()
    assert planned(found.plan()) == {}
    assert machine_of(found, old) == machine_of(found, backup(2 * DAY)) == "lab/qemu/100"
    assert found.find(MACHINE, "lab/qemu/100").fields["status"] == "decommissioning"


@pytest.mark.parametrize("guest", [container(), vm()], ids=["lxc", "qemu"])
def test_a_backup_of_the_other_type(guest: Guest) -> None:
    """It hangs on none where NetBox never had a guest of its type under the vmid."""
    kind = "qemu" if guest.type == "lxc" else "lxc"
    assert planned(made((guest,), backup(type=kind)).plan()) == {}


def test_a_backup_whose_name_does_not_say_its_type() -> None:
    """It is of the guest that has the vmid, whatever that is."""
    assert len(planned(made((container(),), backup(type=None)).plan())) == 1


def test_a_backup_that_was_moved_in_netbox_is_moved_back() -> None:
    """Proxmox is authoritative: what a person changed is corrected as before."""
    found = settled(vm(), backup())
    stranger = found.add(MACHINE, "stranger")
    found.edit(BACKUP, f"lab/backup/{backup().volume}", virtual_machine=found.ref(MACHINE, stranger.id))
    found.settle()
    assert machine_of(found, backup()) == "lab/qemu/100"


def test_a_backup_of_an_earlier_guest_is_not_deleted_for_its_age() -> None:
    """Also where a person hung it on a machine of his own and deleted the one we had made: it is still there."""
    old = backup()
    found = settled(vm(), old)
    found = made((other(),), old, now=found)
    found.settle()
    stranger = found.add(MACHINE, "kept by hand")
    found.edit(BACKUP, f"lab/backup/{old.volume}", virtual_machine=found.ref(MACHINE, stranger.id))
    del found.rows[MACHINE][found.find(MACHINE, "lab/qemu/100~00000000").id]
    assert planned(found.plan()) == {}


def test_it_goes_when_proxmox_has_it_no_longer() -> None:
    """Whatever machine it is with."""
    old = backup()
    found = settled(vm(), old)
    found = made((other(),), old, now=found)
    found.settle()
    found = made((other(),), now=found)
    assert planned(found.plan()) == {f"{DAY}.vma.zst": "delete"}
