"""A NetBox that people filled by hand: machines with interfaces and addresses, filed by rules only they know."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any, Final

from proxbox_plan.model.state import Guest, State
from tests.end_to_end.stage import Stage

PATHS: Final = {
    "site": "dcim/sites",
    "role": "dcim/device-roles",
    "tenant": "tenancy/tenants",
    "platform": "dcim/platforms",
    "vrf": "ipam/vrfs",
}
Values = dict[str, str | None]


def filed(guest: Guest) -> Values:
    """Return what people set for a guest: a role by its name, a tenant by its pool, a VRF by its stage."""
    service, _, rest = str(guest.name).lower().partition("-")
    stage = rest.partition("-")[0]
    return {
        "site": "DC1",
        "role": {"db": "Database", "cache": "Database", "web": "Web server", "api": "Web server"}.get(
            service, "Infrastructure"
        ),
        "tenant": {"prod": "Customers", "dev": "Research"}.get(guest.pool or ""),
        "platform": "Debian 12" if guest.type == "lxc" else "Windows 2022" if service == "mail" else "Ubuntu 24.04",
        "vrf": "production" if stage == "prod" else None,
    }


def with_mistakes(values: dict[int, Values], share: float, seed: int) -> set[tuple[int, str]]:
    """Give a share of the guests one wrong value, and return which."""
    pick = random.Random(seed)  # noqa: S311 # the same mistakes in each run
    wrong = set()
    for vmid in sorted(pick.sample(sorted(values), int(share * len(values)))):
        key = pick.choice(("role", "tenant", "platform"))
        others = sorted({str(one[key]) for one in values.values()} - {"None", str(values[vmid][key])})
        values[vmid] = {**values[vmid], key: pick.choice(others)}
        wrong.add((vmid, key))
    return wrong


def fill(stage: Stage, state: State, *, mistakes: float = 0.05, seed: int = 1) -> set[tuple[int, str]]:
    """Document every guest of a state in NetBox, and return the mistakes."""
    (cluster,) = state.clusters
    guests = [guest for guest in cluster.guests if not guest.template]
    values = {guest.vmid: filed(guest) for guest in guests}
    wrong = with_mistakes(values, mistakes, seed)
    ids = _named(stage, values)
    kind = stage.ask("POST", "virtualization/cluster-types/", {"name": "Proxmox", "slug": "proxmox"})
    scope = {"scope_type": "dcim.site", "scope_id": ids["site", "DC1"]}
    home = stage.ask("POST", "virtualization/clusters/", {"name": cluster.proxmox_name, "type": kind["id"], **scope})
    names = _names(guests)
    machines = stage.ask(
        "POST",
        "virtualization/virtual-machines/",
        [
            {
                "name": names[guest.vmid],
                "cluster": home["id"],
                **{
                    key: ids[key, name] for key, name in values[guest.vmid].items() if name is not None and key != "vrf"
                },
            }
            for guest in guests
        ],
    )
    ports = [
        (guest, nic, {"virtual_machine": machine["id"], "name": nic.name})
        for guest, machine in zip(guests, machines, strict=True)
        for nic in guest.nics
    ]
    made = stage.ask("POST", "virtualization/interfaces/", [port for _, _, port in ports])
    addresses = []
    for (guest, nic, _), port in zip(ports, made, strict=True):
        vrf = values[guest.vmid]["vrf"]
        for address in _addresses(guest, nic.mac, nic.addresses):
            assigned = {"assigned_object_type": "virtualization.vminterface", "assigned_object_id": port["id"]}
            addresses.append({"address": address, "vrf": ids["vrf", vrf] if vrf else None, **assigned})
    stage.ask("POST", "ipam/ip-addresses/", addresses)
    return wrong


def _named(stage: Stage, values: dict[int, Values]) -> dict[tuple[str, str], int]:
    """Create what the guests refer to."""
    ids = {}
    names = sorted({(key, name) for one in values.values() for key, name in one.items() if name is not None})
    for key, name in names:
        body: dict[str, Any] = {"name": name}
        if key != "vrf":
            body["slug"] = name.lower().replace(" ", "-").replace(".", "-")
        ids[key, name] = stage.ask("POST", f"{PATHS[key]}/", body)["id"]
    return ids


def _names(guests: list[Guest]) -> dict[int, str]:
    """Return a name for each guest: NetBox takes each once in a cluster, whatever its case."""
    taken: set[str] = set()
    names = {}
    for guest in guests:
        name = str(guest.name)
        names[guest.vmid] = f"{name} ({guest.vmid})" if name.casefold() in taken else name
        taken.add(name.casefold())
    return names


def _addresses(guest: Guest, mac: str | None, static: tuple[str, ...]) -> Iterator[str]:
    """Yield the addresses of a NIC, each host once."""
    shown = [item.address for item in guest.addresses if item.mac == mac]
    hosts: set[str] = set()
    for address in (*static, *shown):
        host = address.partition("/")[0]
        if host not in hosts and not host.startswith(("127.", "169.254.", "fe80:", "::1")):
            hosts.add(host)
            yield address
