"""Collect options: what to read, and from which version."""

from __future__ import annotations

from dataclasses import dataclass

from proxbox_plan.model.policy.areas import Areas


@dataclass(frozen=True)
class CollectOptions:
    """The areas to read, the time of the collection, and the version of Proxmox VE."""

    areas: Areas
    now: float
    """Seconds since 1970."""
    version: str
