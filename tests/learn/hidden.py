"""A NetBox that people filled by rules of their own, which only the values tell, with mistakes here and there."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from proxbox_plan.core.sanitize import clean
from proxbox_plan.model.plan import Plan
from proxbox_plan.model.policy import ClusterPolicy, Policy, Rule
from proxbox_plan.model.state import Cluster, Guest, State
from proxbox_plan.plan import desire, match
from proxbox_plan.plan.match.matched import Matched
from tests.plan.lab import container, nic, node, seen, vm
from tests.plan.world import World, policy

SERVICES: Final = ("web", "api", "db", "cache", "mail", "git", "dns", "log")
STAGES: Final = ("prod", "stage", "dev")
NODES: Final = ("pve1", "pve2", "pve3", "pve4")
POOLS: Final = ("sales", "research", "ops", None)
KINDS: Final = {"role": "device-role", "tenant": "tenant", "platform": "platform", "site": "site", "vrf": "vrf"}
Values = dict[str, str | None]
Decide = Callable[[Guest], Values]


@dataclass
class Filled:
    """A cluster, a NetBox with its machines, and what people meant."""

    world: World
    meant: dict[int, Values]
    noisy: set[tuple[int, str]] = field(default_factory=set)

    @property
    def matched(self) -> Matched:
        """What the planner matches without any rule."""
        return matched(self.world)

    def plan(self, *rules: Rule) -> Plan:
        """Plan with these rules."""
        return replace(self.world, policy=self.world.policy.replace(rules=rules)).plan()


def matched(world: World) -> Matched:
    """Return what the planner matches."""
    return match(desire(world.state, world.inventory, world.policy))


def guests(seed: int, count: int) -> list[Guest]:
    """Return guests with names, tags, pools, nodes and VLANs."""
    pick = random.Random(seed)  # noqa: S311 # a reproducible cluster
    numbers: dict[str, int] = {}
    found = []
    for vmid in range(1000, 1000 + count):
        service, stage = pick.choice(SERVICES), pick.choice(STAGES)
        numbers[f"{service}-{stage}"] = number = numbers.get(f"{service}-{stage}", 0) + 1
        make = container if pick.random() < 0.4 else vm
        vlan = pick.choice((10, 20, 30, 40))
        mac = f"BC:24:11:01:{vmid // 256:02X}:{vmid % 256:02X}"
        address = f"10.{vlan}.{vmid // 250}.{vmid % 250 + 1}/16"
        found.append(
            make(
                vmid,
                name=f"{service}-{stage}-{number:02d}",
                tags=tuple(sorted({stage, pick.choice(("backup", "nightly"))})) if pick.random() < 0.9 else (stage,),
                pool=pick.choice(POOLS),
                node=pick.choice(NODES),
                nics=(nic(vmid, mac=mac, tag=vlan),),
                addresses=tuple(item.model_copy(update={"mac": mac}) for item in seen(vmid, address)),
            )
        )
    return found


def usual(guest: Guest) -> Values:
    """File a guest as many do: the role by name, the tenant by pool, the platform by type, the site by node."""
    service, stage, _ = str(guest.name).split("-")
    return {
        "role": f"Role {service}" if stage != "dev" or service != "db" else "Sandbox",
        "tenant": {"sales": "Customers", "research": "Institute"}.get(guest.pool or ""),
        "platform": "Debian 12" if guest.type == "lxc" else "Windows 2022" if service == "mail" else "Ubuntu 24.04",
        "site": "North" if guest.node in ("pve3", "pve4") else "DC1",
        "vrf": {10: "public", 20: "public"}.get(guest.nics[0].tag or 0),
    }


def drawn(seed: int) -> Decide:
    """Return rules drawn by lot: each value by name, stage, tag, pool, node, VLAN or type."""
    pick = random.Random(seed)  # noqa: S311 # as above
    facts: dict[str, Callable[[Guest], Any]] = {
        "service": lambda guest: str(guest.name).split("-")[0],
        "stage": lambda guest: str(guest.name).split("-")[1],
        "pool": lambda guest: guest.pool,
        "node": lambda guest: guest.node,
        "vlan": lambda guest: guest.nics[0].tag,
        "type": lambda guest: guest.type,
    }
    by = {key: pick.choice(sorted(facts)) for key in KINDS}
    table: dict[tuple[str, Any], str | None] = {}

    def file(guest: Guest) -> Values:
        values: Values = {}
        for key, fact in by.items():
            found = facts[fact](guest)
            if (key, found) not in table:
                chance = random.Random(f"{seed} {key} {found}")  # noqa: S311 # as above
                empty = key in ("tenant", "vrf") and (found is None or chance.random() < 0.2)
                table[key, found] = None if empty else f"{key} {chance.randrange(4)}"
            values[key] = table[key, found]
        return values

    return file


def filled(
    seed: int = 1,
    *,
    count: int = 150,
    decide: Decide = usual,
    noise: float = 0.05,
    chosen: list[Guest] | None = None,
    name: str = "lab",
    world: World | None = None,
) -> Filled:
    """Return a cluster and a NetBox in which people filed its machines, a share of them at random.

    `world` has another cluster already.
    """
    machines = chosen if chosen is not None else guests(seed, count)
    nodes = tuple(node(host, number) for number, host in enumerate(NODES, 1))
    found = Cluster(name=name, proxmox_name=f"{name}cluster", version="9.2.11", nodes=nodes, guests=tuple(machines))
    cluster = ClusterPolicy(name=name, site="DC1", cluster_scope="none")
    made = world or World(State.make(clusters=()), policy().replace(clusters=()))
    made.state = State.make(clusters=(*made.state.clusters, found))
    made.policy = made.policy.replace(clusters=(*made.policy.clusters, cluster))
    meant = {guest.vmid: decide(guest) for guest in machines}
    wrong, noisy = _with_noise(meant, noise, seed)
    refs = _objects(made, meant)
    group = made.add("cluster-type", "Proxmox VE")
    home = made.add("cluster", found.proxmox_name or "", type=made.ref("cluster-type", group.id), scope=None, site=None)
    for guest in machines:
        _document(made, guest, wrong[guest.vmid], refs, made.ref("cluster", home.id))
    return Filled(made, meant, noisy)


def _with_noise(meant: Mapping[int, Values], noise: float, seed: int) -> tuple[dict[int, Values], set[tuple[int, str]]]:
    pick = random.Random(f"noise {seed}")  # noqa: S311 # as above
    found = {vmid: dict(values) for vmid, values in meant.items()}
    noisy = set()
    for vmid in sorted(pick.sample(sorted(meant), int(noise * len(meant)))):
        key = pick.choice(sorted(KINDS))
        others = sorted({str(values[key]) for values in meant.values() if values[key] not in (None, meant[vmid][key])})
        if others:
            found[vmid][key] = pick.choice(others)
            noisy.add((vmid, key))
    return found, noisy


def _objects(made: World, meant: Mapping[int, Values]) -> dict[tuple[str, str], dict[str, Any]]:
    """Let people create what they refer to."""
    names = sorted({(key, name) for values in meant.values() for key, name in values.items() if name is not None})
    refs: dict[tuple[str, str], dict[str, Any]] = {}
    for key, name in [*names, *([] if ("site", "DC1") in names else [("site", "DC1")])]:
        row = made.add(KINDS[key], name, slug=f"{key}-{len(refs)}", **({"vm_role": True} if key == "role" else {}))
        refs[key, name] = made.ref(KINDS[key], row.id)
    return refs


def _document(
    made: World, guest: Guest, values: Values, refs: Mapping[tuple[str, str], dict[str, Any]], home: dict[str, Any]
) -> None:
    """Let people document one guest: the machine, its interfaces and their addresses."""
    given = {key: refs[key, name] if name is not None else None for key, name in values.items()}
    vrf = given.pop("vrf", None)
    machine = made.add("virtual-machine", clean(guest.name, 64), cluster=home, status="active", **given)
    for item in guest.nics:
        owner = made.ref("virtual-machine", machine.id)
        port = made.add("vm-interface", item.slot, virtual_machine=owner, mac_address=item.mac, enabled=True)
        assigned = made.ref("vm-interface", port.id)
        for address in (*item.addresses, *(found.address for found in guest.addresses if found.mac == item.mac)):
            made.add("ip-address", address, vrf=vrf, assigned_object=assigned, role="", status="active")


def ruled(policy_: Policy, *rules: Rule) -> Policy:
    """Return a policy with these rules."""
    return policy_.replace(rules=rules)
