"""Generates a realistic cluster from a seed: the same seed and sizes always give the same cluster."""

from __future__ import annotations

import random
import uuid
from dataclasses import dataclass, field, replace

from proxbox_plan.demo.cluster.parts import DemoDisk, DemoGuest, DemoNic, DemoNode, DemoStorage, GuestType

FIRST_VMID = 100
SMALL = 200
SERVICES = ("web", "api", "db", "cache", "queue", "mail", "git", "ci", "dns", "proxy", "log", "metrics")
STAGES = ("prod", "stage", "dev")
VLANS = (10, 20, 30, 40, 50, 60)
OSTYPES = ("l26", "l26", "l26", "l26", "win11", "win10", "other")
CT_OSTYPES = ("debian", "ubuntu", "alpine", "centos", "unmanaged")
LVM, CEPH, NFS = "local-lvm", "ceph-vm", "nas"


@dataclass
class Tables:
    """The tables of a description."""

    nodes: dict[str, DemoNode] = field(default_factory=dict)
    storages: dict[str, DemoStorage] = field(default_factory=dict)
    guests: dict[int, DemoGuest] = field(default_factory=dict)


def seed_tables(seed: int, guests: int, nodes: int) -> Tables:
    """Return the nodes, storages and guests of one seed."""
    names = [f"pve{number}" for number in range(1, nodes + 1)]
    maker = _Maker(seed, names, small=guests <= SMALL)
    tables = Tables(
        nodes={name: DemoNode(name, number) for number, name in enumerate(names, 1)},
        storages={storage.name: storage for storage in _storages()},
        guests={vmid: maker.guest(vmid) for vmid in range(FIRST_VMID, FIRST_VMID + guests)},
    )
    _add_oddities(tables.guests)
    return tables


def _storages() -> tuple[DemoStorage, ...]:
    lvm: dict[str, str | int] = {"thinpool": "data", "vgname": "pve"}
    nfs: dict[str, str | int] = {"server": "10.0.0.250", "export": "/export/pve", "path": "/mnt/pve/nas"}
    return (
        DemoStorage("local", "dir", "iso,vztmpl,backup,snippets", settings={"path": "/var/lib/vz"}),
        DemoStorage(LVM, "lvmthin", "images,rootdir", settings=lvm),
        DemoStorage(CEPH, "rbd", "images,rootdir", shared=True, settings={"pool": "vm", "krbd": 0}),
        DemoStorage(NFS, "nfs", "images,backup,iso", shared=True, settings=nfs),
    )


class _Maker:
    """Generates guests from one source of randomness."""

    def __init__(self, seed: int, nodes: list[str], *, small: bool) -> None:
        self._random = random.Random(seed)  # noqa: S311  # a reproducible cluster, nothing secret
        self._nodes = nodes
        self._prefix = 24 if small else 16
        self._hosts = dict.fromkeys(VLANS, 1)
        self._names: dict[str, int] = {}

    def guest(self, vmid: int) -> DemoGuest:
        """Make the guest of this vmid."""
        pick = self._random
        kind: GuestType = "lxc" if self._chance(0.35) else "qemu"
        service, stage = pick.choice(SERVICES), pick.choice(STAGES)
        template = self._chance(0.02)
        return DemoGuest(
            type=kind,
            vmid=vmid,
            node=pick.choice(self._nodes),
            name=f"tmpl-{service}-{vmid}" if template else self._name(service, stage),
            uuid=self._uuid(),
            vmgenid=self._uuid(),
            running=not template and self._chance(0.8),
            template=template,
            tags=tuple(sorted({stage, service} if self._chance(0.8) else set())),
            pool=stage if self._chance(0.6) else None,
            note=pick.choice(("", "", f"{service} of {stage}\n\nOwner: **team-{pick.choice('abc')}**", "Größe prüfen")),
            cores=pick.choice((1, 2, 2, 4, 4, 8)),
            sockets=1 if kind == "lxc" or self._chance(0.9) else 2,
            memory=pick.choice((512, 1024, 2048, 4096, 8192, 16384)),
            ostype=pick.choice(CT_OSTYPES if kind == "lxc" else OSTYPES),
            onboot=self._chance(0.7),
            agent=kind == "qemu" and self._chance(0.85),
            cloud_init=kind == "qemu" and self._chance(0.3),
            nics=self._nics(kind),
            disks=self._lxc_disks(vmid) if kind == "lxc" else self._qemu_disks(vmid),
        )

    def _chance(self, share: float) -> bool:
        return self._random.random() < share

    def _name(self, service: str, stage: str) -> str:
        base = f"{service}-{stage}"
        self._names[base] = self._names.get(base, 0) + 1
        return f"{base}-{self._names[base]:02d}"

    def _uuid(self) -> str:
        return str(uuid.UUID(int=self._random.getrandbits(128), version=4))

    def _mac(self) -> str:
        value = f"{self._random.getrandbits(24):06X}"
        return f"BC:24:11:{value[0:2]}:{value[2:4]}:{value[4:6]}"

    def _nics(self, kind: GuestType) -> dict[str, DemoNic]:
        count = self._random.choice((1, 1, 1, 1, 2, 2, 3))
        return {f"net{number}": self._nic(kind, first=number == 0) for number in range(count)}

    def _nic(self, kind: GuestType, *, first: bool) -> DemoNic:
        pick = self._random
        vlan = pick.choice(VLANS)
        self._hosts[vlan] += 1
        host = self._hosts[vlan]
        address = f"10.{vlan}.{host // 250}.{host % 250 + 1}/{self._prefix}"
        trunk = not first and self._chance(0.2)
        static = self._chance(0.5)
        return DemoNic(
            mac=self._mac(),
            model="veth" if kind == "lxc" else pick.choice(("virtio", "virtio", "virtio", "e1000", "vmxnet3")),
            bridge="vmbr0" if first else pick.choice(("vmbr0", "vmbr1")),
            tag=None if trunk else vlan,
            trunks="100;200-210" if trunk else "",
            mtu=9000 if not first and self._chance(0.2) else None,
            link_down=not first and self._chance(0.1),
            ip="" if trunk else address if static else "dhcp",
            gw=f"10.{vlan}.0.1" if static and first else "",
            ip6=f"2001:db8:{vlan:x}::{host:x}/64" if static and first and self._chance(0.4) else "",
            seen=() if trunk else (address,),
        )

    def _qemu_disks(self, vmid: int) -> dict[str, DemoDisk]:
        pick = self._random
        bus = pick.choice(("scsi", "scsi", "scsi", "virtio", "sata"))
        disks = {}
        for number in range(pick.choice((1, 1, 1, 2, 2, 3))):
            options = ("discard=on", "iothread=1", "ssd=1") if bus == "scsi" and self._chance(0.6) else ()
            size = f"{pick.choice((8, 16, 32, 64, 100, 500))}G"
            disks[f"{bus}{number}"] = _volume(pick.choice((LVM, CEPH, CEPH, NFS)), vmid, number, size, *options)
        if self._chance(0.15):
            disks["efidisk0"] = _volume(CEPH, vmid, 8, "528K", "efitype=4m", "pre-enrolled-keys=1")
            disks["tpmstate0"] = _volume(CEPH, vmid, 9, "4M", "version=v2.0")
        return disks

    def _lxc_disks(self, vmid: int) -> dict[str, DemoDisk]:
        pick = self._random
        disks = {"rootfs": _volume(pick.choice((LVM, CEPH)), vmid, 0, f"{pick.choice((4, 8, 16))}G")}
        if self._chance(0.2):
            disks["mp0"] = _volume(CEPH, vmid, 1, f"{pick.choice((16, 100))}G", "mp=/data", "backup=1")
        return disks


def _volume(storage: str, vmid: int, number: int, size: str, *options: str) -> DemoDisk:
    volume = f"{vmid}/vm-{vmid}-disk-{number}.qcow2" if storage == NFS else f"vm-{vmid}-disk-{number}"
    return DemoDisk(storage, volume, size, options)


def _add_oddities(guests: dict[int, DemoGuest]) -> None:
    """Add what real clusters have, too: a duplicate name, a lock, a bind mount, a passed-through disk."""
    machines = [guest for guest in guests.values() if guest.type == "qemu" and not guest.template]
    containers = [guest for guest in guests.values() if guest.type == "lxc" and not guest.template]
    if len(machines) >= 4:  # noqa: PLR2004
        first, second, third = machines[1], machines[2], machines[3]
        guests[second.vmid] = replace(second, name=first.name.upper())
        guests[third.vmid] = replace(third, lock="backup", tags=("Legacy", "keep"), extra={"args": "-device secret"})
        through = DemoDisk("", "/dev/disk/by-id/ata-WDC_1", "2T", ("backup=0",))
        guests[first.vmid] = replace(first, disks={**first.disks, "scsi9": through})
    if len(containers) > 1:
        bind = DemoDisk("", "/srv/share", "", ("mp=/srv", "ro=1"))
        guests[containers[1].vmid] = replace(containers[1], disks={**containers[1].disks, "mp1": bind})
