"""Required privileges of the token on Proxmox, by area: those the collector proves its lists complete with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from proxbox_plan.collect.proxmox.privileges.effective import (
    ALLOCATE,
    ALLOCATE_SPACE,
    AUDIT_NODE,
    BACK_UP,
    SEE_ACCESS_LIST,
    SEE_BRIDGES,
    SEE_CPU_MODELS,
    SEE_GUESTS,
    SEE_POOLS,
    SEE_SDN,
    SEE_STORAGES,
    EffectivePrivileges,
)
from proxbox_plan.model.policy.areas import Areas
from proxbox_plan.model.state import Coverage


@dataclass(frozen=True)
class RequiredPrivilege:
    """One requirement: any of the privileges, on a whole tree or on one path."""

    tree: str
    privileges: frozenset[str]
    gives: str
    """What the token cannot view without it."""
    areas: tuple[str, ...] = ()
    """Required only when all of these are switched on."""
    instead: tuple[str, frozenset[str]] | None = None
    """A tree and privileges that make this requirement unnecessary."""
    vital: bool = True
    """Whether objects are not synced without it; otherwise only some values are missing."""
    since: int = 0
    until: int = 99
    """Major versions of Proxmox VE (first, and first without) that have this privilege."""
    alone: bool = False
    """Whether the path itself decides, not what is below."""

    @property
    def least(self) -> str:
        """The privilege that allows the least: a read-only one, if there is one."""
        return min(self.privileges, key=lambda name: (not name.endswith(".Audit"), name))

    def met(self, privileges: EffectivePrivileges) -> Coverage:
        """Return complete coverage when the token has it, else why not."""
        if self.instead is not None and (other := privileges.prove(*self.instead)).complete:
            return other
        return (privileges.holds if self.alone else privileges.prove)(self.tree, self.privileges)


_MANAGE_STORAGES = ("/storage", ALLOCATE)


def _of_agents(what: str, area: str) -> tuple[RequiredPrivilege, RequiredPrivilege]:
    """Return what it takes to ask guest agents: Proxmox VE 9 has a read-only privilege for it."""
    gives, areas = f"{what} that the guest agent reports", (area,)
    return (
        RequiredPrivilege("/vms", frozenset({"VM.GuestAgent.Audit"}), gives, areas, vital=False, since=9),
        RequiredPrivilege("/vms", frozenset({"VM.Monitor"}), gives, areas, vital=False, until=9),
    )


REQUIRED: Final = (
    RequiredPrivilege("/", AUDIT_NODE, "cluster, nodes and backup jobs", alone=True),
    RequiredPrivilege(*SEE_ACCESS_LIST, "the whole access list, which proves that nothing is hidden", alone=True),
    RequiredPrivilege(*SEE_GUESTS, "guests with their configuration"),
    RequiredPrivilege("/nodes", AUDIT_NODE, "version, processor, memory and tasks of nodes"),
    RequiredPrivilege(*SEE_POOLS, "the pools of guests", vital=False),
    RequiredPrivilege(*SEE_BRIDGES, "bridges of nodes", areas=("node_interfaces",)),
    *_of_agents("addresses", "addresses"),
    *_of_agents("operating systems", "guest_os"),
    *_of_agents("host names", "guest_hostname"),
    RequiredPrivilege(*SEE_STORAGES, "storages", areas=("plugin", "storages")),
    RequiredPrivilege("/storage", ALLOCATE_SPACE, "all backups", areas=("plugin", "backups"), instead=_MANAGE_STORAGES),
    RequiredPrivilege(*BACK_UP, "all backups", areas=("plugin", "backups"), instead=_MANAGE_STORAGES),
    RequiredPrivilege(*SEE_SDN, "software-defined networks", areas=("sdn",)),
    RequiredPrivilege(*SEE_CPU_MODELS, "custom CPU models", areas=("plugin", "cpu_models")),
)


def required_for(areas: Areas, version: int) -> list[RequiredPrivilege]:
    """Return the requirements of these areas on a major version of Proxmox VE."""
    return [
        required
        for required in REQUIRED
        if areas.include(required.areas) and required.since <= version < required.until
    ]
