"""What the plugin must say of guests, worked out from Proxmox's raw answers by other means than the package's own."""

from __future__ import annotations

import fnmatch
import ipaddress
import re
from collections.abc import Iterator
from typing import Any

from tests.end_to_end.expected import Facts, Guest, Source

_NOISE = (
    "lo",
    "docker*",
    "veth*",
    "br-*",
    "cni*",
    "flannel*",
    "cali*",
    "virbr*",
    "podman*",
    "lxc*",
    "tap*",
    "fwbr*",
)
_UNITS = {"": 1, "K": 2**10, "M": 2**20, "G": 2**30, "T": 2**40}
_DRIVE = re.compile(r"(scsi|sata|ide|virtio|efidisk|tpmstate)\d+")
_VOLUME = re.compile(r"(mp\d+|rootfs)")
_MAC = re.compile(r"([0-9A-Fa-f]{2}:){5}[0-9A-Fa-f]{2}")


def options(line: str, first: str = "") -> dict[str, str]:
    """Split `a,b=c`; what stands first without a name has this one."""
    pairs = [part.partition("=") for part in line.split(",")]
    return {name if equals else first: value if equals else name for name, equals, value in pairs if name}


def cluster_name(source: Source) -> str:
    """Return the name the cluster has in Proxmox; a standalone node has the configuration's."""
    return next((row["name"] for row in source.data("/cluster/status") if row["type"] == "cluster"), "lab")


def drives(row: dict[str, Any], config: dict[str, Any]) -> dict[str, tuple[str | None, int]]:
    """Return (storage, bytes) of every disk by slot."""
    wanted = _DRIVE if row["type"] == "qemu" else _VOLUME
    found: dict[str, tuple[str | None, int]] = {}
    for slot, line in config.items():
        size = re.search(r"size=([\d.]+)([KMGT]?)", str(line))
        if wanted.fullmatch(slot) and size and "media=cdrom" not in line:
            storage, colon, _ = line.partition(",")[0].partition("=")[0].partition(":")
            found[slot] = (storage if colon else None, int(float(size[1]) * _UNITS[size[2]]))
    return found


def nics(config: dict[str, Any]) -> dict[str, dict[str, str]]:
    """Return the options of every interface by slot."""
    return {slot: options(line) for slot, line in config.items() if re.fullmatch(r"net\d+", slot)}


def mac_of(nic: dict[str, str]) -> str:
    """Return the hardware address of an interface."""
    return next(value for value in nic.values() if _MAC.fullmatch(value)).upper()


def vm_states(source: Source, link: str) -> Facts:
    """Sidecars of virtual machines."""
    found: Facts = {}
    for key, row, config in source.guests():
        qemu = row["type"] == "qemu"
        agent = options(str(config.get("agent", "0")), "enabled").get("enabled")
        cpu = options(config.get("cpu", ""), "cputype").get("cputype", "") if qemu else ""
        tags = [tag for tag in re.split(r"[,;\s]+", row.get("tags", "")) if tag]
        found[f"{key}/state"] = {
            "virtual_machine": key,
            **place(source, row["node"]),
            "proxmox_vm_id": row["vmid"],
            "proxmox_vm_type": row["type"],
            "proxmox_vm_name": row["name"],
            "proxmox_status": row["status"],
            "proxmox_start_at_boot": bool(config.get("onboot")),
            "proxmox_unprivileged_container": None if qemu else bool(config.get("unprivileged")),
            "proxmox_qemu_agent": agent in ("1", "on", "yes", "true") if qemu else None,
            "proxmox_search_domain": config.get("searchdomain", ""),
            "proxmox_tags": ",".join(sorted(tags)),
            "proxmox_os": config.get("ostype", ""),
            "proxmox_cpu_type": cpu,
            "proxmox_storage_names": ",".join(sorted({disk[0] for disk in drives(row, config).values() if disk[0]})),
            "proxmox_link": f"{link}{row['type']}/{row['vmid']}",
        }
    return found


def place(source: Source, node: str) -> dict[str, Any]:
    """Return what every sidecar says of where its object is."""
    return {
        "endpoint": "lab/endpoint",
        "proxmox_cluster": "lab/proxmox-cluster",
        "proxmox_node": f"lab/proxmox-node/{node}",
        "proxmox_node_name": node,
        "proxmox_cluster_name": cluster_name(source),
    }


def interface_states(source: Source) -> Facts:
    """Sidecars of VM interfaces: the bridge is an interface of the node."""
    found: Facts = {}
    for key, row, config in source.guests():
        known = {item["iface"] for item in source.data(f"/nodes/{row['node']}/network")}
        for slot, nic in nics(config).items():
            bridge = nic.get("bridge")
            at = f"lab/node/{row['node']}/net/{bridge}" if bridge in known else None
            found[f"{key}/{slot}/state"] = {"vm_interface": f"{key}/{slot}", "proxbox_bridge": at}
    return found


def disk_states(source: Source) -> Facts:
    """Sidecars of virtual disks: the storage."""
    known = {row["storage"] for row in source.data("/storage")}
    return {
        f"{key}/disk/{slot}/state": {
            "virtual_disk": f"{key}/disk/{slot}",
            "proxbox_storage": f"lab/storage/{storage}" if storage in known else None,
        }
        for key, row, config in source.guests()
        for slot, (storage, _) in drives(row, config).items()
    }


def snapshots(source: Source) -> Facts:
    """Snapshots, without the present state."""
    found: Facts = {}
    for key, row, _ in source.guests():
        for item in source.data(f"/nodes/{row['node']}/{row['type']}/{row['vmid']}/snapshot"):
            if item["name"] != "current":
                found[f"{key}/snapshot/{item['name']}"] = {
                    "virtual_machine": key,
                    "name": item["name"],
                    "vmid": row["vmid"],
                    "node": row["node"],
                    "snaptime": item["snaptime"],
                    "parent": item.get("parent", ""),
                    "subtype": row["type"],
                    "description": item["description"].rstrip(),
                    "status": "active",
                }
    return found


def cloud_inits(source: Source) -> Facts:
    """What cloud-init is told."""
    found: Facts = {}
    for key, row, config in source.guests():
        told = any(re.match(r"ci|ipconfig|sshkeys", name) for name in config)
        drive = any("cloudinit" in str(config[name]) for name in config if _DRIVE.fullmatch(name))
        if row["type"] == "qemu" and (told or drive):
            found[f"{key}/cloud-init"] = {
                "virtual_machine": key,
                "ciuser": config.get("ciuser", ""),
                "ipconfig0": config.get("ipconfig0", ""),
                "search_domain": config.get("searchdomain", ""),
                "dns_servers": config.get("nameserver", ""),
            }
    return found


def guest_interfaces(source: Source) -> Facts:
    """Interfaces as the guest's own system calls them; the first with a NIC's address has the NIC."""
    found: Facts = {}
    for (key, _, config), items in _inside(source):
        free = {mac_of(nic): f"{key}/{slot}" for slot, nic in nics(config).items()}
        for name, mac, _ in items:
            link = free.pop(mac, None)
            own = {"virtual_machine": key, "name": name, "mac_address": mac, "vm_interface": link}
            found[f"{key}/os/{name}"] = own
    return found


def guest_addresses(source: Source) -> Facts:
    """Addresses of those interfaces, as far as they are on a NIC."""
    found: Facts = {}
    for (key, _, config), items in _inside(source):
        slots = {mac_of(nic): slot for slot, nic in nics(config).items()}
        for name, mac, addresses in items:
            for host in addresses if mac in slots else ():
                known = f"{key}/{slots[mac]}/ip/{host}"
                found[f"{key}/os/{name}/{host}"] = {"guest_interface": f"{key}/os/{name}", "ip_address": known}
    return found


def _inside(source: Source) -> Iterator[tuple[Guest, list[tuple[str, str, list[str]]]]]:
    for guest in source.guests():
        row = guest[1]
        path = f"/nodes/{row['node']}/{row['type']}/{row['vmid']}"
        if row["status"] != "running":
            continue
        if row["type"] == "lxc":
            answer = source.data(f"{path}/interfaces")
        else:
            answer = (source.data(f"{path}/agent/network-get-interfaces") or {}).get("result")
        yield (
            guest,
            [
                (item["name"], str(item.get("hardware-address", "")).upper(), list(_hosts(item)))
                for item in sorted(answer if isinstance(answer, list) else (), key=lambda item: str(item["name"]))
                if not any(fnmatch.fnmatch(item["name"], pattern) for pattern in _NOISE)
            ],
        )


def _hosts(item: dict[str, Any]) -> Iterator[str]:
    for found in item.get("ip-addresses", ()):
        address = ipaddress.ip_address(found["ip-address"].partition("%")[0])
        if not address.is_loopback and not address.is_link_local:
            yield str(address)


def templates(source: Source) -> Facts:
    """Templates, which are no virtual machines."""
    found: Facts = {}
    for row in source.data("/cluster/resources"):
        if row["type"] not in ("qemu", "lxc") or not row.get("template"):
            continue
        config = source.data(f"/nodes/{row['node']}/{row['type']}/{row['vmid']}/config", current="1")
        cards = {
            slot: {
                "model": nic["type"] if row["type"] == "lxc" else next(iter(nic)),
                "bridge": nic.get("bridge"),
                "tag": int(nic["tag"]) if "tag" in nic else None,
            }
            for slot, nic in nics(config).items()
        }
        disks = drives(row, config)
        found[f"lab/template/{row['type']}/{row['vmid']}"] = {
            "name": row["name"],
            "vmid": row["vmid"],
            "proxmox_endpoint": "lab/endpoint",
            "cluster": "lab/proxmox-cluster",
            "node": f"lab/proxmox-node/{row['node']}",
            "node_name": row["node"],
            "proxmox_type": row["type"],
            "status": row["status"],
            "memory": int(config["memory"]),
            "vcpus": config.get("cores", 1) * config.get("sockets", 1),
            "os_type": config["ostype"],
            "disk": -(-sum(size for _, size in disks.values()) // 2**30),
            "net_config": cards,
            "description": config.get("description", "").strip(),
            "cloud_init_enabled": any("cloudinit" in str(line) for line in config.values()) or "ciuser" in config,
            "disk_config": {slot: {"storage": storage, "size": size} for slot, (storage, size) in disks.items()},
        }
    return found
