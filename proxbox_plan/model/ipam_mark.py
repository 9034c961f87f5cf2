"""IPAM mark: how an IPAM of Proxmox marks the addresses that it makes in NetBox: by their description."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from proxbox_plan.model.last_applied import LastApplied

MAC: Final = r"[0-9A-Fa-f]{2}(?::[0-9A-Fa-f]{2}){5}"
DESCRIPTION: Final = "description"
OF_A_NIC: Final = "mac:"
"""What the description of an address begins with that a NIC got."""
_GATEWAY: Final = "gateway"
_FOR_MAC: Final = re.compile(rf"{OF_A_NIC}({MAC})")


@dataclass(frozen=True, slots=True)
class IpamMark:
    """What an IPAM of Proxmox has made an address for."""

    mac: str | None
    """Of the NIC that it gave it to, in upper case; null for the gateway of a subnet."""


def ipam_mark(description: object, applied: LastApplied | None) -> IpamMark | None:
    """Return the mark of an address; null where there is none, or our own rules gave that description."""
    if not isinstance(description, str) or (applied and applied.fields.get(DESCRIPTION) == description):
        return None
    if description == _GATEWAY:
        return IpamMark(None)
    found = _FOR_MAC.fullmatch(description)
    return IpamMark(found[1].upper()) if found else None
