"""One change and one removal of everything an administrator can change in a seeded cluster beside guests."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from proxbox_plan.demo.cluster import DemoNode
from proxbox_plan.demo.cluster.administered import DATACENTER
from proxbox_plan.demo.cluster.description import ClusterDescription
from proxbox_plan.demo.cluster.features import MOMENT, make_backup
from proxbox_plan.demo.cluster.parts import DemoSnapshot, DemoTask
from tests.end_to_end.plugin_stage import Described

Planned = list[tuple[str, str]]
NODE = "pve6"


def add(source: Described) -> Planned:
    """Add one of each, beside what is there."""
    cluster = source.cluster
    cluster.nodes[NODE] = DemoNode(NODE, 6, location="rack 6")
    cluster.storages["more"] = replace(cluster.storages["nas"], name="more")
    cluster.add_snapshot(101, DemoSnapshot("new", MOMENT, description="today"))
    backup = make_backup(cluster.guests[101], "nas", MOMENT)
    cluster.add_backup(backup)
    task = DemoTask("pve5", "qmstart", "101", MOMENT, MOMENT + 5)
    cluster.add_task(task)
    cluster.set_backup_job("backup-new", enabled=1, schedule="21:00", storage="nas", vmid="101", mode="stop")
    cluster.cpu_models["custom-new"] = {"cputype": "custom-new", "flags": "+aes"}
    networks = ("bond0", "nic0", "nic1", "vmbr0", "vmbr0.10", "vmbr0.20", "vmbr1")
    hosts = (("vmbr0", "10.0.0.16"), ("vmbr0", "2001:db8::6"), ("vmbr0.10", "10.201.0.6"), ("vmbr0.20", "10.202.0.6"))
    made = [
        f"device:lab/node/{NODE}",
        f"proxbox-node:lab/proxmox-node/{NODE}",
        f"proxbox-device-state:lab/node/{NODE}/state",
        f"proxbox-firewall-options:lab/node/{NODE}/firewall/options",
        *(f"interface:lab/node/{NODE}/net/{name}" for name in networks),
        *(f"ip-address:lab/node/{NODE}/net/{name}/ip/{host}" for name, host in hosts),
        "proxbox-storage:lab/storage/more",
        "proxbox-snapshot:lab/qemu/101/snapshot/new",
        f"proxbox-backup:lab/backup/{backup.volume}",
        f"proxbox-task:lab/task/{task.upid}",
        "proxbox-backup-routine:lab/backup-job/backup-new",
        "proxbox-cpu-model:lab/cpu-model/custom-new",
    ]
    links = [("update", f"device:lab/node/{NODE}#links")]
    return sorted(
        [*(("create", address) for address in made), *links, ("update", "proxbox-cluster:lab/proxmox-cluster")]
    )


def change(source: Described) -> Planned:
    """Change one thing of each."""
    cluster = source.cluster
    _change_lists(cluster)
    _change_guests(cluster)
    _change_networks(cluster)
    changed = [
        "proxbox-node:lab/proxmox-node/pve2",
        "proxbox-storage:lab/storage/old-backups",
        "proxbox-snapshot:lab/lxc/100/snapshot/initial",
        "proxbox-replication:lab/replication/102-0",
        "proxbox-backup-routine:lab/backup-job/backup-pool",
        "proxbox-cpu-model:lab/cpu-model/custom-lab",
        "proxbox-template:lab/template/lxc/152",
        "proxbox-cloud-init:lab/qemu/106/cloud-init",
        "proxbox-security-group:lab/firewall/group/webserver",
        "proxbox-firewall-rule:lab/firewall/rule/1",
        "proxbox-firewall-options:lab/firewall/options",
        "proxbox-ipset:lab/firewall/ipset/mgmt",
        "proxbox-firewall-alias:lab/firewall/alias/lan",
        "proxbox-firewall-alias:lab/lxc/100/firewall/alias/self",
        "proxbox-sdn-controller:lab/sdn/controller/evpn1",
        "proxbox-sdn-zone:lab/sdn/zone/ev",
        "proxbox-sdn-vnet:lab/sdn/vnet/vnet1",
        "proxbox-sdn-vnet:lab/sdn/vnet/vnet20",
        "proxbox-sdn-vnet:lab/sdn/vnet/vxnet",
        "proxbox-sdn-binding:lab/sdn/binding/vnet20",
        "proxbox-sdn-route-map:lab/sdn/route-map/out/10",
        "proxbox-sdn-prefix-list:lab/sdn/prefix-list/nets/10.60.0.0/16",
        "l2vpn:lab/sdn/vnet/vxnet",
        "vrf:lab/sdn/zone/ev/vrf",
        "l2vpn:lab/sdn/vnet/evnet",
        "proxbox-vm-state:lab/qemu/103/state",
        "virtual-disk:lab/qemu/103/disk/scsi0",
        "proxbox-disk-state:lab/qemu/103/disk/scsi0/state",
        "vm-interface:lab/qemu/113/net0",
        "proxbox-vm-interface-state:lab/qemu/113/net0/state",
        "proxbox-guest-interface:lab/qemu/113/os/eth0",
        "virtual-machine:lab/lxc/108#links",
    ]
    volume = next(volume for volume, _ in cluster.backups if "lxc-100" in volume)
    made = [
        "ip-address:lab/lxc/108/net0/ip/10.30.0.99",
        "proxbox-guest-address:lab/lxc/108/os/eth0/10.30.0.99",
        "vlan:lab/vlan/777",
        "route-target:65000:9",
    ]
    gone = ["ip-address:lab/lxc/108/net0/ip/10.30.0.4", "proxbox-guest-address:lab/lxc/108/os/eth0/10.30.0.4"]
    return sorted(
        [
            *(("update", address) for address in [*changed, f"proxbox-backup:lab/backup/{volume}"]),
            *(("create", address) for address in made),
            *(("delete", address) for address in gone),
        ]
    )


def _change_lists(cluster: ClusterDescription) -> None:
    cluster.nodes["pve2"] = replace(cluster.nodes["pve2"], location="rack 20")
    old = cluster.storages["old-backups"]
    cluster.storages["old-backups"] = replace(old, settings={**old.settings, "prune-backups": "keep-last=1"})
    cluster.snapshots[100] = tuple(
        replace(each, description="renamed") if each.name == "initial" else each for each in cluster.snapshots[100]
    )
    key = next(key for key in cluster.backups if "lxc-100" in key[0])
    cluster.add_backup(replace(cluster.backups[key], notes="keep this one"))
    cluster.add_replication(replace(cluster.replications["102-0"], comment="every hour", schedule="hourly"))
    cluster.set_backup_job("backup-pool", comment="the pool", **{"prune-backups": {"keep-last": "2"}})
    cluster.cpu_models["custom-lab"] = {**cluster.cpu_models["custom-lab"], "flags": "+aes;-pcid"}


def _change_guests(cluster: ClusterDescription) -> None:
    cluster.change(152, memory=4096)
    cluster.change(106, extra={**cluster.guests[106].extra, "nameserver": "10.0.0.53"})
    guest = cluster.guests[103]
    moved = {**guest.disks, "scsi0": replace(guest.disks["scsi0"], storage="nas")}
    cluster.change(103, disks=moved, extra={**guest.extra, "cpu": "EPYC"})
    nics = cluster.guests[113].nics
    cluster.change(113, nics={"net0": replace(nics["net0"], mac="BC:24:11:77:00:01", bridge="vmbr1")})
    cluster.change_ip(108, "net0", "10.30.0.99/24")


def _change_networks(cluster: ClusterDescription) -> None:
    wall = cluster.firewalls[DATACENTER]
    first, second = wall.rules
    group = {"webserver": (wall.groups["webserver"][0],)}
    ipsets = {"mgmt": (*wall.ipsets["mgmt"], {"cidr": "10.9.0.0/16"})}
    own: dict[str, Any] = {"rules": (first, {**second, "comment": "ping"}), "ipsets": ipsets, "groups": group}
    cluster.set_firewall(
        DATACENTER,
        replace(wall, **own, aliases={"lan": "10.0.0.0/16"}, options={**wall.options, "policy_in": "REJECT"}),
    )
    cluster.set_firewall("100", replace(cluster.firewalls["100"], aliases={"self": "10.0.0.8"}))
    sdn = cluster.sdn
    cluster.change_sdn(
        controllers={"evpn1": {**sdn.controllers["evpn1"], "asn": 65_001}},
        zones={**sdn.zones, "ev": {**sdn.zones["ev"], "rt-import": "65000:1,65000:9"}},
        vnets={
            **sdn.vnets,
            "vnet1": {**sdn.vnets["vnet1"], "vlanaware": 1},
            "vnet20": {**sdn.vnets["vnet20"], "tag": 777},
            "vxnet": {**sdn.vnets["vxnet"], "tag": 5001},
        },
        route_maps=({**sdn.route_maps[0], "action": "deny"},),
        prefix_lists={"nets": ({**sdn.prefix_lists["nets"][0], "le": 28},)},
    )


def remove(source: Described) -> Planned:
    """Remove one of each: what the mapping deletes, what it marks as stale, and what it keeps."""
    cluster = source.cluster
    del cluster.nodes[NODE]
    del cluster.storages["more"]
    cluster.remove_snapshot(101, "new")
    volume = next(volume for volume, _ in cluster.backups if "lxc-100" in volume)
    cluster.remove_backup(volume)
    cluster.tasks = tuple(task for task in cluster.tasks if task.id != "101")
    cluster.remove_replication("102-0")
    cluster.remove_backup_job("backup-new")
    del cluster.cpu_models["custom-new"]
    cluster.delete_guest(152)
    cluster.change(106, cloud_init=False)
    cluster.remove_disk(103, "scsi1")
    cluster.remove_nic(105, "net1")
    cluster.set_firewall(DATACENTER, type(cluster.firewalls[DATACENTER])(options={"enable": 1}))
    cluster.set_firewall("100", type(cluster.firewalls["100"])())
    cluster.change_sdn(controllers={}, zones={}, vnets={}, subnets={}, fabrics={}, route_maps=(), prefix_lists={})
    source.fabric = None
    return _gone(volume)


def _gone(volume: str) -> Planned:
    deleted = [
        f"proxbox-node:lab/proxmox-node/{NODE}",
        "proxbox-storage:lab/storage/more",
        "proxbox-snapshot:lab/qemu/101/snapshot/new",
        f"proxbox-backup:lab/backup/{volume}",
        "proxbox-template:lab/template/lxc/152",
        "proxbox-cloud-init:lab/qemu/106/cloud-init",
        "virtual-disk:lab/qemu/103/disk/scsi1",
        "vm-interface:lab/lxc/105/net1",
        "ip-address:lab/lxc/105/net1/ip/10.10.0.5",
    ]
    changed = [
        "proxbox-cluster:lab/proxmox-cluster",
        "proxbox-vm-state:lab/qemu/103/state",
        "proxbox-firewall-options:lab/firewall/options",
        "proxbox-firewall-options:lab/lxc/100/firewall/options",
    ]
    updated = [*changed, f"device:lab/node/{NODE}", *ADDRESSES, *STALE]
    return sorted([*(("delete", address) for address in deleted), *(("update", address) for address in updated)])


ADDRESSES = tuple(  # of the node: they stay with it, and are deprecated meanwhile
    f"ip-address:lab/node/{NODE}/net/{name}/ip/{host}"
    for name, host in (
        ("vmbr0", "10.0.0.16"),
        ("vmbr0", "2001:db8::6"),
        ("vmbr0.10", "10.201.0.6"),
        ("vmbr0.20", "10.202.0.6"),
    )
)

STALE = (
    f"proxbox-firewall-options:lab/node/{NODE}/firewall/options",
    "proxbox-replication:lab/replication/102-0",
    "proxbox-backup-routine:lab/backup-job/backup-new",
    "proxbox-cpu-model:lab/cpu-model/custom-new",
    "proxbox-security-group:lab/firewall/group/webserver",
    "proxbox-firewall-rule:lab/firewall/rule/0",
    "proxbox-firewall-rule:lab/firewall/rule/1",
    "proxbox-firewall-rule:lab/lxc/100/firewall/rule/0",
    "proxbox-firewall-rule:lab/lxc/100/firewall/rule/1",
    "proxbox-ipset:lab/firewall/ipset/mgmt",
    "proxbox-ipset:lab/lxc/100/firewall/ipset/ipfilter-net0",
    "proxbox-firewall-alias:lab/firewall/alias/lan",
    "proxbox-firewall-alias:lab/lxc/100/firewall/alias/self",
    "proxbox-sdn-controller:lab/sdn/controller/evpn1",
    *(f"proxbox-sdn-zone:lab/sdn/zone/{name}" for name in ("ev", "vx", "vz", "zone1")),
    *(f"proxbox-sdn-vnet:lab/sdn/vnet/{name}" for name in ("evnet", "vnet1", "vnet20", "vxnet")),
    *(f"proxbox-sdn-binding:lab/sdn/binding/{name}" for name in ("evnet", "vnet20", "vxnet")),
    *(
        f"proxbox-sdn-subnet:lab/sdn/subnet/{name}"
        for name in ("evnet/ev-10.60.0.0-24", "evnet/ev-10.61.0.0-24", "vnet1/zone1-10.50.0.0-24")
    ),
    "proxbox-sdn-fabric:lab/sdn/fabric/areas",
    "proxbox-sdn-route-map:lab/sdn/route-map/out/10",
    "proxbox-sdn-prefix-list:lab/sdn/prefix-list/nets/10.60.0.0/16",
)


def come_back(source: Described) -> Planned:
    """Set up again what was stale."""
    cluster = source.cluster
    cluster.set_backup_job("backup-new", enabled=1, schedule="21:00", storage="nas", vmid="101", mode="stop")
    cluster.cpu_models["custom-new"] = {"cputype": "custom-new", "flags": "+aes"}
    back = ("proxbox-backup-routine:lab/backup-job/backup-new", "proxbox-cpu-model:lab/cpu-model/custom-new")
    return [("update", address) for address in back]
