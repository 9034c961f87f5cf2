"""The VLAN that a guest's NIC is in: by its tag, by the VLAN port of its bridge, or by its SDN vnet."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from proxbox_plan.model.state.coverage import COMPLETE, NOT_READ, Coverage, first_incomplete
from proxbox_plan.model.state.sdn import Sdn, SdnVnet, SdnZone
from proxbox_plan.model.state.state import Cluster, Guest, GuestNic, Node, NodeInterface

LAST_VLAN: Final = 4094
_PORT: Final = re.compile(r".+\.(\d{1,4})", re.ASCII)  # eno1.20
_TAGGED_BRIDGE: Final = re.compile(r"vmbr\d+v(\d{1,4})", re.ASCII)  # vmbr0v20, as Proxmox calls it


class Segment(NamedTuple):
    """What a bridge or a vnet makes of the frames of its guests."""

    vid: int | None = None
    """VLAN of frames without a tag; null: they stay without one."""
    service: int | None = None
    """Service VLAN (Q-in-Q) around that one."""


class NicVlan(NamedTuple):
    """The VLAN of a NIC's untagged frames."""

    vid: int | None
    """Null for none."""
    service: int | None = None
    """Service VLAN (Q-in-Q) around it; null for a VLAN of the cluster's own network."""
    trunk_service: int | None = None
    """Service VLAN around its tagged VLANs."""
    is_full: bool = False
    """Nothing more can be told: the vnet has two levels, and NetBox no third."""


NOWHERE: Final = Segment()


class UntaggedVlan(NamedTuple):
    """The VLAN of a NIC's untagged frames, by its id alone."""

    vid: int | None
    """Null for none."""
    coverage: Coverage
    """Whether that is so: of what is not requested nothing is missing."""


class GuestVlans(NamedTuple):
    """The VLANs of the untagged frames of a guest's NICs."""

    vids: tuple[int, ...]
    coverage: Coverage
    """Whether that is all: of what is not requested nothing is missing."""


class Wiring:
    """The bridges and vnets of one cluster, each looked at once."""

    def __init__(self, cluster: Cluster) -> None:
        """Look at nothing yet."""
        self._cluster = cluster
        self._segments: dict[tuple[str, str | None], Segment | Coverage] = {}

    def segment(self, node: str, bridge: str | None) -> Segment | Coverage:
        """Return what a bridge of a node, or a vnet, makes of frames; its coverage where that is not known."""
        place = node, bridge
        if place not in self._segments:
            self._segments[place] = segment_of(self._cluster, node, bridge)
        return self._segments[place]

    def vlans_of(self, guest: Guest) -> GuestVlans:
        """Return the VLANs of a guest's NICs."""
        found = [self.untagged(guest.node, nic) for nic in guest.nics]
        vids = dict.fromkeys(one.vid for one in found if one.vid is not None)
        return GuestVlans(tuple(vids), first_incomplete(*(one.coverage for one in found)))

    def untagged(self, node: str, nic: GuestNic) -> UntaggedVlan:
        """Return the VLAN of a NIC of a guest on a node; its tag counts whatever its bridge is.

        Not in a vnet of a Q-in-Q zone, which is in two VLANs already: what may be one leaves that open.
        """
        segment = self.segment(node, nic.bridge)
        if isinstance(segment, Segment):
            return UntaggedVlan(vlan_of(segment, nic).vid, COMPLETE)
        sdn = self._cluster.sdn
        doubt = segment if nic.tag is None else sdn.coverage if sdn is not None else NOT_READ
        return UntaggedVlan(nic.tag, COMPLETE if doubt == NOT_READ else doubt)

    def vnet(self, name: str | None) -> SdnVnet | None:
        """Return the vnet that a NIC is on; null for a bridge."""
        return _vnet(self._cluster.sdn or Sdn(), name)


def segment_of(cluster: Cluster, node: str, bridge: str | None) -> Segment | Coverage:
    """Return what a bridge of a node, or a vnet, makes of frames; its coverage where that is not known."""
    if bridge is None:
        return NOWHERE
    sdn = cluster.sdn or Sdn()
    vnet = _vnet(sdn, bridge)
    zone = next((item for item in sdn.zones if vnet is not None and item.name == vnet.zone), None)
    if vnet is not None and zone is not None:
        return of_vnet(zone, vnet)
    host = next((item for item in cluster.nodes if item.name == node), None)
    found = _bridge(host, bridge)
    if found is not None and host is not None:
        return _of_ports(host, found)
    if named := _TAGGED_BRIDGE.fullmatch(bridge):
        return Segment(_vid(named[1]))
    network = host.coverage.network if host is not None else NOT_READ
    source = first_incomplete(network, sdn.coverage)
    return NOWHERE if source.complete else source


def of_vnet(zone: SdnZone, vnet: SdnVnet) -> Segment:
    """Return the VLAN of a vnet; vxlan, evpn and simple zones have none."""
    if vnet.tag is None or vnet.tag > LAST_VLAN or zone.type not in ("vlan", "qinq"):
        return NOWHERE
    return Segment(vnet.tag, zone.tag if zone.type == "qinq" else None)


def vlan_of(segment: Segment, nic: GuestNic) -> NicVlan:
    """Return the VLAN of a NIC on a bridge or vnet: a tag inside of a VLAN makes that one a service VLAN."""
    if segment.service is not None:
        return NicVlan(segment.vid, segment.service, is_full=True)
    if nic.tag is not None:
        return NicVlan(nic.tag, segment.vid, segment.vid)
    return NicVlan(segment.vid, None, segment.vid)


def of_interface(node: Node, interface: NodeInterface) -> int | None:
    """Return the VLAN id of an interface of a node: its own, or that of all ports of a bridge."""
    return interface.vlan_id or _of_ports(node, interface).vid


def _vnet(sdn: Sdn, name: str | None) -> SdnVnet | None:
    return next((item for item in sdn.vnets if item.name == name), None)


def _bridge(node: Node | None, name: str) -> NodeInterface | None:
    return next((item for item in node.interfaces if item.name == name), None) if node is not None else None


def _of_ports(node: Node, bridge: NodeInterface) -> Segment:
    """Return the VLAN that all ports of a bridge are in; a bridge with other ports, too, is in none."""
    tags = {_tag_of(node, port) for port in bridge.ports} if bridge.type == "bridge" else set()
    return Segment(tags.pop()) if len(tags) == 1 else NOWHERE


def _tag_of(node: Node, port: str) -> int | None:
    """Return the VLAN of a port: of its interface, or of its name where the node makes it when it is needed."""
    known = _bridge(node, port)
    if known is not None:
        return known.vlan_id if known.type == "vlan" else None
    named = _PORT.fullmatch(port)
    return _vid(named[1]) if named else None


def _vid(text: str) -> int | None:
    return number if 0 < (number := int(text)) <= LAST_VLAN else None
