"""The firewall and the software-defined networks of a generated cluster: rows as Proxmox writes them, in tables."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

ApiRow = dict[str, Any]


@dataclass(frozen=True)
class DemoFirewall:
    """The firewall of the datacenter, a node or a guest."""

    rules: tuple[ApiRow, ...] = ()
    """In order, without `pos`, which follows from the order."""
    options: ApiRow = field(default_factory=dict)
    ipsets: dict[str, tuple[ApiRow, ...]] = field(default_factory=dict)
    aliases: dict[str, str] = field(default_factory=dict)
    groups: dict[str, tuple[ApiRow, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class DemoSdn:
    """Software-defined networking."""

    controllers: dict[str, ApiRow] = field(default_factory=dict)
    zones: dict[str, ApiRow] = field(default_factory=dict)
    vnets: dict[str, ApiRow] = field(default_factory=dict)
    subnets: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Networks by vnet."""
    ipams: dict[str, ApiRow] = field(default_factory=dict)
    """Beside Proxmox's own, with their tokens: Proxmox returns them in clear."""
    fabrics: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Nodes of the OpenFabric fabrics."""
    route_maps: tuple[ApiRow, ...] = ()
    prefix_lists: dict[str, tuple[ApiRow, ...]] = field(default_factory=dict)
