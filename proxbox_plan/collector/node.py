"""One node: its version, its capacity, its network."""

from __future__ import annotations

import re
from typing import Any

from proxbox_plan.clients.proxmox import ProxmoxReadError, api_path
from proxbox_plan.collector.answers import InterfaceRow, NodeStatus, WrongShapeError, read_one, read_rows
from proxbox_plan.collector.cluster import NodeSeen
from proxbox_plan.collector.grammar import (
    GrammarError,
    parse_address,
    parse_gateway,
    parse_mac,
    parse_names,
)
from proxbox_plan.collector.grammar_nic import FIRST_VLAN, LAST_VLAN
from proxbox_plan.collector.reading import Reader, incomplete, incomplete_because, wrong_shape
from proxbox_plan.collector.rights import SEE_BRIDGES, Rights
from proxbox_plan.model.state import COMPLETE, Coverage, Gap, Node, NodeCoverage, NodeInterface

MIB = 1024**2
LEAST_MTU, MOST_MTU = 1, 65536
VERSION = re.compile(r"pve-manager/([^/\s]+)")
VLAN_NAME = re.compile(r"(?P<device>.+)\.(?P<vlan>\d{1,4})", re.ASCII)


def collect_node(reader: Reader, seen: NodeSeen, rights: Rights) -> Node:
    """Read one node; one that is known to be offline is not asked anything."""
    if not seen.online:
        gone = incomplete(Gap.NODE_OFFLINE, f"node {seen.name} is offline")
        return Node(
            name=seen.name, online=False, address=seen.address, coverage=NodeCoverage(status=gone, network=gone)
        )
    status, status_coverage = _read_status(reader, seen.name)
    interfaces, network_coverage = _read_network(reader, seen.name, rights)
    found = VERSION.search(status.pveversion or "")
    return Node(
        name=seen.name,
        online=True,
        address=seen.address,
        version=found[1] if found else None,
        cpu_model=status.cpuinfo.model,
        cpus=status.cpuinfo.cpus,
        memory_mib=status.memory.total // MIB if status.memory.total else None,
        interfaces=interfaces,
        coverage=NodeCoverage(status=status_coverage, network=network_coverage),
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


def _read_network(reader: Reader, node: str, rights: Rights) -> tuple[tuple[NodeInterface, ...], Coverage]:
    path = f"/nodes/{node}/network"
    try:
        data: Any = reader.get(api_path("nodes", node, "network"))
    except ProxmoxReadError as error:
        return (), incomplete_because(error)
    rows, problem = read_rows(InterfaceRow, data)
    interfaces = []
    for row in rows:
        interface, found = read_interface(row)
        interfaces.append(interface)
        problem = problem or found
    if len({interface.name for interface in interfaces}) != len(interfaces):
        problem = problem or "one interface stands there twice"
    coverage = wrong_shape(path, problem) if problem else rights.prove(*SEE_BRIDGES)
    return tuple(sorted(interfaces, key=lambda interface: (interface.name, interface.type))), coverage


def read_interface(row: InterfaceRow) -> tuple[NodeInterface, str]:
    """Read one interface, and say what was wrong with it (empty: nothing)."""
    addresses, gateways, problem = _addresses(row)
    named = VLAN_NAME.fullmatch(row.iface) if row.type == "vlan" else None
    device = row.vlan_raw_device or (named["device"] if named else None)
    vlan = row.vlan_id or row.ovs_tag or (int(named["vlan"]) if named else None)
    if vlan is not None and not FIRST_VLAN <= vlan <= LAST_VLAN:
        vlan, problem = None, problem or f"{row.iface}: {vlan} is no VLAN id"
    mtu = row.mtu
    if mtu is not None and not LEAST_MTU <= mtu <= MOST_MTU:
        mtu, problem = None, problem or f"{row.iface}: {mtu} is no MTU"
    mac = row.hwaddr
    if mac is not None:
        try:
            mac = parse_mac(mac)
        except GrammarError as error:
            mac, problem = None, problem or f"{row.iface}: {error}"
    interface = NodeInterface(
        name=row.iface,
        type=row.type,
        active=row.active,
        mtu=mtu,
        mac=mac,
        ports=parse_names(f"{row.bridge_ports or ''} {row.ovs_ports or ''}"),
        slaves=parse_names(f"{row.slaves or ''} {row.ovs_bonds or ''}"),
        vlan_id=vlan,
        vlan_raw_device=device,
        vlan_aware=row.bridge_vlan_aware,
        ovs_bridge=row.ovs_bridge,
        addresses=addresses,
        gateways=gateways,
        comments=(row.comments or "").rstrip(),
    )
    return interface, problem


def _addresses(row: InterfaceRow) -> tuple[tuple[str, ...], tuple[str, ...], str]:
    found, gateways, problem = set(), set(), ""
    pairs = ((row.cidr, row.address, row.netmask), (row.cidr6, row.address6, row.netmask6))
    try:
        for cidr, address, mask in pairs:
            if cidr:
                found.add(parse_address(cidr))
            elif address:
                found.add(parse_address(address, mask))
        gateways = {parse_gateway(gateway) for gateway in (row.gateway, row.gateway6) if gateway}
    except GrammarError as error:
        problem = f"{row.iface}: {error}"
    return tuple(sorted(found)), tuple(sorted(gateways)), problem
