"""Responses of a generated cluster about its firewall and its software-defined networks."""

from __future__ import annotations

import ipaddress
from typing import Any

from proxbox_plan.demo.cluster.guest_answers import DIGEST, GuestAnswer
from proxbox_plan.demo.cluster.network_parts import ApiRow, DemoFirewall, DemoSdn


def firewall_answer(firewall: DemoFirewall, rest: str) -> GuestAnswer:
    """Answer what follows `/firewall`."""
    part, _, name = rest.removeprefix("/").partition("/")
    answers: dict[str, Any] = {
        "rules": lambda: _rules(firewall.rules),
        "options": lambda: {"digest": DIGEST, **firewall.options},
        "aliases": lambda: [_alias(alias, cidr) for alias, cidr in firewall.aliases.items()],
        "ipset": lambda: [{"digest": DIGEST, "name": each} for each in firewall.ipsets],
        "groups": lambda: [{"digest": DIGEST, "group": each} for each in firewall.groups],
    }
    if part == "ipset" and name in firewall.ipsets:
        return GuestAnswer([{"digest": DIGEST, **entry} for entry in firewall.ipsets[name]])
    if part == "groups" and name in firewall.groups:
        return GuestAnswer(_rules(firewall.groups[name]))
    if name or part not in answers:
        return GuestAnswer(error=(500, f"no such {part or 'part'} '{name}'"))
    return GuestAnswer(answers[part]())


def _rules(rules: tuple[ApiRow, ...]) -> list[ApiRow]:
    return [{"digest": DIGEST, "enable": 1, **rule, "pos": place} for place, rule in enumerate(rules)]


def _alias(name: str, cidr: str) -> ApiRow:
    version = ipaddress.ip_network(cidr, strict=False).version
    return {"cidr": cidr, "digest": DIGEST, "ipversion": version, "name": name}


def sdn_answer(sdn: DemoSdn, rest: str, *, new: bool) -> GuestAnswer:
    """Answer what follows `/cluster/sdn`; fabrics, route maps and prefix lists exist since version 9."""
    answers: dict[str, Any] = {
        "/controllers": _named("controller", sdn.controllers),
        "/zones": _named("zone", sdn.zones),
        "/ipams": _named("ipam", {"pve": {"type": "pve"}, **sdn.ipams}),
        "/vnets": _named("vnet", sdn.vnets),
    }
    for vnet, row in sdn.vnets.items():
        subnets = [_subnet(str(row["zone"]), vnet, cidr) for cidr in sdn.subnets.get(vnet, ())]
        answers[f"/vnets/{vnet}/subnets"] = subnets
    if new:
        answers["/fabrics/all"] = _fabrics(sdn)
        answers["/route-maps/entries"] = list(sdn.route_maps)
        answers["/prefix-lists"] = [{"id": name} for name in sdn.prefix_lists]
        answers |= {f"/prefix-lists/{name}/entries": list(entries) for name, entries in sdn.prefix_lists.items()}
    if rest not in answers:
        return GuestAnswer(error=(501, f"Method 'GET /cluster/sdn{rest}' not implemented"))
    return GuestAnswer(answers[rest])


def _named(key: str, table: dict[str, ApiRow]) -> list[ApiRow]:
    return [{"digest": DIGEST, key: name, **row} for name, row in table.items()]


def _fabrics(sdn: DemoSdn) -> ApiRow:
    fabrics = [{"id": name, "protocol": "openfabric", "redistribute": []} for name in sdn.fabrics]
    nodes = [
        {"fabric_id": name, "node_id": node, "protocol": "openfabric", "interfaces": []}
        for name, members in sdn.fabrics.items()
        for node in members
    ]
    return {"fabrics": fabrics, "nodes": nodes}


def _subnet(zone: str, vnet: str, cidr: str) -> ApiRow:
    network = ipaddress.ip_network(cidr)
    name = f"{zone}-{network.network_address}-{network.prefixlen}"
    return {
        "cidr": cidr,
        "dhcp-range": [],
        "digest": DIGEST,
        "gateway": str(network[1]),
        "id": name,
        "mask": str(network.prefixlen),
        "network": str(network.network_address),
        "snat": 1,
        "subnet": name,
        "type": "subnet",
        "vnet": vnet,
        "zone": zone,
    }
