"""What the token needs on Proxmox, area by area: the same rights that the collector proves its lists complete with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from proxbox_plan.collect.proxmox.effective_privileges import (
    ALLOCATE,
    ALLOCATE_SPACE,
    AUDIT_NODE,
    BACK_UP,
    SEE_BRIDGES,
    SEE_CPU_MODELS,
    SEE_GUESTS,
    SEE_SDN,
    SEE_STORAGES,
    Rights,
)
from proxbox_plan.model.policy.areas import Areas
from proxbox_plan.model.state import Coverage


@dataclass(frozen=True)
class Need:
    """One right: any of the privileges on a whole tree."""

    tree: str
    privileges: frozenset[str]
    gives: str
    """What is not seen without it."""
    areas: tuple[str, ...] = ()
    """It is only needed with all of these switched on."""
    instead: tuple[str, frozenset[str]] | None = None
    """A right that makes this one unnecessary."""
    vital: bool = True
    """Whether something that was asked for is not synced without it; else only some values are missing."""
    since: int = 0
    until: int = 99
    """Major versions of Proxmox VE (from, and up to but not with) that have this privilege."""

    @property
    def least(self) -> str:
        """The privilege that allows the least: one that only reads, if there is one."""
        return min(self.privileges, key=lambda name: (not name.endswith(".Audit"), name))

    def met(self, rights: Rights) -> Coverage:
        """Return whether the token has it."""
        if self.instead is not None and (other := rights.prove(*self.instead)).complete:
            return other
        return rights.prove(self.tree, self.privileges)


_MANAGE_STORAGES = ("/storage", ALLOCATE)

NEEDS: Final = (
    Need("/", AUDIT_NODE, "cluster, nodes and backup jobs"),
    Need(*SEE_GUESTS, "guests with their configuration"),
    Need("/nodes", AUDIT_NODE, "version, processor, memory and tasks of nodes"),
    Need("/pool", frozenset({"Pool.Audit"}), "the pools of guests", vital=False),
    Need(*SEE_BRIDGES, "bridges of nodes", areas=("node_interfaces",)),
    Need(
        "/vms",
        frozenset({"VM.GuestAgent.Audit"}),
        "addresses that the guest agent tells",
        areas=("addresses",),
        vital=False,
        since=9,
    ),
    Need(
        "/vms",
        frozenset({"VM.Monitor"}),
        "addresses that the guest agent tells",
        areas=("addresses",),
        vital=False,
        until=9,
    ),
    Need(*SEE_STORAGES, "storages", areas=("plugin", "storages")),
    Need("/storage", ALLOCATE_SPACE, "all backups", areas=("plugin", "backups"), instead=_MANAGE_STORAGES),
    Need(*BACK_UP, "all backups", areas=("plugin", "backups"), instead=_MANAGE_STORAGES),
    Need(*SEE_SDN, "software-defined networks", areas=("sdn",)),
    Need(*SEE_CPU_MODELS, "custom CPU models", areas=("plugin", "cpu_models")),
)


def needs_of(areas: Areas, version: int) -> list[Need]:
    """Return what is needed for these areas on a major version of Proxmox VE."""
    return [need for need in NEEDS if areas.include(need.areas) and need.since <= version < need.until]
