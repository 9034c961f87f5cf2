"""A cluster that has one of everything we plan."""

from __future__ import annotations

from typing import Any

from proxbox_plan.model.policy import ClusterPolicy
from proxbox_plan.model.policy.areas import Areas, TaskArea
from proxbox_plan.model.state import (
    CloudInit,
    Cluster,
    ClusterCoverage,
    Guest,
    GuestCoverage,
    GuestInterface,
    NodeCoverage,
    Snapshot,
    State,
    Storage,
    Task,
)
from proxbox_plan.model.state.coverage import COMPLETE
from proxbox_plan.model.state.datacenter import Backup, BackupJob, CpuModel, Replication
from proxbox_plan.model.state.firewall import (
    FirewallAlias,
    FirewallOptions,
    FirewallRule,
    IpSet,
    IpSetEntry,
    Ruleset,
    SecurityGroup,
)
from proxbox_plan.model.state.sdn import (
    Sdn,
    SdnController,
    SdnFabric,
    SdnPrefixList,
    SdnRouteMap,
    SdnSubnet,
    SdnVnet,
    SdnZone,
)
from tests.plan import lab

PLUGIN = {"netbox_proxbox": "0.0.29.post6"}
ALL = Areas(snapshots=True, backups=True, tasks=TaskArea(), firewall=True, sdn=True, cpu_models=True)
NOON = 1_795_000_000  # seconds since 1970


def cluster_policy(name: str = "lab") -> ClusterPolicy:
    """File a cluster under the site DC1."""
    return ClusterPolicy(name=name, site="DC1", host=f"{name}.example")


def rule(pos: int = 0, **fields: Any) -> FirewallRule:
    """Return a rule that lets HTTPS in."""
    sound: dict[str, Any] = {
        "type": "in",
        "action": "ACCEPT",
        "macro": "HTTPS",
        "source": "+mgmt",
        "comment": "web",
        "log": "info",
    }
    return FirewallRule(pos=pos, **(sound | fields))


def rules(**fields: Any) -> Ruleset:
    """Return the firewall of a guest or node."""
    sound: dict[str, Any] = {
        "rules": (rule(), rule(1, type="group", action="webservers", macro="", log="")),
        "options": FirewallOptions(enable=True, policy_in="DROP", others=(("dhcp", "1"),)),
        "coverage": COMPLETE,
    }
    return Ruleset(**(sound | fields))


def sets() -> dict[str, Any]:
    """Return what datacenters and guests have and nodes don't."""
    entries = (IpSetEntry(cidr="10.0.0.0/8"), IpSetEntry(cidr="10.9.9.9", nomatch=True, comment="not this one"))
    return {
        "ipsets": (IpSet(name="mgmt", comment="managers", entries=entries),),
        "aliases": (FirewallAlias(name="gateway", cidr="10.0.0.254", comment="the way out"),),
    }


def snapshot(name: str = "before-upgrade", **fields: Any) -> Snapshot:
    """Return a snapshot."""
    sound: dict[str, Any] = {"created": NOON, "description": "before the upgrade"}
    return Snapshot(name=name, **(sound | fields))


def backup(vmid: int = 100, number: int = 0, **fields: Any) -> Backup:
    """Return a vzdump archive on the storage `nas`."""
    sound: dict[str, Any] = {
        "volume": f"nas:backup/vzdump-qemu-{vmid}-{number}.vma.zst",
        "vmid": vmid,
        "type": "qemu",
        "created": NOON + number,
        "size_bytes": 5 << 30,
        "format": "vma.zst",
        "notes": "nightly",
    }
    return Backup(**(sound | fields))


def task(vmid: int = 100, kind: str = "vzdump", **fields: Any) -> Task:
    """Return a task that ended well."""
    upid = f"UPID:pve1:0000{vmid:04X}:0000AAAA:{NOON:08X}:{kind}:{vmid}:root@pam:"
    sound: dict[str, Any] = {
        "upid": upid,
        "node": "pve1",
        "vmid": vmid,
        "type": kind,
        "id": str(vmid),
        "pid": 4711,
        "user": "root@pam",
        "started": NOON,
        "ended": NOON + 60,
        "status": "OK",
    }
    return Task(**(sound | fields))


def machine(vmid: int = 100, **fields: Any) -> Guest:
    """Return a running virtual machine with a snapshot, cloud-init, a firewall and an agent."""
    found = lab.vm(vmid)
    inside = (GuestInterface(name="eth0", mac=found.nics[0].mac), GuestInterface(name="lo", mac="00:00:00:00:00:00"))
    sound: dict[str, Any] = {
        "interfaces": inside,
        "cpu_type": "host",
        "tags": ("prod", "web"),
        "snapshots": (snapshot(),),
        "cloud_init": CloudInit(
            user="admin",
            addresses=(("ipconfig0", "ip=10.0.1.100/24"),),
            search_domain="lab.example",
            nameservers=("10.0.0.53",),
        ),
        "firewall": rules(**sets()),
        "coverage": GuestCoverage(snapshots=COMPLETE),
    }
    return found.model_copy(update=sound | fields)


def storages() -> tuple[Storage, ...]:
    """Return a local storage and a shared one with backups."""
    listed = (backup(), backup(100, 1, protected=True), backup(999))
    return (
        Storage(name="local-lvm", type="lvmthin", content=("images", "rootdir"), backups_coverage=COMPLETE),
        Storage(
            name="nas",
            type="nfs",
            content=("backup", "iso"),
            shared=True,
            server="10.0.0.50",
            export="/tank",
            path="/mnt/pve/nas",
            prune_backups=(("keep-daily", 7), ("keep-last", 3)),
            backups=listed,
            backups_coverage=COMPLETE,
        ),
    )


def sdn() -> Sdn:
    """Return one zone of every sort that NetBox has a table for."""
    return Sdn(
        controllers=(SdnController(name="evpn1", type="evpn", asn=65000, peers=("10.0.0.1", "10.0.0.2")),),
        zones=(
            SdnZone(name="ev", type="evpn", controller="evpn1", vrf_vxlan=4000, rt_import=("65000:1",)),
            SdnZone(name="vz", type="vlan", bridge="vmbr0", ipam="pve"),
            SdnZone(name="simple1", type="simple", mtu=1450),
        ),
        vnets=(
            SdnVnet(
                name="evnet",
                zone="ev",
                tag=4001,
                alias="tenants",
                subnets=(SdnSubnet(id="ev-10.60.0.0-24", cidr="10.60.0.0/24", gateway="10.60.0.1", snat=True),),
            ),
            SdnVnet(name="vnet20", zone="vz", tag=20, subnets=(SdnSubnet(id="vz-10.20.0.0-24", cidr="10.20.0.0/24"),)),
            SdnVnet(name="alone", zone="simple1"),
        ),
        fabrics=(
            SdnFabric(name="underlay", protocol="ospf", nodes=("pve1",)),
            SdnFabric(name="open1", protocol="openfabric"),
        ),
        route_maps=(SdnRouteMap(name="out", order=10, action="permit"),),
        prefix_lists=(SdnPrefixList(name="ours", cidr="10.0.0.0/8", action="permit", le=24),),
        coverage=COMPLETE,
        pending_coverage=COMPLETE,
    )


def cluster(name: str = "lab", **fields: Any) -> Cluster:
    """Return a cluster of one node, a machine, a container and a template, with everything switched on."""
    node = lab.node(
        id=1,
        ssl_fingerprint="AA:BB",
        support_level="c",
        location="rack 1",
        tasks=(task(),),
        firewall=rules(),
        coverage=NodeCoverage(tasks=COMPLETE),
    )
    nodes = (node, lab.node("pve2", 2, id=2, coverage=NodeCoverage(tasks=COMPLETE)))
    container = lab.container(
        200, unprivileged=True, search_domain="lab.example", coverage=GuestCoverage(snapshots=COMPLETE)
    )
    template = lab.vm(
        900,
        template=True,
        status="stopped",
        addresses=(),
        cloud_init=CloudInit(user="admin"),
        name="debian-template",
        coverage=GuestCoverage(snapshots=COMPLETE),
    )
    group = SecurityGroup(name="webservers", comment="for the web", rules=(rule(),))
    replication = Replication(
        id="100-0",
        guest=100,
        jobnum=0,
        source="pve1",
        target="pve2",
        schedule="*/15",
        rate=10.0,
        comment="to pve2",
        fail_count=0,
    )
    job = BackupJob(
        id="backup-nightly",
        schedule="21:00",
        storage="nas",
        node="pve1",
        vmids=(100, 200),
        mode="snapshot",
        compress="zstd",
        comment="nightly",
        retention=(("keep-daily", 7),),
        fleecing=True,
        fleecing_storage="local-lvm",
        repeat_missed=False,
    )
    sound: dict[str, Any] = {
        "proxmox_name": name,
        "version": "9.2.11",
        "config_version": 4,
        "nodes": nodes,
        "guests": (container, machine(), template),
        "storages": storages(),
        "replications": (replication,),
        "backup_jobs": (job,),
        "cpu_models": (CpuModel(name="custom-lab", base="kvm64", flags="+aes"),),
        "firewall": rules(groups=(group,), **sets()),
        "sdn": sdn(),
        "coverage": ClusterCoverage(replications=COMPLETE, backup_jobs=COMPLETE, cpu_models=COMPLETE),
    }
    return Cluster(name=name, **(sound | fields))


def state(*clusters: Cluster) -> State:
    """Return the state of these clusters; by default of one that has everything."""
    return State.make(clusters=clusters or (cluster(),))
