"""Software-defined networking of a cluster."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from urllib.parse import urlsplit

from proxbox_plan.collect.proxmox.api_models.sdn import (
    ControllerRow,
    FabricNodeRow,
    FabricRow,
    IpamRow,
    PendingRow,
    PrefixEntryRow,
    PrefixListRow,
    RouteMapRow,
    SubnetRow,
    VnetRow,
    ZoneRow,
)
from proxbox_plan.collect.proxmox.gathering import MISSING, Gathering
from proxbox_plan.collect.proxmox.parse.grammar import GrammarError, parse_network, parse_options
from proxbox_plan.collect.proxmox.privileges.effective import (
    SEE_FABRIC_NODES,
    SEE_SDN,
    EffectivePrivileges,
)
from proxbox_plan.collect.proxmox.reading import Reader, wrong_shape
from proxbox_plan.collect.proxmox.version import is_older
from proxbox_plan.model.state import Coverage
from proxbox_plan.model.state.sdn import (
    PendingKind,
    Sdn,
    SdnController,
    SdnFabric,
    SdnIpam,
    SdnPending,
    SdnPrefixList,
    SdnRouteMap,
    SdnSubnet,
    SdnVnet,
    SdnZone,
)

SDN = ("cluster", "sdn")
FABRICS_SINCE = (9, 0)
ROUTE_MAPS_SINCE = (9, 2)
CONTROLLER_HAS = {"bgp": ("asn", "peers", "node"), "evpn": ("asn",)}
ZONE_HAS = {"evpn": ("controller", "vrf_vxlan"), "qinq": ("bridge", "tag"), "vlan": ("bridge",)}
"""Mandatory properties by type."""
BUILT_IN = "pve"
"""Name of the IPAM that is Proxmox's own; no other one can have it."""
MATCH_IP = ("ip-address-prefix-list", "ip6-address-prefix-list")


def read_sdn(reader: Reader, privileges: EffectivePrivileges, version: str) -> Sdn:
    """Read the SDN of a cluster; lists that its version does not have are empty."""
    gathering = Gathering(reader)
    gathering.note(privileges.prove(*SEE_SDN))
    controllers = gathering.rows(ControllerRow, _controller, *SDN, "controllers")
    zones = gathering.rows(ZoneRow, _zone, *SDN, "zones")
    gathering.named((zone.controller for zone in zones), {found.name for found in controllers}, *SDN, "controllers")
    fabrics = _fabrics(gathering, absent=is_older(version, FABRICS_SINCE))
    if fabrics:
        gathering.note(privileges.prove(*SEE_FABRIC_NODES))
    new = is_older(version, ROUTE_MAPS_SINCE)
    route_maps = gathering.rows(RouteMapRow, _route_map, *SDN, "route-maps", "entries", absent=new)
    vnets = _vnets(gathering)
    gathering.named((vnet.zone for vnet in vnets), {zone.name for zone in zones}, *SDN, "zones")
    prefixes = _prefix_lists(gathering, absent=new)
    pending, pending_coverage = _pending(reader, privileges)
    ipams, ipams_coverage = _ipams(reader, privileges, zones)
    return Sdn(
        controllers=gathering.distinct(controllers, lambda found: found.name, *SDN, "controllers"),
        zones=gathering.distinct(zones, lambda found: found.name, *SDN, "zones"),
        vnets=vnets,
        fabrics=fabrics,
        route_maps=gathering.distinct(route_maps, lambda found: (found.name, found.order), *SDN, "route-maps"),
        prefix_lists=prefixes,
        coverage=gathering.coverage,
        ipams=ipams,
        ipams_coverage=ipams_coverage,
        pending=pending,
        pending_coverage=pending_coverage,
    )


def _ipams(
    reader: Reader, privileges: EffectivePrivileges, zones: Sequence[SdnZone]
) -> tuple[tuple[SdnIpam, ...], Coverage]:
    """Read the IPAMs, if any zone has another one than Proxmox's own."""
    named = {zone.ipam for zone in zones} - {"", BUILT_IN}
    gathering = Gathering(reader)
    if named:
        gathering.note(privileges.prove(*SEE_SDN))
    found = gathering.rows(IpamRow, parse_ipam, *SDN, "ipams") if named else []
    gathering.named(named, {ipam.name for ipam in found}, *SDN, "ipams")
    return gathering.distinct(found, lambda ipam: ipam.name, *SDN, "ipams"), gathering.coverage


def parse_ipam(row: IpamRow) -> SdnIpam:
    """Return an IPAM; its URL keeps no user, password or query, which may be secrets, too."""
    try:
        parts = urlsplit(row.url)
        url = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}" if parts.netloc else ""
    except ValueError:
        raise GrammarError("the URL of an IPAM is not valid", row.ipam) from None
    return SdnIpam(name=row.ipam, type=row.type, url=url)


def _pending(reader: Reader, privileges: EffectivePrivileges) -> tuple[tuple[SdnPending, ...], Coverage]:
    """Read what is not applied. Only a list that is compared with what runs says so, and its values are what runs."""
    gathering = Gathering(reader)
    gathering.note(privileges.prove(*SEE_SDN))
    kinds: tuple[PendingKind, ...] = ("controller", "vnet", "zone")
    found = (item for kind in kinds for item in _compared(gathering, kind))
    return tuple(sorted(found, key=lambda item: (item.kind, item.name))), gathering.coverage


def _compared(gathering: Gathering, kind: PendingKind) -> list[SdnPending]:
    def make(row: PendingRow) -> SdnPending | None:
        name: str | None = getattr(row, kind)
        if not name:
            raise GrammarError(f"a row without {kind}", str(row.state))
        return SdnPending(kind=kind, name=name, state=row.state) if row.state else None

    return gathering.rows(PendingRow, make, *SDN, f"{kind}s", pending=1)


def _check(row: ControllerRow | ZoneRow, name: str, mandatory: Mapping[str, tuple[str, ...]]) -> None:
    """Raise GrammarError for a row without what is mandatory for its type."""
    lacking = [field for field in mandatory.get(row.type, ()) if getattr(row, field) in (None, "", ())]
    if lacking:
        raise GrammarError(f"{row.type} without {lacking[0]}", name)


def _controller(row: ControllerRow) -> SdnController:
    _check(row, row.controller, CONTROLLER_HAS)
    return SdnController(
        name=row.controller,
        type=row.type,
        asn=row.asn,
        peers=row.peers,
        nodes=row.nodes or ((row.node,) if row.node else ()),
        loopback=row.loopback,
    )


def _zone(row: ZoneRow) -> SdnZone:
    _check(row, row.zone, ZONE_HAS)
    return SdnZone.model_validate({"name": row.zone, **row.model_dump(exclude={"zone"})})


def _vnets(gathering: Gathering) -> tuple[SdnVnet, ...]:
    named = gathering.rows(VnetRow, lambda row: row, *SDN, "vnets")
    return tuple(_vnet(gathering, row) for row in gathering.distinct(named, lambda row: row.vnet, *SDN, "vnets"))


def _vnet(gathering: Gathering, row: VnetRow) -> SdnVnet:
    path = (*SDN, "vnets", row.vnet, "subnets")
    subnets = gathering.distinct(gathering.rows(SubnetRow, _subnet, *path), lambda subnet: subnet.id, *path)
    return SdnVnet.model_validate({"name": row.vnet, "subnets": subnets, **row.model_dump(exclude={"vnet"})})


def _subnet(row: SubnetRow) -> SdnSubnet:
    return SdnSubnet(id=row.subnet, cidr=parse_network(row.cidr), type=row.type, gateway=row.gateway, snat=row.snat)


def _fabrics(gathering: Gathering, *, absent: bool) -> tuple[SdnFabric, ...]:
    path = (*SDN, "fabrics", "all")
    data = gathering.get(*path, absent=absent)
    if data is MISSING:
        return ()
    if not isinstance(data, dict):
        gathering.note(wrong_shape("/" + "/".join(path), "not a table"))
        return ()
    members = gathering.made(FabricNodeRow, lambda row: row, data.get("nodes"), *path)

    def make(row: FabricRow) -> SdnFabric:
        nodes = sorted({member.node_id for member in members if member.fabric_id == row.id})
        return SdnFabric(name=row.id, protocol=row.protocol, asn=row.asn, nodes=tuple(nodes))

    found = gathering.made(FabricRow, make, data.get("fabrics"), *path)
    return gathering.distinct(found, lambda fabric: fabric.name, *path)


def _route_map(row: RouteMapRow) -> SdnRouteMap:
    matches = _settings(row.match)
    return SdnRouteMap(
        name=row.name,
        order=row.order,
        action=row.action,
        match_peer=matches.get("peer", ""),
        match_ip=" ".join(matches[key] for key in MATCH_IP if key in matches),
        set_community=_settings(row.set).get("community", ""),
    )


def _settings(lines: Iterable[str]) -> dict[str, str]:
    """Parse lines such as `key=peer,value=10.0.0.1`."""
    options = [parse_options(line) for line in lines]
    return {each["key"]: each.get("value", "") for each in options if "key" in each}


def _prefix_lists(gathering: Gathering, *, absent: bool) -> tuple[SdnPrefixList, ...]:
    path = (*SDN, "prefix-lists")
    named = gathering.rows(PrefixListRow, lambda row: row, *path, absent=absent)
    found: list[SdnPrefixList] = []
    for listed in gathering.distinct(named, lambda row: row.id, *path):

        def make(row: PrefixEntryRow, name: str = listed.id) -> SdnPrefixList:
            return SdnPrefixList(name=name, cidr=parse_network(row.prefix), action=row.action, le=row.le, ge=row.ge)

        found += gathering.rows(PrefixEntryRow, make, *path, listed.id, "entries")
    return gathering.distinct(
        found, lambda entry: (entry.name, entry.cidr, entry.action, entry.le or 0, entry.ge or 0), *path
    )
