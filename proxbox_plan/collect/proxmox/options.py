"""What a collection is asked to read."""

from __future__ import annotations

from dataclasses import dataclass

from proxbox_plan.model.policy.areas import Areas


@dataclass(frozen=True)
class CollectOptions:
    """The areas that are switched on, when, and the version of Proxmox VE they are read from."""

    areas: Areas
    now: float
    """Seconds since 1970."""
    version: str
