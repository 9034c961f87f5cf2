"""A small cluster whose guests have addresses, NICs and disks of their own."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from proxbox_plan.model.state import (
    Cluster,
    Coverage,
    Guest,
    GuestAddress,
    GuestCoverage,
    GuestDisk,
    GuestNic,
    Incomplete,
    Node,
    NodeCoverage,
    NodeInterface,
    State,
)
from tests.plan.world import World, policy

GIB = 1 << 30


def nic(vmid: int, number: int = 0, **fields: Any) -> GuestNic:
    """Return a NIC whose MAC is its guest's alone."""
    sound: dict[str, Any] = {
        "name": f"net{number}",
        "model": "virtio",
        "mac": f"BC:24:11:00:{vmid % 256:02X}:{number:02X}",
        "bridge": "vmbr0",
        "tag": 20,
    }
    return GuestNic(slot=f"net{number}", **(sound | fields))


def disk(slot: str = "scsi0", gib: int = 8) -> GuestDisk:
    """Return a disk of so many GiB."""
    return GuestDisk(slot=slot, storage="local-lvm", volume=f"vm-disk-{slot}", size_bytes=gib * GIB)


def seen(vmid: int, *addresses: str, number: int = 0) -> tuple[GuestAddress, ...]:
    """Return addresses the agent saw on a NIC."""
    mac = nic(vmid, number).mac
    return tuple(GuestAddress(interface="eth0", mac=mac, address=address) for address in addresses)


def vm(vmid: int = 100, **fields: Any) -> Guest:
    """Return a running virtual machine with one NIC, one disk and one address."""
    sound: dict[str, Any] = {
        "type": "qemu",
        "node": "pve1",
        "name": f"vm-{vmid}",
        "status": "running",
        "uuid": f"00000000-0000-4000-8000-{vmid:012d}",
        "vmgenid": f"11111111-0000-4000-8000-{vmid:012d}",
        "vcpus": 2.0,
        "memory_mib": 2048,
        "ostype": "l26",
        "agent": True,
        "nics": (nic(vmid),),
        "disks": (disk(),),
        "addresses": seen(vmid, f"10.0.1.{vmid % 250}/24"),
    }
    return Guest(vmid=vmid, **(sound | fields))


def container(vmid: int = 200, **fields: Any) -> Guest:
    """Return a running container with a static address."""
    slot = nic(vmid, name="eth0", model="veth", addresses=(f"10.0.2.{vmid % 250}/24",), gateways=("10.0.2.254",))
    sound: dict[str, Any] = {
        "type": "lxc",
        "node": "pve1",
        "name": f"ct-{vmid}",
        "status": "running",
        "vcpus": 1.0,
        "memory_mib": 512,
        "ostype": "debian",
        "nics": (slot,),
        "disks": (disk("rootfs"),),
    }
    return Guest(vmid=vmid, **(sound | fields))


def node(name: str = "pve1", number: int = 1, **fields: Any) -> Node:
    """Return a node with a bridge over a bond of two ports."""
    bridge = NodeInterface(
        name="vmbr0",
        type="bridge",
        active=True,
        ports=("bond0",),
        vlan_aware=True,
        addresses=(f"10.0.0.{number}/24",),
        gateways=("10.0.0.254",),
    )
    bond = NodeInterface(name="bond0", type="bond", active=True, slaves=("nic0", "nic1"))
    ports = tuple(NodeInterface(name=name, type="eth", active=True) for name in ("nic0", "nic1"))
    sound: dict[str, Any] = {
        "online": True,
        "address": f"10.0.0.{number}",
        "version": "9.2.11",
        "cpu_model": "AMD EPYC",
        "cpus": 16,
        "memory_mib": 65536,
        "interfaces": (*ports, bond, bridge),
    }
    return Node(name=name, **(sound | fields))


def lab(*guests: Guest, **fields: Any) -> State:
    """Return the state of the cluster `lab` with two nodes and these guests."""
    sound: dict[str, Any] = {"proxmox_name": "labcluster", "version": "9.2.11", "nodes": (node(), node("pve2", 2))}
    return State.make(clusters=(Cluster(name="lab", guests=guests, **(sound | fields)),))


def world(*guests: Guest, **options: Any) -> World:
    """Return a world whose NetBox already agrees with the cluster of these guests."""
    made = World(lab(*(guests or (vm(), container()))), policy(**options))
    made.settle()
    return made


def now(made: World, *guests: Guest, **fields: Any) -> World:
    """Let the cluster have these guests from now on."""
    return replace(made, state=lab(*guests, **fields))


def incomplete(reason: Incomplete = Incomplete.TIMEOUT) -> Coverage:
    """Return the coverage of something that was not read."""
    return Coverage(complete=False, reason=reason, detail="because of the test")


def unread(guest: Guest, reason: Incomplete = Incomplete.UNKNOWN_STATUS) -> Guest:
    """Return the bare row Proxmox gives of a guest it knows nothing about."""
    nothing = GuestCoverage(row=incomplete(reason), config=incomplete(reason), addresses=incomplete(reason))
    return Guest(type=guest.type, vmid=guest.vmid, node=guest.node, status="unknown", coverage=nothing)


def silent(guest: Guest, reason: Incomplete = Incomplete.AGENT_SILENT) -> Guest:
    """Return a guest whose inside could not be seen."""
    return guest.model_copy(update={"addresses": (), "coverage": GuestCoverage(addresses=incomplete(reason))})


def offline(name: str = "pve1") -> Node:
    """Return a node that is down."""
    nothing = NodeCoverage(status=incomplete(Incomplete.NODE_OFFLINE), network=incomplete(Incomplete.NODE_OFFLINE))
    return Node(name=name, online=False, coverage=nothing)
