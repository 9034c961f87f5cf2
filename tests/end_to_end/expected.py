"""What NetBox must say, worked out from Proxmox's raw answers by other means than the package's own.

Nothing here imports the collector or the planner: a mistake there cannot hide itself here.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator
from typing import Any

from proxbox_plan.demo.cluster import ClusterDescription, Recording
from proxbox_plan.demo.cluster.answers import DescriptionAnswers

Facts = dict[str, dict[str, Any]]
Guest = tuple[str, dict[str, Any], dict[str, Any]]

_UNITS = {"": 1, "K": 2**10, "M": 2**20, "G": 2**30, "T": 2**40}
_DISK = re.compile(r"(scsi|sata|ide|virtio|efidisk|tpmstate|mp)\d+|rootfs")
_PLATFORMS = {
    "l26": "linux-kernel-2-6-or-newer",
    "l24": "linux-kernel-2-4",
    "win10": "windows-10",
    "win11": "windows-11",
    "wxp": "windows-xp",
    "other": "other",
    "debian": "debian",
    "ubuntu": "ubuntu",
    "alpine": "alpine-linux",
    "unmanaged": "unmanaged",
    "centos": "centos",
    "fedora": "fedora",
    "archlinux": "arch-linux",
}
_TYPES = {"bridge": "bridge", "bond": "lag", "vlan": "virtual"}


class Source:
    """The raw answers of a recording or of a made-up cluster."""

    def __init__(self, source: ClusterDescription | Recording) -> None:
        """Take either."""
        self._answers = DescriptionAnswers(source) if isinstance(source, ClusterDescription) else source

    def data(self, path: str, **query: str) -> Any:
        """Return the data of one answer, null when it was refused."""
        answer = self._answers.answer(path, query)
        return answer.body["data"] if answer.status == 200 and isinstance(answer.body, dict) else None

    def nodes(self) -> dict[str, bool]:
        """Return node -> online."""
        return {row["name"]: bool(row["online"]) for row in self.data("/cluster/status") if row["type"] == "node"}

    def guests(self) -> Iterator[Guest]:
        """Yield (key, row, configuration) of every guest that can be seen and is no template."""
        for row in self.data("/cluster/resources"):
            if row["type"] in ("qemu", "lxc") and row.get("name") and not row.get("template"):
                path = f"/nodes/{row['node']}/{row['type']}/{row['vmid']}/config"
                yield f"lab/{row['type']}/{row['vmid']}", row, self.data(path, current="1")

    def inside(self, row: dict[str, Any]) -> Iterator[tuple[str, str]]:
        """Yield (MAC, address) a running guest reports."""
        path = f"/nodes/{row['node']}/{row['type']}/{row['vmid']}"
        if row["type"] == "lxc":
            found = self.data(f"{path}/interfaces")
        else:
            answer = self.data(f"{path}/agent/network-get-interfaces")
            found = answer["result"] if answer else None
        for item in found or ():
            for address in item.get("ip-addresses", ()):
                text = f"{address['ip-address'].partition('%')[0]}/{address['prefix']}"
                yield str(item.get("hardware-address", "")).upper(), text


def machines(source: Source) -> Facts:
    """Virtual machines by key."""
    found: Facts = {}
    names: set[str] = set()
    for key, row, config in sorted(source.guests(), key=lambda guest: guest[1]["vmid"]):
        name = row["name"] if row["name"].casefold() not in names else f"{row['name']} ({row['vmid']})"
        names.add(row["name"].casefold())
        note = str(config.get("description", "")).strip()
        tags = {re.sub(r"[^a-z0-9]+", "-", tag.lower()) for tag in re.split(r"[,;\s]+", row.get("tags", "")) if tag}
        found[key] = {
            "name": name,
            "status": "active" if row["status"] == "running" else "offline",
            "device": row["node"],
            "memory": int(str(config["memory"]).rpartition("=")[2]),
            "vcpus": _vcpus(row["type"], config),
            "start_on_boot": "on" if config.get("onboot") else "off",
            "comments": note,
            "platform": _PLATFORMS[config["ostype"]],
            "tags": sorted(tags | {"proxbox"}),
            "cluster": "labcluster",
            "role": "virtual-machine-qemu" if row["type"] == "qemu" else "container-lxc",
        }
    return found


def _vcpus(kind: str, config: dict[str, Any]) -> float | None:
    if kind == "qemu":
        return float(config.get("vcpus") or config.get("cores", 1) * config.get("sockets", 1))
    limit = config.get("cores") or config.get("cpulimit")
    return float(limit) if limit and float(limit) else None


def interfaces(source: Source) -> Facts:
    """VM interfaces by key."""
    found: Facts = {}
    for key, row, config in source.guests():
        for slot, line in _nics(config):
            options = _options(line)
            vids = sorted(vid for part in options.get("trunks", "").split(";") if part for vid in _vids(part))
            wide = len(vids) > 64
            tag = int(options["tag"]) if "tag" in options else None
            mtu = int(options.get("mtu", 0))
            mode = "tagged-all" if wide else "tagged" if vids else "access" if tag else None
            found[f"{key}/{slot}"] = {
                "name": options["name"] if row["type"] == "lxc" else slot,
                "mac_address": _mac(options),
                "enabled": options.get("link_down") != "1",
                "mtu": mtu if mtu > 1 else None,
                "mode": mode,
                "untagged_vlan": tag,
                "tagged_vlans": [] if wide else [vid for vid in vids if vid != tag],
            }
    return found


def _nics(config: dict[str, Any]) -> Iterator[tuple[str, str]]:
    return ((name, value) for name, value in config.items() if re.fullmatch(r"net\d+", name))


def _options(line: str) -> dict[str, str]:
    return dict(part.split("=", maxsplit=1) for part in line.split(",") if "=" in part)


def _mac(options: dict[str, str]) -> str | None:
    macs = [value for value in options.values() if re.fullmatch(r"([0-9A-Fa-f]{2}:){5}[0-9A-Fa-f]{2}", value)]
    return macs[0].upper() if macs else None


def _vids(part: str) -> range:
    low, _, high = part.partition("-")
    return range(int(low), int(high or low) + 1)


def disks(source: Source) -> Facts:
    """Virtual disks by key."""
    found: Facts = {}
    for key, _, config in source.guests():
        for slot, line in config.items():
            size = re.search(r"size=([\d.]+)([KMGT]?)", str(line))
            if _DISK.fullmatch(slot) and size and "media=cdrom" not in line:
                total = float(size[1]) * _UNITS[size[2]]
                found[f"{key}/disk/{slot}"] = {"name": slot, "size": int(-(-total // 2**20))}
    return found


def addresses(source: Source) -> dict[str, str]:
    """Address with prefix by key, of guests and of nodes."""
    found: dict[str, str] = {}
    for key, row, config in source.guests():
        slots = {}
        for slot, line in _nics(config):
            options = _options(line)
            slots[_mac(options)] = slot
            lines = [options, _options(str(config.get(f"ipconfig{slot[3:]}", "")))]
            for text in (each.get(name, "") for each in lines for name in ("ip", "ip6")):
                _note(found, f"{key}/{slot}", text)
        for mac, text in source.inside(row) if row["status"] == "running" else ():
            if mac in slots:
                _note(found, f"{key}/{slots[mac]}", text)
    for node, online in source.nodes().items():
        for item in source.data(f"/nodes/{node}/network") if online else ():
            for name in ("cidr", "cidr6"):
                _note(found, f"lab/node/{node}/net/{item['iface']}", item.get(name, ""))
    return found


def _note(found: dict[str, str], parent: str, text: str) -> None:
    if "/" in text:
        address = ipaddress.ip_interface(text)
        if not address.ip.is_loopback and not address.ip.is_link_local:
            found.setdefault(f"{parent}/ip/{address.ip}", str(address))


def devices(source: Source) -> Facts:
    """Devices by key."""
    return {
        f"lab/node/{name}": {"name": name, "status": "active" if online else "offline", "cluster": "labcluster"}
        for name, online in source.nodes().items()
    }


def node_interfaces(source: Source) -> Facts:
    """Node interfaces by key."""
    found: Facts = {}
    for node, online in source.nodes().items():
        rows = source.data(f"/nodes/{node}/network") if online else []
        for item in (item for item in rows if item["type"] not in ("alias", "loopback") and item["iface"] != "lo"):
            bridge = [row["iface"] for row in rows if item["iface"] in row.get("bridge_ports", "").split()]
            lag = [row["iface"] for row in rows if item["iface"] in row.get("slaves", "").split()]
            found[f"lab/node/{node}/net/{item['iface']}"] = {
                "name": item["iface"],
                "type": _TYPES.get(item["type"], "other"),
                "enabled": bool(item.get("active")),
                "bridge": bridge[0] if bridge else None,
                "lag": lag[0] if lag else None,
                "parent": item.get("vlan-raw-device"),
                "untagged_vlan": int(item["vlan-id"]) if "vlan-id" in item else None,
                "description": item.get("comments", "").strip(),
            }
    return found
