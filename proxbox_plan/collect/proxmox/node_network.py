"""The network configuration of one node."""

from __future__ import annotations

import re
from typing import Any

from proxbox_plan.clients.proxmox.client import ProxmoxReadError, api_path
from proxbox_plan.collect.proxmox.api_models.answer import read_rows
from proxbox_plan.collect.proxmox.api_models.cluster import InterfaceRow
from proxbox_plan.collect.proxmox.parse.grammar import (
    GrammarError,
    parse_address,
    parse_gateway,
    parse_mac,
    parse_names,
)
from proxbox_plan.collect.proxmox.parse.nic import FIRST_VLAN, LAST_VLAN, parse_trunks
from proxbox_plan.collect.proxmox.privileges.effective import SEE_BRIDGES, EffectivePrivileges
from proxbox_plan.collect.proxmox.reading import Reader, incomplete_because, wrong_shape
from proxbox_plan.model.state import Coverage, NodeInterface

LEAST_MTU, MOST_MTU = 1, 65536
VLAN_NAME = re.compile(r"(?P<device>.+)\.(?P<vlan>\d{1,4})", re.ASCII)
HARDWARE_ADDRESS = re.compile(r"hwaddress (?:ether )?([0-9A-Fa-f:]{17})", re.ASCII)
OVS_TRUNKS = re.compile(r"(?:^|\s)trunks=(\S*)", re.ASCII)


def read_network(
    reader: Reader, node: str, privileges: EffectivePrivileges
) -> tuple[tuple[NodeInterface, ...], Coverage]:
    """Read /nodes/N/network."""
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
        problem = problem or "duplicate entry of an interface"
    if not rows:
        problem = problem or "no interfaces"
    coverage = wrong_shape(path, problem) if problem else privileges.prove(*SEE_BRIDGES)
    return tuple(sorted(interfaces, key=lambda interface: (interface.name, interface.type))), coverage


def read_interface(row: InterfaceRow) -> tuple[NodeInterface, str]:
    """Return one interface, and what is wrong with it (empty: nothing)."""
    addresses, gateways, problem = _addresses(row)
    named = VLAN_NAME.fullmatch(row.iface) if row.type == "vlan" else None
    device = row.vlan_raw_device or (named["device"] if named else None)
    vlan = row.vlan_id or row.ovs_tag or (int(named["vlan"]) if named else None)
    if vlan is not None and not FIRST_VLAN <= vlan <= LAST_VLAN:
        vlan, problem = None, problem or f"{row.iface}: {vlan} is not a VLAN id"
    if row.type == "vlan" and (vlan is None or device is None):
        problem = problem or f"{row.iface}: a VLAN without its id or its interface"
    mtu = row.mtu
    if mtu is not None and not LEAST_MTU <= mtu <= MOST_MTU:
        mtu, problem = None, problem or f"{row.iface}: {mtu} is not an MTU"
    mac: str | None = None
    trunks: tuple[tuple[int, int], ...] = ()
    try:
        mac, trunks = _mac(row), _trunks(row)
    except GrammarError as error:
        problem = problem or f"{row.iface}: {error}"
    if row.type == "OVSBond" and not row.ovs_bonds:
        problem = problem or f"{row.iface}: a bond without members"
    interface = NodeInterface(
        name=row.iface,
        type=row.type,
        active=row.active,
        mtu=mtu,
        mac=mac,
        altnames=tuple(sorted(row.altnames)),
        ports=parse_names(f"{row.bridge_ports or ''} {row.ovs_ports or ''}"),
        slaves=parse_names(f"{row.slaves or ''} {row.ovs_bonds or ''}"),
        vlan_id=vlan,
        vlan_raw_device=device,
        trunks=trunks,
        vlan_aware=row.bridge_vlan_aware,
        ovs_bridge=row.ovs_bridge,
        addresses=addresses,
        gateways=gateways,
        comments=(row.comments or "").rstrip(),
    )
    return interface, problem


def _mac(row: InterfaceRow) -> str | None:
    """Return the MAC address the configuration sets; Proxmox does not report the card's own."""
    if row.hwaddr is not None:
        return parse_mac(row.hwaddr)
    set_by = (HARDWARE_ADDRESS.fullmatch(option) for option in row.options)
    return next((parse_mac(found[1]) for found in set_by if found is not None), None)


def _trunks(row: InterfaceRow) -> tuple[tuple[int, int], ...]:
    of_port = OVS_TRUNKS.search(row.ovs_options or "")
    return parse_trunks(row.bridge_vids or (of_port[1] if of_port else ""))


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
