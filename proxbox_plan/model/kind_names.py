"""Names of kinds: what people who know Proxmox call them."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from proxbox_plan.core.suggestion import suggestion

_COMMON_NAMES: Final = {
    "vm": "virtual-machine",
    "guest": "virtual-machine",
    "container": "virtual-machine",
    "lxc": "virtual-machine",
    "qemu": "virtual-machine",
    "node": "device",
    "host": "device",
    "server": "device",
    "nic": "vm-interface",
    "net": "vm-interface",
    "port": "interface",
    "disk": "virtual-disk",
    "ip": "ip-address",
    "addres": "ip-address",
    "mac": "mac-address",
}
"""What people who know Proxmox call a kind, in the singular -> the kind."""


def kind_meant(name: str, known: Collection[str]) -> str:
    """Return the kind that a user of Proxmox calls so, else a similar one."""
    meant = _COMMON_NAMES.get(name.lower().replace("_", "-").removesuffix("s"), "")
    return f"; did you mean '{meant}'?" if meant in known else suggestion(name, known)
