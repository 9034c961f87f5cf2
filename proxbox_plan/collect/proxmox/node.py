"""Read one node: its version, capacity, location, network, tasks and firewall."""

from __future__ import annotations

import re

from proxbox_plan.clients.proxmox.client import ProxmoxReadError, api_path
from proxbox_plan.collect.proxmox.api_models.answer import WrongShapeError, read_one
from proxbox_plan.collect.proxmox.api_models.cluster import NodeConfig, NodeStatus
from proxbox_plan.collect.proxmox.firewall import read_node_firewall
from proxbox_plan.collect.proxmox.membership import ListedNode
from proxbox_plan.collect.proxmox.node_network import read_network
from proxbox_plan.collect.proxmox.options import CollectOptions
from proxbox_plan.collect.proxmox.privileges.effective import EffectivePrivileges
from proxbox_plan.collect.proxmox.reading import Reader, incomplete, incomplete_because, wrong_shape
from proxbox_plan.collect.proxmox.tasks import read_tasks
from proxbox_plan.collect.proxmox.version import is_older
from proxbox_plan.model.state import COMPLETE, NOT_READ, Coverage, Incomplete, Node, NodeCoverage
from proxbox_plan.model.state.coverage import first_incomplete
from proxbox_plan.model.state.firewall import Ruleset

MIB = 1024**2
VERSION = re.compile(r"pve-manager/([^/\s]+)")
LOCATION_SINCE = (9, 2)


def collect_node(reader: Reader, seen: ListedNode, privileges: EffectivePrivileges, options: CollectOptions) -> Node:
    """Read one node; nothing is requested from one that is known to be offline."""
    node = Node(
        name=seen.name,
        online=seen.online,
        address=seen.address,
        id=seen.id,
        support_level=seen.support_level,
        ssl_fingerprint=seen.ssl_fingerprint,
    )
    if not seen.online:
        gone = first_incomplete(seen.membership, incomplete(Incomplete.NODE_OFFLINE, f"node {seen.name} is offline"))
        unread = Ruleset(coverage=gone) if options.areas.firewall else None
        return node.replace(coverage=_offline(seen, gone, options), firewall=unread)
    areas = options.areas
    status, status_coverage = _read_status(reader, seen.name)
    interfaces, network = read_network(reader, seen.name, privileges) if areas.node_interfaces else ((), NOT_READ)
    tasks, archive = (
        read_tasks(reader, seen.name, areas.tasks, options.now, privileges) if areas.tasks else ((), NOT_READ)
    )
    found = VERSION.search(status.pveversion if status else "")
    version = found[1] if found else None
    settings, config = _read_config(reader, seen.name, version or options.version, asked=areas.notes)
    return node.replace(
        version=version,
        cpu_model=status.cpuinfo.model if status else None,
        cpus=status.cpuinfo.cpus if status else None,
        memory_mib=status.memory.total // MIB if status else None,
        interfaces=interfaces,
        location=settings.location,
        description=settings.description.rstrip() if areas.notes else "",
        tasks=tasks,
        firewall=read_node_firewall(reader, seen.name) if areas.firewall else None,
        coverage=NodeCoverage(
            membership=seen.membership,
            listing=seen.listing,
            status=status_coverage,
            config=config,
            network=network,
            tasks=archive,
            notes=config if areas.notes else NOT_READ,
        ),
    )


def _offline(seen: ListedNode, gone: Coverage, options: CollectOptions) -> NodeCoverage:
    return NodeCoverage(
        membership=seen.membership,
        listing=seen.listing,
        status=gone,
        config=gone,
        network=gone if options.areas.node_interfaces else NOT_READ,
        tasks=gone if options.areas.tasks else NOT_READ,
        notes=gone if options.areas.notes else NOT_READ,
    )


def _read_status(reader: Reader, node: str) -> tuple[NodeStatus | None, Coverage]:
    try:
        data = reader.get(api_path("nodes", node, "status"))
    except ProxmoxReadError as error:
        return None, incomplete_because(error)
    try:
        return read_one(NodeStatus, data), COMPLETE
    except WrongShapeError as error:
        return None, wrong_shape(f"/nodes/{node}/status", str(error))


def _read_config(reader: Reader, node: str, version: str, *, asked: bool) -> tuple[NodeConfig, Coverage]:
    """Return the configuration of a node: where it has a location, or is asked for its note."""
    if is_older(version, LOCATION_SINCE) and not asked:
        return NodeConfig(), COMPLETE
    try:
        return read_one(NodeConfig, reader.get(api_path("nodes", node, "config"))), COMPLETE
    except ProxmoxReadError as error:
        return NodeConfig(), incomplete_because(error)
    except WrongShapeError as error:
        return NodeConfig(), wrong_shape(f"/nodes/{node}/config", str(error))
