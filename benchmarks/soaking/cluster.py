"""What administrators do to a cluster on a working day: one random thing at a time, from a seed."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace

from proxbox_plan.demo.cluster import ClusterDescription, DemoDisk, DemoGuest, DemoNic, DemoSnapshot
from proxbox_plan.demo.cluster.parts import GuestType

VLANS = (10, 20, 30, 40, 50, 60, 70)
FIRST_NEW = 5000
FIRST_SECOND = 1_795_000_000
NOTES = ("", "Ring before you stop it", "Owner: **team-a**", "Größe prüfen", "two\nlines")
TAGS = ("prod", "stage", "dev", "legacy", "backup-daily")
WHOLE_DAYS = 250  # hosts of one made-up network of addresses


class Administrators:
    """Changes a cluster; the same seed does the same things."""

    def __init__(self, cluster: ClusterDescription, seed: int) -> None:
        """Take the cluster to change; it stays about as large as it is."""
        self._cluster = cluster
        self._random = random.Random(seed)  # noqa: S311 # reproducible, nothing secret
        self._size = len(cluster.guests)
        self._made = 0
        self._actions: tuple[Callable[[DemoGuest], str], ...] = (
            self._rename,
            self._swap_names,
            self._grow_disk,
            self._add_disk,
            self._remove_disk,
            self._migrate,
            self._add_nic,
            self._remove_nic,
            self._change_vlan,
            self._change_mac,
            self._switch,
            self._switch,
            self._change_address,
            self._swap_addresses,
            self._share_address,
            self._note,
            self._tag,
            self._cores,
            self._memory,
            self._replace,
            self._convert,
            self._lock,
            self._make_template,
            self._switch_agent,
            self._snapshot,
        )

    def act(self) -> str:
        """Do one thing, and say in words what."""
        guests = [self._cluster.guests[vmid] for vmid in sorted(self._cluster.guests)]
        if len(guests) > self._size or self._chance(0.06):
            return self._destroy(self._random.choice(guests))
        if len(guests) < self._size - 2 or self._chance(0.06):
            return self._create()
        if self._chance(0.02):
            return self._evacuate()
        if self._chance(0.04):
            return self._switch_node()
        return self._random.choice(self._actions)(self._random.choice(guests))

    def _chance(self, share: float) -> bool:
        return self._random.random() < share

    def _new(self) -> int:
        """Return a number that was never used."""
        self._made += 1
        return self._made

    def _mac(self) -> str:
        number = f"{self._new():06X}"
        return f"BC:24:12:{number[0:2]}:{number[2:4]}:{number[4:6]}"

    def _address(self) -> str:
        number = self._new()
        return f"10.200.{number // WHOLE_DAYS}.{number % WHOLE_DAYS + 1}/16"

    def _nic(self) -> DemoNic:
        tag = None if self._chance(0.2) else self._random.choice(VLANS)
        address = self._address()
        static = address if self._chance(0.4) else "dhcp"
        return DemoNic(self._mac(), tag=tag, ip=static, seen=(address,), link_down=self._chance(0.1))

    def _create(self) -> str:
        number = self._new()
        vmid = FIRST_NEW + number
        kind: GuestType = "lxc" if self._chance(0.35) else "qemu"
        slot = "scsi0" if kind == "qemu" else "rootfs"
        guest = DemoGuest(
            kind,
            vmid,
            self._random.choice(sorted(self._cluster.nodes)),
            f"new-{number}",
            f"50000000-0000-4000-8000-{number:012d}",
            f"60000000-0000-4000-8000-{number:012d}",
            running=self._chance(0.7),
            tags=(self._random.choice(TAGS),),
            nics={"net0": self._nic()},
            disks={slot: DemoDisk("ceph-vm", f"vm-{vmid}-disk-0", "16G")},
        )
        self._cluster.add_guest(guest)
        return f"create {kind}/{vmid}"

    def _destroy(self, guest: DemoGuest) -> str:
        self._cluster.delete_guest(guest.vmid)
        return f"destroy {guest.type}/{guest.vmid}"

    def _replace(self, guest: DemoGuest) -> str:
        """Destroy a guest and make another one with its number."""
        number = self._new()
        self._cluster.add_guest(
            replace(
                guest,
                name=f"again-{number}",
                uuid=f"70000000-0000-4000-8000-{number:012d}",
                vmgenid=f"80000000-0000-4000-8000-{number:012d}",
                nics={"net0": self._nic()},
            )
        )
        return f"put another guest in the place of {guest.type}/{guest.vmid}"

    def _convert(self, guest: DemoGuest) -> str:
        """Destroy a guest and make one of the other type with its number."""
        number = self._new()
        kind: GuestType = "lxc" if guest.type == "qemu" else "qemu"
        slot = "rootfs" if kind == "lxc" else "scsi0"
        self._cluster.add_guest(
            DemoGuest(
                kind,
                guest.vmid,
                guest.node,
                guest.name,
                f"90000000-0000-4000-8000-{number:012d}",
                f"a0000000-0000-4000-8000-{number:012d}",
                nics={"net0": self._nic()},
                disks={slot: DemoDisk("ceph-vm", f"vm-{guest.vmid}-c", "8G")},
            )
        )
        return f"make {kind}/{guest.vmid} of {guest.type}/{guest.vmid}"

    def _evacuate(self) -> str:
        """Move all guests of one node to the others: more than a limit allows at once."""
        nodes = sorted(self._cluster.nodes)
        left = self._random.choice(nodes)
        moving = sorted(vmid for vmid, guest in self._cluster.guests.items() if guest.node == left)
        for vmid in moving:
            self._cluster.migrate(vmid, self._random.choice([name for name in nodes if name != left]))
        return f"evacuate {left}"

    def _switch_node(self) -> str:
        """Let a node die, or bring the dead one back."""
        dead = [name for name, node in self._cluster.nodes.items() if not node.online]
        if dead:
            self._cluster.bring_node_online(dead[0])
            return f"bring {dead[0]} back"
        node = self._random.choice(sorted(self._cluster.nodes)[1:])
        self._cluster.take_node_offline(node)
        return f"take {node} offline"

    def _lock(self, guest: DemoGuest) -> str:
        lock = self._random.choice((None, None, "backup", "clone"))
        self._cluster.change(guest.vmid, lock=lock)
        return f"lock {guest.type}/{guest.vmid}: {lock}"

    def _make_template(self, guest: DemoGuest) -> str:
        if self._chance(0.3):
            self._cluster.change(guest.vmid, template=not guest.template, running=False)
        return f"make {guest.type}/{guest.vmid} a template, or a guest again"

    def _snapshot(self, guest: DemoGuest) -> str:
        """Take a snapshot, or delete the oldest."""
        kept = self._cluster.snapshots.get(guest.vmid, ())
        if len(kept) > 1:
            self._cluster.remove_snapshot(guest.vmid, kept[0].name)
            return f"delete a snapshot of {guest.type}/{guest.vmid}"
        number = self._new()
        self._cluster.add_snapshot(guest.vmid, DemoSnapshot(f"before{number}", FIRST_SECOND + number))
        return f"take a snapshot of {guest.type}/{guest.vmid}"

    def _switch_agent(self, guest: DemoGuest) -> str:
        self._cluster.change(guest.vmid, agent=not guest.agent)
        return f"switch the agent of {guest.type}/{guest.vmid}"

    def _other(self, guest: DemoGuest) -> DemoGuest:
        """Return a guest with an address, another one if possible."""
        found = [
            each for vmid, each in sorted(self._cluster.guests.items()) if vmid != guest.vmid and "net0" in each.nics
        ]
        return self._random.choice(found) if found else guest

    def _swap_addresses(self, guest: DemoGuest) -> str:
        other = self._other(guest)
        if "net0" in guest.nics and guest.nics["net0"].seen and other.nics["net0"].seen:
            mine, theirs = guest.nics["net0"].seen[0], other.nics["net0"].seen[0]
            self._cluster.change_ip(guest.vmid, "net0", theirs)
            self._cluster.change_ip(other.vmid, "net0", mine)
        return f"swap the addresses of {guest.type}/{guest.vmid} and {other.type}/{other.vmid}"

    def _share_address(self, guest: DemoGuest) -> str:
        """Give a guest the address that another one has, as a person does by mistake."""
        other = self._other(guest)
        if "net0" in guest.nics and other.nics["net0"].seen:
            self._cluster.change_ip(guest.vmid, "net0", other.nics["net0"].seen[0])
        return f"give {guest.type}/{guest.vmid} the address of {other.type}/{other.vmid}"

    def _rename(self, guest: DemoGuest) -> str:
        self._cluster.rename(guest.vmid, f"{guest.name.partition('--')[0]}--{self._new()}")
        return f"rename {guest.type}/{guest.vmid}"

    def _swap_names(self, guest: DemoGuest) -> str:
        other = self._cluster.guests[self._random.choice(sorted(self._cluster.guests))]
        self._cluster.rename(guest.vmid, other.name)
        self._cluster.rename(other.vmid, guest.name)
        return f"swap the names of {guest.type}/{guest.vmid} and {other.type}/{other.vmid}"

    def _grow_disk(self, guest: DemoGuest) -> str:
        slots = [slot for slot, disk in sorted(guest.disks.items()) if disk.size.endswith("G")]
        if slots:
            self._cluster.resize_disk(guest.vmid, slots[0], f"{self._random.randint(4, 900)}G")
        return f"resize the first disk of {guest.type}/{guest.vmid}"

    def _add_disk(self, guest: DemoGuest) -> str:
        free = [slot for slot in ("scsi3", "scsi4") if slot not in guest.disks]
        if guest.type == "qemu" and free:
            self._cluster.add_disk(guest.vmid, free[0], DemoDisk("ceph-vm", f"vm-{guest.vmid}-{free[0]}", "32G"))
        return f"add a disk to {guest.type}/{guest.vmid}"

    def _remove_disk(self, guest: DemoGuest) -> str:
        if len(guest.disks) > 1:
            self._cluster.remove_disk(guest.vmid, self._random.choice(sorted(guest.disks)[1:]))
        return f"remove a disk of {guest.type}/{guest.vmid}"

    def _migrate(self, guest: DemoGuest) -> str:
        self._cluster.migrate(guest.vmid, self._random.choice(sorted(self._cluster.nodes)))
        return f"migrate {guest.type}/{guest.vmid}"

    def _add_nic(self, guest: DemoGuest) -> str:
        if len(guest.nics) < 4:  # noqa: PLR2004 # enough for anybody
            self._cluster.add_nic(guest.vmid, self._nic())
        return f"add an interface to {guest.type}/{guest.vmid}"

    def _remove_nic(self, guest: DemoGuest) -> str:
        if len(guest.nics) > 1:
            self._cluster.remove_nic(guest.vmid, self._random.choice(sorted(guest.nics)))
        return f"remove an interface of {guest.type}/{guest.vmid}"

    def _change_vlan(self, guest: DemoGuest) -> str:
        if guest.nics:
            self._cluster.set_vlan(guest.vmid, min(guest.nics), self._random.choice((*VLANS, None)))
        return f"move net0 of {guest.type}/{guest.vmid} to another VLAN"

    def _change_mac(self, guest: DemoGuest) -> str:
        if guest.nics:
            slot = min(guest.nics)
            nics = {**guest.nics, slot: replace(guest.nics[slot], mac=self._mac())}
            self._cluster.change(guest.vmid, nics=nics)
        return f"give net0 of {guest.type}/{guest.vmid} another MAC address"

    def _switch(self, guest: DemoGuest) -> str:
        if not guest.template:
            self._cluster.set_power(guest.vmid, running=not guest.running)
        return f"{'stop' if guest.running else 'start'} {guest.type}/{guest.vmid}"

    def _change_address(self, guest: DemoGuest) -> str:
        if guest.nics:
            self._cluster.change_ip(guest.vmid, min(guest.nics), self._address())
        return f"give net0 of {guest.type}/{guest.vmid} another address"

    def _note(self, guest: DemoGuest) -> str:
        self._cluster.set_note(guest.vmid, self._random.choice(NOTES))
        return f"write a note on {guest.type}/{guest.vmid}"

    def _tag(self, guest: DemoGuest) -> str:
        self._cluster.set_tags(guest.vmid, *sorted(self._random.sample(TAGS, self._random.randint(0, 3))))
        return f"tag {guest.type}/{guest.vmid}"

    def _cores(self, guest: DemoGuest) -> str:
        self._cluster.set_cores(guest.vmid, self._random.choice((1, 2, 4, 8, 16)))
        return f"change the cores of {guest.type}/{guest.vmid}"

    def _memory(self, guest: DemoGuest) -> str:
        self._cluster.set_memory(guest.vmid, self._random.choice((512, 1024, 4096, 16384)))
        return f"change the memory of {guest.type}/{guest.vmid}"
