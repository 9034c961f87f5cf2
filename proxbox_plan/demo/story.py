"""Demo story: the changes an administrator makes to the cluster between the first apply and the second plan."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import cycle

from proxbox_plan.demo.cluster import ClusterDescription, DemoGuest, DemoNic


def a_working_day(cluster: ClusterDescription) -> Iterator[str]:
    """Change the cluster one step at a time, yielding a description of each step."""
    vms = [guest for guest in cluster.guests.values() if guest.type == "qemu" and guest.running and guest.nics]
    chosen = iter(vms)
    yield _rename(cluster, next(chosen))
    yield _resize(cluster, next(chosen))
    yield _migrate(cluster, next(chosen))
    yield _add_nic(cluster, next(chosen))
    yield _change_vlan(cluster, next(chosen))
    yield _delete(cluster, next(chosen))


def endless_days(cluster: ClusterDescription) -> Iterator[str]:
    """Change the cluster endlessly, yielding a description of each step."""
    for step in cycle((_resize, _migrate, _change_vlan, _grow)):
        vms = [guest for guest in cluster.guests.values() if guest.type == "qemu" and guest.running and guest.nics]
        yield step(cluster, vms[len(vms) // 2])


def _rename(cluster: ClusterDescription, guest: DemoGuest) -> str:
    name = f"{guest.name}-new"
    cluster.rename(guest.vmid, name)
    return f"rename {guest.name} (VM {guest.vmid}) to {name}"


def _resize(cluster: ClusterDescription, guest: DemoGuest) -> str:
    slot, disk = next(iter(guest.disks.items()))
    size = "64G" if disk.size != "64G" else "128G"
    cluster.resize_disk(guest.vmid, slot, size)
    return f"resize {slot} of {guest.name} from {disk.size} to {size}"


def _migrate(cluster: ClusterDescription, guest: DemoGuest) -> str:
    target = next(name for name, node in cluster.nodes.items() if node.online and name != guest.node)
    cluster.migrate(guest.vmid, target)
    return f"live-migrate {guest.name} from {guest.node} to {target}"


def _add_nic(cluster: ClusterDescription, guest: DemoGuest) -> str:
    nic = DemoNic(mac="BC:24:11:DE:00:01", bridge="vmbr0", tag=20)
    slot = cluster.add_nic(guest.vmid, nic)
    return f"add {slot} in VLAN 20 to {guest.name}"


def _change_vlan(cluster: ClusterDescription, guest: DemoGuest) -> str:
    slot, nic = next(iter(guest.nics.items()))
    tag = 30 if nic.tag != 30 else 40  # noqa: PLR2004 # any other VLAN
    cluster.set_vlan(guest.vmid, slot, tag)
    return f"move {slot} of {guest.name} from VLAN {nic.tag or 'none'} to {tag}"


def _grow(cluster: ClusterDescription, guest: DemoGuest) -> str:
    cluster.set_memory(guest.vmid, guest.memory + 1024)
    return f"give {guest.name} another GiB of memory"


def _delete(cluster: ClusterDescription, guest: DemoGuest) -> str:
    cluster.delete_guest(guest.vmid)
    return f"destroy {guest.name} (VM {guest.vmid})"
