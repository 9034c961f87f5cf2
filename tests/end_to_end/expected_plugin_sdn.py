"""What NetBox must say of a cluster's software-defined networks, worked out from Proxmox's raw answers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from tests.end_to_end.expected import Facts, Source
from tests.end_to_end.expected_plugin_guests import cluster_name, options

_L2VPN = {"vxlan": "vxlan", "evpn": "vxlan-evpn"}
_STATUS = {"new": "planned", "changed": "planned", "deleted": "decommissioning"}
_KNOWN_FABRICS = {"wireguard", "bgp", "vxlan", "ospf"}


def _everywhere(source: Source) -> dict[str, Any]:
    return {"endpoint": "lab/endpoint", "cluster_name": cluster_name(source), "status": "active"}


def _names(value: str) -> list[str]:
    return sorted(name for name in re.split(r"[,\s]+", value) if name)


def _zones(source: Source) -> dict[str, dict[str, Any]]:
    return {row["zone"]: row for row in source.data("/cluster/sdn/zones")}


def controllers(source: Source) -> Facts:
    """SDN controllers."""
    return {
        f"lab/sdn/controller/{row['controller']}": {
            **_everywhere(source),
            "controller_name": row["controller"],
            "controller_type": row["type"],
            "asn": row.get("asn"),
            "peers": _names(row.get("peers", "")),
            "loopback": row.get("loopback", ""),
            "nodes": _names(row.get("nodes") or row.get("node", "")),
            "state": row.get("state", ""),
        }
        for row in source.data("/cluster/sdn/controllers")
    }


def zones(source: Source) -> Facts:
    """SDN zones."""
    return {
        f"lab/sdn/zone/{name}": {
            **_everywhere(source),
            "zone_name": name,
            "zone_type": row["type"],
            "tag": row.get("tag"),
            "controller": row.get("controller", ""),
            "vrf_vxlan": row.get("vrf-vxlan"),
            "mtu": row.get("mtu"),
            "dns": row.get("dns", ""),
            "ipam": row.get("ipam", ""),
            "state": row.get("state", ""),
            "rt_import": _names(row.get("rt-import", "")),
        }
        for name, row in _zones(source).items()
    }


def _place_of(vnet: dict[str, Any], kind: str) -> str | None:
    """Return the key of the L2VPN or VLAN a vnet is in NetBox."""
    if kind in _L2VPN:
        return f"lab/sdn/vnet/{vnet['vnet']}"
    return f"lab/vlan/{vnet['tag']}" if kind in ("vlan", "qinq") and "tag" in vnet else None


def vnets(source: Source) -> Facts:
    """SDN vnets."""
    kinds = {name: row["type"] for name, row in _zones(source).items()}
    return {
        f"lab/sdn/vnet/{row['vnet']}": {
            **_everywhere(source),
            "zone_name": row["zone"],
            "vnet_name": row["vnet"],
            "vnet_type": row["type"],
            "tag": row.get("tag"),
            "alias": row.get("alias", ""),
            "vlanaware": bool(row.get("vlanaware")),
            "l2vpn": _place_of(row, kinds[row["zone"]]) if kinds[row["zone"]] in _L2VPN else None,
            "state": row.get("state", ""),
        }
        for row in source.data("/cluster/sdn/vnets")
    }


def bindings(source: Source) -> Facts:
    """What connects a vnet with its L2VPN or VLAN."""
    kinds = {name: row["type"] for name, row in _zones(source).items()}
    found: Facts = {}
    for row in source.data("/cluster/sdn/vnets"):
        target = _place_of(row, kinds[row["zone"]])
        if target is not None:
            found[f"lab/sdn/binding/{row['vnet']}"] = {
                **_everywhere(source),
                "source_type": "vnet",
                "source_name": f"{row['zone']}/{row['vnet']}",
                "zone_name": row["zone"],
                "vnet_name": row["vnet"],
                "target": target,
            }
    return found


def _subnets(source: Source) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    for vnet in source.data("/cluster/sdn/vnets"):
        for row in source.data(f"/cluster/sdn/vnets/{vnet['vnet']}/subnets"):
            yield vnet, row


def _prefix_key(source: Source, vnet: dict[str, Any], row: dict[str, Any]) -> str:
    """Key of a subnet's prefix: one for a network and VRF, whatever uses it."""
    is_evpn = _zones(source)[vnet["zone"]]["type"] == "evpn"
    return f"lab/prefix/{row['cidr']}" + (f"@Proxmox lab {vnet['zone']}" if is_evpn else "")


def subnets(source: Source) -> Facts:
    """SDN subnets."""
    return {
        f"lab/sdn/subnet/{vnet['vnet']}/{row['subnet']}": {
            **_everywhere(source),
            "zone_name": vnet["zone"],
            "vnet_name": vnet["vnet"],
            "subnet": row["subnet"],
            "subnet_type": row["type"],
            "gateway": row.get("gateway", ""),
            "snat": bool(row.get("snat")),
            "prefix": _prefix_key(source, vnet, row),
        }
        for vnet, row in _subnets(source)
    }


def prefixes(source: Source) -> Facts:
    """NetBox's own prefixes of the subnets; those of an EVPN zone are in its VRF."""
    found: Facts = {}
    known = _zones(source)
    for vnet, row in _subnets(source):
        kind = known[vnet["zone"]]["type"]
        found[_prefix_key(source, vnet, row)] = {
            "prefix": row["cidr"],
            "vrf": f"lab/sdn/zone/{vnet['zone']}/vrf" if kind == "evpn" else None,
            "vlan": _place_of(vnet, kind) if kind in ("vlan", "qinq") else None,
            "status": "active",
            "description": f"Proxmox SDN {vnet['zone']}/{vnet['vnet']}",
        }
    return found


def vrfs(source: Source) -> Facts:
    """VRFs of the EVPN zones that have a subnet."""
    used = {vnet["zone"] for vnet, _ in _subnets(source)}
    return {
        f"lab/sdn/zone/{name}/vrf": {
            "name": f"Proxmox lab {name}",
            "import_targets": _names(row.get("rt-import", "")),
            "description": f"EVPN zone, VNI {row['vrf-vxlan']}",
        }
        for name, row in _zones(source).items()
        if row["type"] == "evpn" and name in used
    }


def l2vpns(source: Source) -> Facts:
    """L2VPNs of the vnets in VXLAN and EVPN zones."""
    known = _zones(source)
    return {
        f"lab/sdn/vnet/{row['vnet']}": {
            "name": f"Proxmox lab {row['zone']} {row['vnet']}",
            "slug": f"proxmox-lab-{row['zone']}-{row['vnet']}",
            "type": _L2VPN[known[row["zone"]]["type"]],
            "identifier": row["tag"],
            "status": _STATUS.get(row.get("state", ""), "active"),
            "description": row.get("alias", ""),
            "import_targets": _names(known[row["zone"]].get("rt-import", "")),
        }
        for row in source.data("/cluster/sdn/vnets")
        if known[row["zone"]]["type"] in _L2VPN
    }


def fabrics(source: Source) -> Facts:
    """Fabrics of the protocols that the plugin has a word for; versions before 9 have none."""
    answer = source.data("/cluster/sdn/fabrics/all") or {"fabrics": [], "nodes": []}
    return {
        f"lab/sdn/fabric/{row['id']}": {
            **_everywhere(source),
            "fabric_name": row["id"],
            "fabric_type": row["protocol"],
            "asn": row.get("asn"),
            "peers": sorted(node["node_id"] for node in answer["nodes"] if node["fabric_id"] == row["id"]),
        }
        for row in answer["fabrics"]
        if row["protocol"] in _KNOWN_FABRICS
    }


def route_maps(source: Source) -> Facts:
    """Entries of route maps."""
    found: Facts = {}
    for row in source.data("/cluster/sdn/route-maps/entries") or ():
        lines = [options(line) for line in row["match"]]
        matches = {line["key"]: line["value"] for line in lines}
        sets = {line["key"]: line["value"] for line in map(options, row["set"])}
        found[f"lab/sdn/route-map/{row['route-map-id']}/{row['order']}"] = {
            **_everywhere(source),
            "name": row["route-map-id"],
            "order": row["order"],
            "action": row["action"],
            "match_peer": matches.get("peer", ""),
            "match_ip": matches.get("ip-address-prefix-list", ""),
            "set_community": sets.get("community", ""),
        }
    return found


def prefix_lists(source: Source) -> Facts:
    """Entries of prefix lists."""
    return {
        f"lab/sdn/prefix-list/{listed['id']}/{row['prefix']}": {
            **_everywhere(source),
            "name": listed["id"],
            "cidr": row["prefix"],
            "action": row["action"],
            "le": row.get("le"),
            "ge": row.get("ge"),
        }
        for listed in source.data("/cluster/sdn/prefix-lists") or ()
        for row in source.data(f"/cluster/sdn/prefix-lists/{listed['id']}/entries")
    }
