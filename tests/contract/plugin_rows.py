"""A row of every kind of the plugin netbox-proxbox, and of NetBox's own kinds for SDN, as the mapping writes them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.contract.plugin import Lab

PROXBOX = "plugins/proxbox"
WHEN = "2026-01-02T03:04:05Z"
Row = dict[str, Any]


def _sdn(lab: Lab, **values: Any) -> Row:
    return {"endpoint": lab.endpoint, "cluster_name": "lab", "status": "active", **values}


def _firewall(lab: Lab, **values: Any) -> Row:
    return {"endpoint": lab.endpoint, "virtual_machine": lab.guest, "status": "active", **values}


def _place(lab: Lab, **values: Any) -> Row:
    return {
        "endpoint": lab.endpoint, "proxmox_cluster": lab.cluster, "proxmox_node": lab.node,
        "proxmox_cluster_name": "lab", "proxmox_node_name": "pve1", **values,
    }  # fmt: skip


_LINK = "https://pve.example.org:8006/#v1:0:=qemu/100"
_TEXTS = (
    "path", "server", "username", "export", "share", "pool", "monhost", "namespace", "datastore", "subdir",
    "mountpoint", "is_mountpoint", "preallocation", "format",
)  # fmt: skip
_OF_PLUGIN: dict[str, Callable[[Lab], Row]] = {
    "endpoints/proxmox": lambda lab: {
        "name": lab.netbox.name("ep"), "domain": f"{lab.netbox.name('pve')}.example.org", "ip_address": None,
        "port": 8006, "mode": "cluster", "version": "9.1.2", "enabled": False,
    },
    "proxmox-clusters": lambda lab: {
        "endpoint": lab.endpoint, "name": "lab", "netbox_cluster": lab.netbox_cluster, "mode": "cluster",
        "nodes_count": 3, "quorate": True, "version": 7,
    },
    "proxmox-nodes": lambda lab: {
        "endpoint": lab.endpoint, "name": "pve1", "proxmox_cluster": lab.cluster, "netbox_device": lab.device,
        "ip_address": "192.0.2.1", "node_id": 1, "online": True, "max_cpu": 8, "max_memory": 2**36,
        "ssl_fingerprint": "AA:BB", "support_level": "c", "location": "rack 1",
    },
    "storage": lambda lab: {
        "cluster": lab.netbox_cluster, "name": "local", "storage_type": "dir", "content": "backup,iso",
        "nodes": "pve1,pve2", "shared": True, "enabled": False, "port": 8007, "prune_backups": "keep-last=3",
        "max_protected_backups": -1, **dict.fromkeys(_TEXTS, ""),
    },
    "datacenter-cpu-models": lambda lab: _sdn(
        lab, cputype="custom-a", base_cputype="host", flags="+aes", vendor_id="v"
    ),
    "guest-vm-interfaces": lambda lab: {
        "virtual_machine": lab.machine, "name": "eth0", "mac_address": "02:00:00:00:00:01",
        "vm_interface": lab.interface,
    },
    "guest-vm-interface-addresses": lambda lab: {"guest_interface": lab.guest_interface, "ip_address": lab.address},
    "vm-templates": lambda lab: {
        "name": "tpl", "vmid": 900, "proxmox_endpoint": lab.endpoint, "cluster": lab.cluster, "node": lab.node,
        "node_name": "pve1", "proxmox_type": "qemu", "status": "stopped", "vcpus": 2, "memory": 2048, "disk": 32,
        "os_type": "l26", "description": "a\nb", "cloud_init_enabled": True,
        "net_config": {"net0": {"model": "virtio", "bridge": "vmbr0", "tag": None}},
        "disk_config": {"scsi0": {"storage": "local", "size": 2**35}},
    },
    "vm-cloudinit": lambda lab: {
        "virtual_machine": lab.machine, "ciuser": "admin", "ipconfig0": "ip=dhcp", "search_domain": "example.org",
        "dns_servers": "192.0.2.53 192.0.2.54",
    },
    "snapshots": lambda lab: {
        "virtual_machine": lab.machine, "name": lab.netbox.name("snap"), "vmid": 100, "node": "pve1", "snaptime": WHEN,
        "parent": "", "description": "", "subtype": "lxc", "status": "stale",
    },
    "backups": lambda lab: {
        "virtual_machine": lab.machine, "storage": "local", "proxmox_storage": lab.storage, "volume_id": "local:1",
        "vmid": 100, "subtype": "qemu", "format": "pbs-vm", "creation_time": WHEN, "size": 2**40, "encrypted": "",
        "verification_state": "ok", "verification_upid": "", "notes": "(protected)",
    },
    "task-history": lambda lab: {
        "virtual_machine": lab.machine, "vm_type": "qemu", "upid": lab.netbox.name("UPID"), "node": "pve1", "pid": 1,
        "pstart": 2**40, "task_id": "100", "task_type": "vzdump", "username": "root@pam", "start_time": WHEN,
        "end_time": None, "description": "QEMU 100 - Backup", "status": "OK", "exitstatus": "OK",
        "task_state": "stopped",
    },
    "backup-routines": lambda lab: {
        "endpoint": lab.endpoint, "job_id": "backup-1", "enabled": True, "schedule": "mon 03:00", "next_run": WHEN,
        "node": lab.node, "storage": lab.storage, "selection": [100, 101], "comment": "", "notes_template": "{{guest}}",
        "keep_last": 3, "keep_daily": None, "keep_weekly": 0, "keep_monthly": None, "keep_yearly": None,
        "keep_all": None, "bwlimit": None, "zstd": 4, "io_workers": 8, "fleecing": "enabled",
        "fleecing_storage": lab.storage, "repeat_missed": False, "pbs_change_detection_mode": "data",
        "status": "active", "raw_config": {"all": True},
    },
    "replications": lambda lab: {
        "endpoint": lab.endpoint, "replication_id": "100-0", "virtual_machine": lab.machine, "proxmox_node": lab.node,
        "guest": 100, "jobnum": 0, "job_type": "local", "source": "", "target": "pve2", "schedule": "*/15",
        "rate": 1.5, "comment": "", "disable": False, "remove_job": None, "status": "active",
        "raw_config": {"fail_count": 1},
    },
    "sync-state/virtual-machines": lambda lab: _place(
        lab, virtual_machine=lab.machine, proxmox_vm_id=100, proxmox_vm_type="qemu", proxmox_vm_name="web",
        proxmox_status="running", proxmox_start_at_boot=True, proxmox_unprivileged_container=None,
        proxmox_qemu_agent=False, proxmox_search_domain="", proxmox_tags="a,b", proxmox_os="l26",
        proxmox_cpu_type="host", proxmox_storage_names="local", proxmox_link=_LINK,
    ),
    "sync-state/devices": lambda lab: _place(lab, device=lab.device, proxmox_link=_LINK),
    "sync-state/clusters": lambda lab: {
        "cluster": lab.netbox_cluster, "proxmox_cluster": lab.cluster, "proxmox_cluster_name": "lab",
    },
    "sync-state/vm-interfaces": lambda lab: {"vm_interface": lab.interface, "proxbox_bridge": lab.bridge},
    "sync-state/virtual-disks": lambda lab: {"virtual_disk": lab.disk, "proxbox_storage": lab.storage},
    "firewall/security-groups": lambda lab: {
        "endpoint": lab.endpoint, "name": "web", "comment": "", "raw_config": {"rules": [{"pos": 0}]},
        "status": "active",
    },
    "firewall/rules": lambda lab: _firewall(
        lab, zone="vm_qemu", proxmox_node=None, pos=0, rule_type="in", action="ACCEPT", enable=False, macro="SSH",
        iface="net0", source="+lan", dest="", proto="tcp", dport="22", sport="", icmp_type="", log="info", comment="",
    ),
    "firewall/ipsets": lambda lab: _firewall(
        lab, scope="vm_qemu", name="lan", comment="x", raw_config={"entries": [{"cidr": "192.0.2.0/24"}]}
    ),
    "firewall/aliases": lambda lab: _firewall(lab, scope="vm_lxc", name="gw", cidr="192.0.2.1", comment=""),
    "firewall/options": lambda lab: _firewall(
        lab, zone="vm_qemu", proxmox_node=None, enable=None, policy_in="DROP", policy_out="", options={"dhcp": True}
    ),
    "sdn-controllers": lambda lab: _sdn(
        lab, controller_name="evpn1", controller_type="evpn", asn=65000, peers=["192.0.2.1"], nodes=["pve1"],
        loopback="", state="new",
    ),
    "sdn-zones": lambda lab: _sdn(
        lab, zone_name="z1", zone_type="evpn", controller="evpn1", vrf_vxlan=100, tag=None, mtu=1450, dns="",
        ipam="pve", rt_import=["65000:1"], state="",
    ),
    "sdn-vnets": lambda lab: _sdn(
        lab, zone_name="z1", vnet_name="v1", vnet_type="vnet", tag=10, alias="", vlanaware=True, l2vpn=lab.l2vpn,
        state="",
    ),
    "sdn-subnets": lambda lab: _sdn(
        lab, zone_name="z1", vnet_name="v1", subnet="z1-192.0.2.0-24", subnet_type="subnet", gateway="192.0.2.1",
        snat=True, prefix=lab.prefix,
    ),
    "sdn-fabrics": lambda lab: _sdn(lab, fabric_name="f1", fabric_type="ospf", asn=None, peers=[{"node": "pve1"}]),
    "sdn-route-maps": lambda lab: _sdn(
        lab, name="rm", order=10, action="permit", match_peer="", match_ip="", set_community="65000:1"
    ),
    "sdn-prefix-lists": lambda lab: _sdn(lab, name="pl", cidr="192.0.2.0/24", action="permit", le=32, ge=None),
    "sdn-bindings": lambda lab: {
        "endpoint": lab.endpoint, "cluster_name": "lab", "source_type": "vnet", "source_name": "z1/v1",
        "zone_name": "z1", "vnet_name": "v1", "target_type": "vpn.l2vpn", "target_id": lab.l2vpn, "status": "active",
    },
}  # fmt: skip
_OF_NETBOX: dict[str, Callable[[Lab], Row]] = {
    "ipam/route-targets": lambda lab: {"name": lab.netbox.name("rt"), "description": "x"},
    "ipam/vrfs": lambda lab: {"name": lab.netbox.name("vrf"), "import_targets": [lab.target], "description": ""},
    "vpn/l2vpns": lambda lab: {
        **dict.fromkeys(("name", "slug"), lab.netbox.name("l2")), "type": "vxlan-evpn", "identifier": 2**40,
        "status": "planned", "import_targets": [lab.target], "description": "",
    },
    "ipam/prefixes": lambda lab: {
        "prefix": "192.0.2.0/24", "vrf": lab.netbox.vrf(), "vlan": None, "status": "active", "description": "",
    },
}  # fmt: skip
ROWS = {**{f"{PROXBOX}/{path}": row for path, row in _OF_PLUGIN.items()}, **_OF_NETBOX}
"""Per path, what the mapping writes."""
