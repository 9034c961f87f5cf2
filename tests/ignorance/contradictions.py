"""Absences that another answer contradicts: they prove nothing, whatever the list they are missing from."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from tests.ignorance.answers import OK, Answers, endpoint_of

Step = str | int
_MAC = re.compile(r"(?:[0-9A-F]{2}:){5}[0-9A-F]{2}", re.IGNORECASE)


def contradiction(answers: Answers, key: str, steps: tuple[Step, ...], part: str) -> str:
    """Return what speaks against the absence of a part; empty for nothing."""
    judge = _JUDGES.get(endpoint_of(key))
    return judge(answers, key, steps, part) if judge and steps else ""


def _used(path: str, field: str, by: str) -> Callable[[Answers, str, tuple[Step, ...], str], str]:
    """Judge rows by those that name them: Proxmox refuses to remove what is in use."""

    def judge(answers: Answers, key: str, steps: tuple[Step, ...], part: str) -> str:
        if len(steps) > 1 or not part.startswith("row"):
            return ""
        row = answers[key].data[steps[0]]
        names = {row.get(name) for name in ("zone", "controller", "vmid") if name in row}
        users = answers[path].data if path in answers and answers[path].status == OK else []
        return f"which {by} names" if any(user.get(field) in names for user in users) else ""

    return judge


def _guest_row(answers: Answers, key: str, steps: tuple[Step, ...], part: str) -> str:
    if not part.startswith(("row qemu", "row lxc")):
        return ""
    return _used("/cluster/replication", "guest", "a replication job")(answers, key, steps, part)


def _snapshot(answers: Answers, key: str, steps: tuple[Step, ...], part: str) -> str:
    """Judge a snapshot by the others: deleting one fixes the parent of those made after it."""
    if len(steps) > 1 or not part.startswith("row"):
        return ""
    rows = answers[key].data
    name = rows[steps[0]].get("name")
    return "which another names as its parent" if any(row.get("parent") == name for row in rows) else ""


def _boot(answers: Answers, key: str, steps: tuple[Step, ...], part: str) -> str:
    """Judge a line of a configuration by the boot order: Proxmox hides a line that it cannot parse."""
    if len(steps) > 1 or not part.startswith("field"):
        return ""
    order = str(answers[key].data.get("boot", "")).removeprefix("order=").split(";")
    return "which the boot order names" if steps[0] in order else ""


def _inside(answers: Answers, key: str, steps: tuple[Step, ...], part: str) -> str:
    """Judge what a guest shows by its configuration: a NIC without any address is not proven to have none."""
    path = steps[1:] if steps[0] == "result" else steps
    data = answers[key].data
    if not path or not isinstance(path[0], int):
        return ""
    rows = data["result"] if isinstance(data, dict) else data
    shown = rows[path[0]]
    mac = _mac_of(shown)
    others = [row for number, row in enumerate(rows) if number != path[0] and _mac_of(row) == mac]
    # A VLAN, bond or bridge on the same NIC shows that it has its addresses.
    proven = any(_usable(found["ip-address"]) for row in others for found in row.get("ip-addresses") or [])
    if proven or mac not in macs_of(answers, key):
        return ""
    if len(path) == 1:
        return "which is a NIC of the guest" if part.startswith("row") else ""
    if path[1] not in {"ip-addresses", "inet", "inet6"}:
        return ""
    addresses = shown.get("ip-addresses") or []
    if len(path) == 3 and part.startswith("row"):
        left = [found for number, found in enumerate(addresses) if number != path[2]]
        return "" if any(_usable(found["ip-address"]) for found in left) else "which is the last one of a NIC"
    return "of a NIC of the guest" if len(path) == 2 else ""


def _mac_of(row: Mapping[str, Any]) -> str:
    return str(row.get("hardware-address") or row.get("hwaddr")).upper()


def macs_of(answers: Answers, key: str) -> set[str]:
    """Return the MACs that the configuration gives the guest whose inside is asked for with this key."""
    guest = key.removesuffix("/interfaces").removesuffix("/agent/network-get-interfaces")
    config = answers[f"{guest}/config?current=1"].data
    lines = [value for name, value in config.items() if re.fullmatch(r"net\d+", name)]
    return {mac.upper() for line in lines for mac in _MAC.findall(line)}


def _usable(address: str) -> bool:
    found = ipaddress.ip_address(address)
    return not (found.is_loopback or found.is_link_local)


_JUDGES: Mapping[str, Any] = MappingProxyType(
    {
        "/cluster/resources": _guest_row,
        "/cluster/sdn/zones": _used("/cluster/sdn/vnets", "zone", "a vnet"),
        "/cluster/sdn/controllers": _used("/cluster/sdn/zones", "controller", "a zone"),
        "/nodes/{node}/qemu/{vmid}/snapshot": _snapshot,
        "/nodes/{node}/lxc/{vmid}/snapshot": _snapshot,
        "/nodes/{node}/qemu/{vmid}/config": _boot,
        "/nodes/{node}/qemu/{vmid}/agent/network-get-interfaces": _inside,
        "/nodes/{node}/lxc/{vmid}/interfaces": _inside,
    }
)
