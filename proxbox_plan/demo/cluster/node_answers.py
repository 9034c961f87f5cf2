"""Responses of a generated node about itself."""

from __future__ import annotations

import time
from typing import Any

from proxbox_plan.demo.cluster.parts import DemoNode

FINGERPRINT = ":".join(["B4", "A8", "3D", "61"] * 8)
KERNEL = "Linux 6.17.2-1-pve #1 SMP PREEMPT_DYNAMIC"


def node_row(node: DemoNode, moment: int) -> dict[str, Any]:
    """Return the row of /nodes; `moment` varies the numbers that change constantly."""
    if not node.online:
        row = {"id": f"node/{node.name}", "node": node.name, "ssl_fingerprint": None, "status": "offline"}
        return {**row, "type": "node"}
    return {
        "cpu": moment % 97 / 100,
        "disk": 27156480 + moment,
        "id": f"node/{node.name}",
        "level": "",
        "maxcpu": node.cpus,
        "maxdisk": 1073741824,
        "maxmem": node.memory,
        "mem": node.memory // 3 + moment,
        "node": node.name,
        "ssl_fingerprint": FINGERPRINT,
        "status": "online",
        "type": "node",
        "uptime": 6625 + moment,
    }


def node_time() -> dict[str, Any]:
    """Return /nodes/N/time: this machine's own clock."""
    now = int(time.time())
    return {"localtime": now, "time": now, "timezone": "Etc/UTC"}


def node_status(node: DemoNode, version: str, moment: int) -> dict[str, Any]:
    """Return /nodes/N/status."""
    return {
        "boot-info": {"mode": "efi", "secureboot": 0},
        "cpu": moment % 97 / 100,
        "cpuinfo": {
            "cores": node.cpus // 2,
            "cpus": node.cpus,
            "family": "25",
            "flags": "fpu vme de pse tsc msr",
            "hvm": "1",
            "mhz": "2445.428",
            "model": "AMD EPYC 7313P 16-Core Processor",
            "sockets": 1,
            "user_hz": 100,
            "vendor": "AuthenticAMD",
        },
        "current-kernel": {"machine": "x86_64", "release": "6.17.2-1-pve", "sysname": "Linux", "version": "#1 SMP"},
        "idle": 0,
        "ksm": {"shared": 0},
        "kversion": KERNEL,
        "loadavg": ["0.27", "0.23", f"0.{moment % 90 + 10}"],
        "memory": {
            "available": node.memory * 2 // 3,
            "free": node.memory // 2 - moment,
            "total": node.memory,
            "used": node.memory // 3 + moment,
        },
        "pveversion": f"pve-manager/{version}/14a22df35955d97d",
        "rootfs": {"avail": 1046581248, "free": 1046581248, "total": 1073741824, "used": 27160576},
        "swap": {"free": 0, "total": 0, "used": 0},
        "uptime": 6626 + moment,
        "wait": 0,
    }


def node_config(node: DemoNode, version: str) -> dict[str, Any]:
    """Return /nodes/N/config; a node has a location since 9.2."""
    config = {"description": f"{node.name} notes\n", "digest": "1def74fd994c0a773cae9256377ffa47b53e8ac8"}
    return {**config, "location": node.location} if node.location and not version.startswith("8.") else config


def node_network(node: DemoNode) -> list[dict[str, Any]]:
    """Return /nodes/N/network: a bond under a VLAN-aware bridge, a second bridge, and two VLAN interfaces."""
    rows = [
        _interface("nic0", "eth", 3, active=1),
        _interface("nic1", "eth", 4, active=1, comments="second uplink\n"),
        _bond(),
        _bridge("vmbr0", 6, "bond0", _management(node), bridge_vids="2-4094", bridge_vlan_aware=1, comments="LAN\n"),
        _vlan("vmbr0.10", 10, node, 7),
        _bridge("vmbr1", 8, "", {"method": "manual", "method6": "manual", "families": ["inet"]}),
        _vlan("vmbr0.20", 20, node, 9, mtu="9000"),
    ]
    rows += (row for vid in node.vlan_bridges for row in _vlan_bridge(vid))
    return [*rows, *_open_vswitch()] if node.open_vswitch else rows


def _vlan_bridge(vid: int) -> list[dict[str, Any]]:
    port = {"vlan-id": str(vid), "vlan-raw-device": "bond0"}
    plain = {"method": "manual", "method6": "manual", "families": ["inet"]}
    return [
        _interface(f"bond0.{vid}", "vlan", 20, active=1, **port),
        _bridge(f"vmbr{vid}", 21, f"bond0.{vid}", plain),
    ]


def _open_vswitch() -> list[dict[str, Any]]:
    trunk = {"ovs_bridge": "vmbr9", "ovs_options": "vlan_mode=native-untagged trunks=10,20-29"}
    return [
        _interface("vmbr9", "OVSBridge", 10, active=1, ovs_ports="obond int30"),
        _interface("obond", "OVSBond", 11, active=1, ovs_bonds="nic2 nic3", bond_mode="balance-slb", **trunk),
        _interface("int30", "OVSIntPort", 12, active=1, ovs_bridge="vmbr9", ovs_tag=30, mtu="1400"),
        _interface("nic2", "eth", 13, active=1, options=["hwaddress bc:24:11:aa:00:02"]),
        _interface("nic3", "eth", 14, active=1),
    ]


def _interface(name: str, kind: str, priority: int, **more: object) -> dict[str, Any]:
    base = {"autostart": 1, "families": ["inet"], "iface": name, "method": "manual", "method6": "manual"}
    return {**base, "priority": priority, "type": kind, **more}


def _bond() -> dict[str, Any]:
    return _interface(
        "bond0",
        "bond",
        5,
        active=1,
        bond_miimon="100",
        bond_mode="802.3ad",
        bond_xmit_hash_policy="layer2+3",
        slaves="nic0 nic1",
    )


def _bridge(name: str, priority: int, ports: str, addresses: dict[str, Any], **more: object) -> dict[str, Any]:
    base = _interface(name, "bridge", priority, active=1, bridge_fd="0", bridge_ports=ports, bridge_stp="off")
    return {**base, **addresses, **more}


def _management(node: DemoNode) -> dict[str, Any]:
    return {
        "address": node.address,
        "address6": f"2001:db8::{node.number:x}",
        "cidr": f"{node.address}/16",
        "cidr6": f"2001:db8::{node.number:x}/64",
        "families": ["inet", "inet6"],
        "gateway": "10.0.0.1",
        "gateway6": "2001:db8::ffff",
        "method": "static",
        "method6": "static",
        "netmask": "16",
        "netmask6": "64",
    }


def _vlan(name: str, vlan: int, node: DemoNode, priority: int, **more: object) -> dict[str, Any]:
    address = f"10.{200 + vlan // 10}.0.{node.number % 250}"
    base = _interface(name, "vlan", priority, active=1, exists=None, method="static")
    settings = {"address": address, "cidr": f"{address}/24", "netmask": "24"}
    return {**base, **settings, "vlan-id": str(vlan), "vlan-raw-device": name.partition(".")[0], **more}
