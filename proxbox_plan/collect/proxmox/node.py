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
        gone = incomplete(Incomplete.NODE_OFFLINE, f"node {seen.name} is offline")
        unread = Ruleset(coverage=gone) if options.areas.firewall else None
        return node.replace(coverage=_offline(gone, options), firewall=unread)
    areas = options.areas
    status, status_coverage = _read_status(reader, seen.name)
    interfaces, network = read_network(reader, seen.name, privileges) if areas.node_interfaces else ((), NOT_READ)
    tasks, archive = (
        read_tasks(reader, seen.name, areas.tasks, options.now, privileges) if areas.tasks else ((), NOT_READ)
    )
    found = VERSION.search(status.pveversion or "")
    version = found[1] if found else None
    return node.replace(
        version=version,
        cpu_model=status.cpuinfo.model,
        cpus=status.cpuinfo.cpus,
        memory_mib=status.memory.total // MIB if status.memory.total else None,
        interfaces=interfaces,
        location=_read_location(reader, seen.name, version or options.version),
        tasks=tasks,
        firewall=read_node_firewall(reader, seen.name) if areas.firewall else None,
        coverage=NodeCoverage(status=status_coverage, network=network, tasks=archive),
    )


def _offline(gone: Coverage, options: CollectOptions) -> NodeCoverage:
    return NodeCoverage(
        status=gone,
        network=gone if options.areas.node_interfaces else NOT_READ,
        tasks=gone if options.areas.tasks else NOT_READ,
    )


def _read_status(reader: Reader, node: str) -> tuple[NodeStatus, Coverage]:
    try:
        data = reader.get(api_path("nodes", node, "status"))
    except ProxmoxReadError as error:
        return NodeStatus(), incomplete_because(error)
    try:
        return read_one(NodeStatus, data), COMPLETE
    except WrongShapeError as error:
        return NodeStatus(), wrong_shape(f"/nodes/{node}/status", str(error))


def _read_location(reader: Reader, node: str, version: str) -> str:
    """Return the location of a node; it is optional, and nothing depends on it."""
    if is_older(version, LOCATION_SINCE):
        return ""
    try:
        return read_one(NodeConfig, reader.get(api_path("nodes", node, "config"))).location
    except (ProxmoxReadError, WrongShapeError):
        return ""
