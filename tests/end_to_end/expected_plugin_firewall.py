"""What NetBox must say of a cluster's firewall, worked out from Proxmox's raw answers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.end_to_end.expected import Facts, Source

_RULE = ("macro", "iface", "source", "dest", "proto", "dport", "sport", "icmp_type")
_OPTIONS = {"digest", "enable", "policy_in", "policy_out"}
Place = tuple[str, str, str, str | None, str | None]


def _places(source: Source) -> Iterator[Place]:
    """Yield (path, key, zone, node, machine) of every firewall."""
    yield "/cluster/firewall", "lab/firewall", "datacenter", None, None
    for name, online in source.nodes().items():
        if online:
            key = f"lab/node/{name}/firewall"
            yield f"/nodes/{name}/firewall", key, "node", f"lab/proxmox-node/{name}", None
    for key, row, _ in source.guests():
        path = f"/nodes/{row['node']}/{row['type']}/{row['vmid']}/firewall"
        yield path, f"{key}/firewall", f"vm_{row['type']}", None, key


def _about(place: Place, zone: str = "scope") -> dict[str, Any]:
    own = {"endpoint": "lab/endpoint", "virtual_machine": place[4], "status": "active", zone: place[2]}
    return own if zone == "scope" else {**own, "proxmox_node": place[3]}


def security_groups(source: Source) -> Facts:
    """Security groups, with their rules beside what has a column."""
    found: Facts = {}
    for row in source.data("/cluster/firewall/groups"):
        rules = []
        for rule in source.data(f"/cluster/firewall/groups/{row['group']}"):
            said = {name: rule.get(name.replace("_", "-"), "") for name in (*_RULE, "action", "comment", "log", "type")}
            words = {name: text for name, text in said.items() if text}
            rules.append({"enable": bool(rule.get("enable", 1)), "pos": rule["pos"], **words})
        found[f"lab/firewall/group/{row['group']}"] = {
            "endpoint": "lab/endpoint",
            "name": row["group"],
            "comment": row.get("comment", ""),
            "raw_config": {"rules": rules},
            "status": "active",
        }
    return found


def rules(source: Source) -> Facts:
    """Rules of every place."""
    return {
        f"{place[1]}/rule/{row['pos']}": {
            **_about(place, "zone"),
            "pos": row["pos"],
            "rule_type": row["type"],
            "action": row["action"],
            "enable": bool(row.get("enable", 1)),
            "log": row.get("log"),
            "comment": row.get("comment", ""),
            **{name: row.get(name.replace("_", "-"), "") for name in _RULE},
        }
        for place in _places(source)
        for row in source.data(f"{place[0]}/rules")
    }


def ipsets(source: Source) -> Facts:
    """IP sets, with their entries; nodes have none."""
    found: Facts = {}
    for place in _places(source):
        for row in source.data(f"{place[0]}/ipset") if place[2] != "node" else ():
            entries = [
                {
                    "cidr": entry["cidr"],
                    "nomatch": bool(entry.get("nomatch")),
                    **({"comment": entry["comment"]} if "comment" in entry else {}),
                }
                for entry in source.data(f"{place[0]}/ipset/{row['name']}")
            ]
            entries.sort(key=lambda entry: str(entry["cidr"]))
            own = {"name": row["name"], "comment": row.get("comment", ""), "raw_config": {"entries": entries}}
            found[f"{place[1]}/ipset/{row['name']}"] = {**_about(place), **own}
    return found


def aliases(source: Source) -> Facts:
    """Aliases; nodes have none."""
    found: Facts = {}
    for place in _places(source):
        for row in source.data(f"{place[0]}/aliases") if place[2] != "node" else ():
            own = {"name": row["name"], "cidr": row["cidr"], "comment": row.get("comment", "")}
            found[f"{place[1]}/alias/{row['name']}"] = {**_about(place), **own}
    return found


def firewall_options(source: Source) -> Facts:
    """Options of every place, those without a column as text."""
    found: Facts = {}
    for place in _places(source):
        row = source.data(f"{place[0]}/options")
        found[f"{place[1]}/options"] = {
            **_about(place, "zone"),
            "enable": bool(row["enable"]) if "enable" in row else None,
            "policy_in": row.get("policy_in", ""),
            "policy_out": row.get("policy_out", ""),
            "options": {name: str(value) for name, value in row.items() if name not in _OPTIONS},
        }
    return found
