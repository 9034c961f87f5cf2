"""Units: memory and disks in MiB, as Proxmox counts them, or in MB."""

from __future__ import annotations

from typing import Final

from proxbox_plan.model.policy import Policy

MIB: Final = 1024 * 1024
_MB: Final = 1000 * 1000


def bytes_of(policy: Policy) -> int:
    """Return how many bytes one of NetBox's numbers stands for."""
    return MIB if policy.units == "binary" else _MB


def memory(policy: Policy, mib: int | None) -> int | None:
    """Return a guest's memory as NetBox gets it."""
    return None if mib is None else round(mib * MIB / bytes_of(policy))
