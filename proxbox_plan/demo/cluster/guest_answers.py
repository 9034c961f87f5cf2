"""Responses of a generated guest: its row, its configuration, and its agent."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from proxbox_plan.demo.cluster.parts import DemoGuest, DemoNic, DemoNode

SIZE = re.compile(r"(\d+)([KMGT]?)")
UNITS = {"": 1, "K": 1024, "M": 1024**2, "G": 1024**3, "T": 1024**4}
DIGEST = "98bc43e2c2465326556f7c27ff71d59d3f277740"
MIB = 1024**2
OS_RELEASES = (
    ("Debian GNU/Linux", "debian", "12", "bookworm"),
    ("Debian GNU/Linux", "debian", "13", "trixie"),
    ("Ubuntu", "ubuntu", "24.04", "Noble Numbat"),
)
"""Name, id, version and code name of the systems inside virtual machines."""


@dataclass(frozen=True)
class GuestAnswer:
    """Data, or the status and reason of an error."""

    data: object = None
    error: tuple[int, str] | None = None


def guest_row(guest: DemoGuest, node: DemoNode | None, moment: int) -> dict[str, Any]:
    """Return the row of /cluster/resources; bare when the node is down."""
    row: dict[str, Any] = {"id": f"{guest.type}/{guest.vmid}", "node": guest.node, "status": "unknown"}
    row |= {"type": guest.type, "vmid": guest.vmid}
    for key, value in (("pool", guest.pool), ("lock", guest.lock), ("hastate", guest.hastate)):
        if value:
            row[key] = value
    if node is None or not node.online:
        return row
    alive = int(guest.running)
    row |= {
        "cpu": alive * (moment % 89) / 100,
        "disk": 27156480 * alive if guest.type == "lxc" else 0,
        "diskread": 123456789 * alive,
        "diskwrite": 23456789 * alive,
        "maxcpu": guest.cores * guest.sockets,
        "maxdisk": boot_bytes(guest),
        "maxmem": guest.memory * MIB,
        "mem": alive * (guest.memory * MIB // 2 + moment),
        "memhost": alive * 4096 * moment,
        "name": guest.name,
        "netin": alive * moment,
        "netout": alive * moment,
        "status": "running" if guest.running else "stopped",
        "template": int(guest.template),
        "uptime": alive * (73 + moment),
    }
    if guest.tags:
        row["tags"] = ";".join(guest.tags)
    return row


def boot_bytes(guest: DemoGuest) -> int:
    """Return the bytes of the first disk, 0 without one."""
    for disk in guest.disks.values():
        found = SIZE.fullmatch(disk.size)
        return int(found[1]) * UNITS[found[2]] if found else 0
    return 0


def guest_config(guest: DemoGuest) -> dict[str, Any]:
    """Return /nodes/N/qemu|lxc/ID/config."""
    config = _lxc_config(guest) if guest.type == "lxc" else _qemu_config(guest)
    if guest.tags:
        config["tags"] = ";".join(guest.tags)
    if guest.onboot:
        config["onboot"] = 1
    if guest.template:
        config["template"] = 1
    if guest.lock:
        config["lock"] = guest.lock
    return {**config, **{slot: disk.line() for slot, disk in guest.disks.items()}, **guest.extra, "digest": DIGEST}


def guest_answer(guest: DemoGuest, rest: str) -> GuestAnswer:
    """Answer any other path of a guest."""
    if guest.type == "qemu" and rest.startswith("/agent/"):
        return _agent(guest, rest.removeprefix("/agent/"))
    if guest.type == "lxc" and rest == "/interfaces":
        return GuestAnswer(_container_interfaces(guest) if guest.running else None)
    return GuestAnswer(error=(501, f"Method 'GET /nodes/{guest.node}/{guest.type}/{guest.vmid}{rest}' not implemented"))


def _qemu_config(guest: DemoGuest) -> dict[str, Any]:
    config: dict[str, Any] = {
        "boot": f"order={';'.join([*list(guest.disks)[:1], *list(guest.nics)[:1]])}",
        "cores": guest.cores,
        "ide2": "none,media=cdrom",
        "memory": str(guest.memory),
        "meta": f"creation-qemu=10.1.2,ctime={guest.created}",
        "name": guest.name,
        "numa": 0,
        "ostype": guest.ostype,
        "scsihw": "virtio-scsi-single",
        "smbios1": f"uuid={guest.uuid}",
        "sockets": guest.sockets,
        "vmgenid": guest.vmgenid,
        **{slot: _qemu_nic(nic) for slot, nic in guest.nics.items()},
    }
    if guest.agent:
        config["agent"] = "enabled=1,fstrim_cloned_disks=1"
    if guest.note:
        config["description"] = guest.note
    if guest.cloud_init:
        config |= {"ide2": f"ceph-vm:vm-{guest.vmid}-cloudinit,media=cdrom", "ciuser": "admin"}
        config |= {"cipassword": "**********", "sshkeys": "ssh-ed25519%20AAAAC3Nza%20a%40b%0A"}
        addressed = {slot: nic for slot, nic in guest.nics.items() if nic.ip or nic.ip6}
        config |= {f"ipconfig{slot.removeprefix('net')}": _ip_options(nic) for slot, nic in addressed.items()}
    return config


def _qemu_nic(nic: DemoNic) -> str:
    options = [f"{nic.model}={nic.mac}", *_nic_options(nic)]
    return ",".join(options)


def _lxc_config(guest: DemoGuest) -> dict[str, Any]:
    config: dict[str, Any] = {
        "arch": "amd64",
        "cores": guest.cores,
        "features": "nesting=1",
        "hostname": guest.name,
        "memory": guest.memory,
        "ostype": guest.ostype,
        "swap": 512,
        "unprivileged": 1,
        **{slot: _lxc_nic(slot, nic) for slot, nic in guest.nics.items()},
    }
    if guest.note:
        config["description"] = f"{guest.note}\n"
    return config


def _lxc_nic(slot: str, nic: DemoNic) -> str:
    name = f"name=eth{slot.removeprefix('net')}"
    addresses = [_ip_options(nic)] if nic.ip or nic.ip6 else []
    return ",".join([name, *_nic_options(nic), f"hwaddr={nic.mac}", *addresses, "type=veth"])


def _nic_options(nic: DemoNic) -> list[str]:
    options = [f"bridge={nic.bridge}", "firewall=1"] if nic.bridge else []
    for key, value in (("tag", nic.tag), ("trunks", nic.trunks), ("mtu", nic.mtu), ("link_down", int(nic.link_down))):
        if value:
            options.append(f"{key}={value}")
    return options


def _ip_options(nic: DemoNic) -> str:
    return ",".join(f"{key}={value}" for key, value in (("ip", nic.ip), ("gw", nic.gw), ("ip6", nic.ip6)) if value)


def _agent(guest: DemoGuest, command: str) -> GuestAnswer:
    if not guest.running:
        return GuestAnswer(error=(500, f"VM {guest.vmid} is not running"))
    if not guest.agent:
        return GuestAnswer(error=(500, "No QEMU guest agent configured"))
    match command:
        case "network-get-interfaces":
            return GuestAnswer({"result": [_loopback("ipv4", "ipv6", as_text=False), *_seen(guest, as_text=False)]})
        case "get-osinfo":
            return GuestAnswer({"result": _os_info(guest)})
        case "get-host-name":
            return GuestAnswer({"result": {"host-name": guest.name}})
        case _:
            return GuestAnswer({"result": {"error": {"class": "Unsupported", "desc": "not in the demo"}}})


def _os_info(guest: DemoGuest) -> dict[str, str]:
    if guest.ostype.startswith("w"):
        about = {"name": "Microsoft Windows", "pretty-name": "Windows Server 2022 Standard", "id": "mswindows"}
        about |= {"version": "Microsoft Windows Server 2022", "version-id": "2022", "variant": "server"}
        return {**about, "kernel-release": "20348", "machine": "x86_64"}
    name, id_, version, code = OS_RELEASES[guest.vmid % len(OS_RELEASES)]
    about = {"name": name, "id": id_, "version-id": version, "version": f"{version} ({code})"}
    about |= {"pretty-name": f"{name} {version} ({code})", "kernel-version": "#1 SMP"}
    return {**about, "kernel-release": "6.12.43-amd64", "machine": "x86_64"}


def _container_interfaces(guest: DemoGuest) -> list[dict[str, Any]]:
    found = [_loopback("inet", "inet6", as_text=True), *_seen(guest, as_text=True)]
    for interface in found:
        interface["hwaddr"] = interface["hardware-address"]
        for address in interface.get("ip-addresses", []):
            interface[address["ip-address-type"]] = f"{address['ip-address']}/{address['prefix']}"
    return found


def _seen(guest: DemoGuest, *, as_text: bool) -> list[dict[str, Any]]:
    four, six = ("inet", "inet6") if as_text else ("ipv4", "ipv6")
    found: list[dict[str, Any]] = []
    for slot, nic in guest.nics.items():
        number = slot.removeprefix("net")
        addresses = [*nic.seen, *([nic.ip6] if nic.ip6 else []), f"fe80::be24:11ff:fe00:{guest.vmid:x}/64"]
        found.append(
            {
                "hardware-address": nic.mac.lower(),
                "ip-addresses": [_address(text, six if ":" in text else four, as_text=as_text) for text in addresses],
                "name": f"eth{number}",
            }
        )
    return found


def _loopback(four: str, six: str, *, as_text: bool) -> dict[str, Any]:
    addresses = [_address("127.0.0.1/8", four, as_text=as_text), _address("::1/128", six, as_text=as_text)]
    return {"hardware-address": "00:00:00:00:00:00", "ip-addresses": addresses, "name": "lo"}


def _address(text: str, kind: str, *, as_text: bool) -> dict[str, Any]:
    address, _, prefix = text.partition("/")
    return {"ip-address": address, "ip-address-type": kind, "prefix": prefix if as_text else int(prefix)}
