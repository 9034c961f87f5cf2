"""A VM's cloud-init settings; its password and keys are never read."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from proxbox_plan.collect.proxmox.api_models.cluster import GuestConfig
from proxbox_plan.collect.proxmox.parse.disk import CLOUD_INIT, QEMU_SLOT
from proxbox_plan.collect.proxmox.parse.grammar import slot_order
from proxbox_plan.model.state import CloudInit

IP_CONFIG = re.compile(r"ipconfig\d{1,3}", re.ASCII)
OWN_KEYS = frozenset({"ciuser", "cipassword", "citype", "ciupgrade", "cicustom", "sshkeys"})
SEPARATORS = re.compile(r"[,;\s]+")


def read_cloud_init(config: GuestConfig, data: Mapping[str, Any]) -> CloudInit | None:
    """Return a VM's cloud-init settings; null for one that has neither such a drive nor any such setting."""
    slots = sorted((key for key in data if IP_CONFIG.fullmatch(key)), key=slot_order)
    if not slots and not OWN_KEYS.intersection(data) and not any(_is_drive(key, data[key]) for key in data):
        return None
    return CloudInit(
        user=config.ciuser,
        addresses=tuple((slot, data[slot]) for slot in slots),
        search_domain=config.searchdomain,
        nameservers=tuple(server for server in SEPARATORS.split(config.nameserver or "") if server),
    )


def _is_drive(key: str, line: Any) -> bool:
    if not QEMU_SLOT.fullmatch(key) or not isinstance(line, str):
        return False
    return CLOUD_INIT.search(line.partition(",")[0]) is not None
