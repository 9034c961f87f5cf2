"""A recorded estate of two clusters in which nothing is wrong, and faults that are seeded into its answers."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from proxbox_plan.core.key import Key
from proxbox_plan.lint import make_lint
from proxbox_plan.model.inventory import Inventory, Row
from proxbox_plan.model.lint.lint import Lint
from proxbox_plan.model.lint.settings import LintSettings
from proxbox_plan.model.state import State
from tests.ignorance.answers import Reply, ok, recorded
from tests.ignorance.estate import POLICY, Memory, collect
from tests.recordings import CLUSTER_9, STANDALONE

BIG, SMALL = "lab", "solo"
COLLECTED = "2026-11-23T00:00:00Z"  # two days after the recordings
GUESTS, JOBS, STORAGES = "/cluster/resources", "/cluster/backup", "/storage"
VLAN_10 = "10.0.1.0/24"
# The second recording is of a copy of the first cluster: its addresses are made others.
_OTHERS = (
    (b"BC:24:11", b"BC:24:99"),
    (b"bc:24:11", b"bc:24:99"),
    (b'"10.0.', b'"10.9.'),
    (b"=10.0.", b"=10.9."),
    (b"2001:db8:", b"2001:db9:"),
)
_RUNNING = ("qemu/103", "qemu/107", "qemu/109", "lxc/201", "lxc/207")


@dataclass
class Answers:
    """The answers of both clusters, to be edited; and what NetBox has."""

    of: dict[str, dict[str, Reply]]
    vlan: int = 10
    vlan_rows: dict[str, Any] = field(default_factory=dict)

    @contextmanager
    def data(self, path: str, cluster: str = BIG) -> Iterator[Any]:
        """Yield the data of an answer; what is changed in it is answered from then on."""
        data = json.loads(self.of[cluster][path].content)["data"]
        yield data
        self.of[cluster][path] = ok(data)

    def row(self, path: str, cluster: str = BIG, /, **named: Any) -> Any:
        """Edit the row of a list that has these values."""
        return _Row(self, path, cluster, named)

    def config(self, guest: str, cluster: str = BIG, **values: Any) -> None:
        """Change the configuration of a guest: `qemu/100`; null removes a line."""
        paths = [path for path in self.of[cluster] if path.endswith((f"/{guest}/config", f"/{guest}/config?current=1"))]
        for path in paths:
            with self.data(path, cluster) as lines:
                lines.update(values)
                for name in [name for name, value in lines.items() if value is None]:
                    del lines[name]

    def guest(self, guest: str, cluster: str = BIG, **values: Any) -> None:
        """Change the row of a guest in the list of resources."""
        with self.data(GUESTS, cluster) as rows:
            next(row for row in rows if row.get("id") == guest).update(values)


@dataclass
class _Row:
    answers: Answers
    path: str
    cluster: str
    named: Mapping[str, Any]

    def set(self, **values: Any) -> None:
        """Change values of the row; null removes one."""
        with self.answers.data(self.path, self.cluster) as rows:
            row = next(row for row in rows if self.named.items() <= row.items())
            row.update({name.replace("_", "-"): value for name, value in values.items()})
            for name in [name for name, value in row.items() if value is None]:
                del row[name]


def clean() -> Answers:
    """Return the answers of an estate in which nothing is wrong."""
    other = recorded(STANDALONE)
    for path, reply in other.items():
        content = reply.content
        for old, new in _OTHERS:
            content = content.replace(old, new)
        other[path] = Reply(reply.status, reply.reason, content)
    answers = Answers({BIG: recorded(CLUSTER_9), SMALL: other})
    for cluster in (BIG, SMALL):
        answers.row(JOBS, cluster, id="backup-pool").set(enabled=1)
        answers.config("qemu/100", cluster, scsi0="shared:100/vm-100-disk-0.qcow2,size=8G", virtio1=None)
        answers.config("lxc/200", cluster, rootfs="shared:200/vm-200-disk-0.raw,size=4G")
        answers.row(STORAGES, cluster, storage="tank").set(nodes=None)
    for guest in _RUNNING:
        answers.config(guest, onboot=1)
    answers.config("lxc/201", SMALL, onboot=1)
    answers.config("lxc/203", unprivileged=1)
    return answers


_memories: Mapping[str, Memory] = {BIG: Memory(), SMALL: Memory()}


def state(answers: Answers) -> State:
    """Collect both clusters from their answers."""
    clusters = tuple(
        collect(answers.of[name], _memories[name], changed(answers, name))[0].clusters[0].replace(name=name)
        for name in (BIG, SMALL)
    )
    return State.make(clusters=clusters, collected=dict.fromkeys((BIG, SMALL), COLLECTED))


def changed(answers: Answers, name: str) -> frozenset[str]:
    """Return the paths whose answers are not those of the clean estate; of the clean estate none are remembered."""
    sound = _sound().of[name]
    return frozenset(path for path, reply in answers.of[name].items() if sound.get(path) != reply)


@cache
def _sound() -> Answers:
    return clean()


def inventory(vlan: int = 10) -> Inventory:
    """Return what NetBox has: the prefix of the addresses in VLAN 10, in some VLAN."""
    prefix = {"prefix": VLAN_10, "vlan": {"kind": "vlan", "id": 7, "name": f"VLAN {vlan}"}, "vrf": None}
    return Inventory.make(
        url="https://netbox.example.com",
        netbox_version="4.7.3",
        clusters=(BIG, SMALL),
        kinds={
            "prefix": (Row(id=1, name=VLAN_10, fields=prefix, key=Key("lab/prefix/10.0.1.0/24")),),
            "vlan": (Row(id=7, name=f"VLAN {vlan}", fields={"vid": vlan}),),
        },
        asked={"prefix": {"prefix": (VLAN_10,)}},
    )


def lint(answers: Answers, settings: LintSettings | None = None) -> Lint:
    """Lint the estate."""
    policy = POLICY.replace(clusters=(POLICY.clusters[0], POLICY.clusters[0].replace(name=SMALL)))
    return make_lint(state(answers), settings or LintSettings(), policy, inventory(answers.vlan))


Seed = Callable[[Answers], None]


def _netbox_vlan(answers: Answers) -> None:
    answers.vlan = 11


def _shared_group(answers: Answers) -> None:
    """Both clusters back up one guest of the same vmid to one datastore."""
    for cluster in (BIG, SMALL):
        answers.row(STORAGES, cluster, storage="pbs1").set(disable=None, server="pbs.example.com")
        with answers.data(JOBS, cluster) as jobs:
            jobs.append({"id": "to-pbs", "enabled": 1, "schedule": "02:00", "storage": "pbs1", "vmid": "101"})


def _no_backup(answers: Answers) -> None:
    answers.row(JOBS, id="backup-nightly").set(exclude="106")


def _unknown_guest(answers: Answers) -> None:
    answers.row(JOBS, id="backup-sel").set(vmid="100,102,999")


def _failing(answers: Answers) -> None:
    answers.row("/nodes/pve1/replication", id="100-0").set(fail_count=None)
    with answers.data("/nodes/pve1/replication") as rows:
        rows[0]["fail_count"] = 3


def _old_snapshot(answers: Answers) -> None:
    answers.row("/nodes/pve1/lxc/200/snapshot", name="s1").set(snaptime=1_700_000_000)


def _agent_address(answers: Answers) -> None:
    """A guest of the second cluster shows an address of the first."""
    path = "/nodes/pve1/qemu/100/agent/network-get-interfaces"
    reply = answers.of[SMALL][path]
    answers.of[SMALL][path] = Reply(reply.status, reply.reason, reply.content.replace(b"10.9.1.100", b"10.0.1.103"))


def _node_version(answers: Answers) -> None:
    with answers.data("/nodes/pve2/status") as status:
        status["pveversion"] = "pve-manager/9.1.4/14a22df35955d97d"


# Rule, the object that is named, and how the fault is seeded: in Proxmox's own answers, or in NetBox.
SEEDS: tuple[tuple[str, str, Seed], ...] = (
    ("guest-without-backup", "virtual-machine:lab/qemu/106", _no_backup),
    (
        "disk-without-backup",
        "virtual-machine:lab/qemu/109",
        lambda answers: answers.config("qemu/109", scsi1="local-lvm:vm-109-disk-7,backup=0,size=1G"),
    ),
    ("backup-job-disabled", "backup-job:lab/backup-pool", lambda a: a.row(JOBS, id="backup-pool").set(enabled=0)),
    ("backup-job-unknown-guest", "backup-job:lab/backup-sel", _unknown_guest),
    (
        "backup-job-unusable-storage",
        "backup-job:solo/backup-pool",
        lambda a: a.row(JOBS, SMALL, id="backup-pool").set(storage="gone"),
    ),
    ("shared-backup-group", "virtual-machine:lab/qemu/101", _shared_group),
    ("guest-agent-off", "virtual-machine:lab/qemu/110", lambda a: a.config("qemu/110", agent="0")),
    ("guest-not-on-boot", "virtual-machine:lab/lxc/207", lambda a: a.config("lxc/207", onboot=0)),
    ("privileged-container", "virtual-machine:lab/lxc/206", lambda a: a.config("lxc/206", unprivileged=0)),
    (
        "ha-guest-on-local-storage",
        "virtual-machine:lab/qemu/112",
        lambda a: a.guest("qemu/112", hastate="started"),
    ),
    ("ha-guest-in-error", "virtual-machine:lab/qemu/100", lambda a: a.guest("qemu/100", hastate="error")),
    (
        "disk-on-unavailable-storage",
        "virtual-machine:lab/qemu/113",
        lambda a: a.config("qemu/113", scsi0="gone:vm-113-disk-0,size=8G"),
    ),
    ("replication-failing", "replication:lab/100-0", _failing),
    ("old-snapshot", "virtual-machine:lab/lxc/200", _old_snapshot),
    (
        "duplicate-mac",
        "virtual-machine:lab/qemu/101",
        lambda a: a.config("qemu/101", SMALL, net0="virtio=BC:24:11:0F:2F:6F,bridge=vmbr0,tag=10"),
    ),
    ("duplicate-address", "virtual-machine:lab/qemu/103", _agent_address),
    (
        "nic-on-missing-bridge",
        "virtual-machine:lab/lxc/204",
        lambda a: a.config("lxc/204", net0="name=eth0,bridge=vmbr9,hwaddr=BC:24:11:40:41:F3,type=veth"),
    ),
    ("pending-sdn", "sdn-zone:lab/vz", lambda a: a.row("/cluster/sdn/zones?pending=1", zone="vz").set(state="changed")),
    ("name-not-dns", "virtual-machine:lab/qemu/101", lambda a: a.guest("qemu/101", name="VM 101")),
    ("duplicate-name", "virtual-machine:lab/lxc/201", lambda a: a.guest("lxc/207", name="CT-201")),
    ("node-versions-differ", "cluster:lab/cluster", _node_version),
)
IN_NETBOX: tuple[str, str, Seed] = ("nic-vlan-mismatch", "virtual-machine:lab/qemu/103", _netbox_vlan)
