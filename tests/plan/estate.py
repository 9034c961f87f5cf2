"""A large estate and a NetBox that agrees with it, for benchmarks and for tests of what size costs."""

from __future__ import annotations

from proxbox_plan.model.inventory import Inventory
from proxbox_plan.model.policy import ClusterPolicy, Policy
from proxbox_plan.model.state import (
    Cluster,
    Guest,
    GuestAddress,
    GuestCoverage,
    NodeCoverage,
    State,
    Storage,
    Task,
)
from proxbox_plan.model.state.coverage import COMPLETE
from proxbox_plan.plan import desire, lookups_of, match
from tests.plan import everything as full
from tests.plan import lab
from tests.plan.world import URL, World

PLUGIN_SCOPE = "scope: {snapshots: true, backups: true, tasks: {days: 30}}\n"
NODES, SNAPSHOTS, BACKUPS, TASKS = 10, 3, 10, 20
TAGS = ("dev", "prod", "web", "db")
POLICY = Policy(clusters=(ClusterPolicy(name="lab", site="DC1", host="pve.example"),), create_sites=True)


def estate(guests: int, *, plugin: bool = False) -> State:
    """Return a cluster of so many guests, nine objects each: a machine, three NICs with their addresses, two disks."""
    names = [f"pve{number + 1}" for number in range(NODES)]
    vmids = range(100, 100 + guests)
    nodes = tuple(
        lab.node(
            name,
            number + 1,
            tasks=tuple(_task(vmid, name, place) for vmid in vmids if vmid % NODES == number for place in range(TASKS))
            if plugin
            else (),
            coverage=NodeCoverage(tasks=COMPLETE),
        )
        for number, name in enumerate(names)
    )
    backups = tuple(full.backup(vmid, place) for vmid in vmids for place in range(BACKUPS)) if plugin else ()
    nas = Storage(name="nas", type="nfs", content=("backup",), shared=True, backups=backups, backups_coverage=COMPLETE)
    machines = tuple(_guest(vmid, names[vmid % NODES], plugin=plugin) for vmid in vmids)
    return State.make(clusters=(Cluster(name="lab", version="9.2.11", nodes=nodes, guests=machines, storages=(nas,)),))


def settled(state: State, *, plugin: bool = False) -> Inventory:
    """Return the inventory of a NetBox that says exactly that; made from the plan, so that nothing is left to do."""
    policy = POLICY
    if plugin:
        on = policy.areas.model_copy(update={"snapshots": True, "backups": True, "tasks": full.ALL.tasks})
        policy = policy.model_copy(update={"areas": on})
    world = World(state, policy=policy, plugins=full.PLUGIN if plugin else {})
    world.apply()
    return world.inventory.remade()  # sealed, as a file has it


def empty(state: State, policy: Policy = POLICY, url: str = URL) -> Inventory:
    """Return the inventory of an empty NetBox that was asked all that the planner wants to know."""
    inventory = Inventory.make(url=url, netbox_version="4.7.3", clusters=("lab",))
    while lookups := lookups_of(match(desire(state, inventory, policy))):
        asked = {kind: dict(filters) for kind, filters in inventory.asked.items()}
        for lookup in lookups:
            filters = asked.setdefault(lookup.kind, {})
            filters[lookup.filter] = (*filters.get(lookup.filter, ()), lookup.value)
        inventory = inventory.remade(asked=asked)
    return inventory


def _guest(vmid: int, node: str, *, plugin: bool) -> Guest:
    number = vmid - 100
    hosts = f"10.{16 + (number >> 14)}.{(number >> 6) & 255}.{2 * (number & 63) + 2}/24"
    stored = f"10.{80 + (number >> 14)}.{(number >> 6) & 255}.{2 * (number & 63) + 2}/24"
    mac = f"BC:24:{vmid >> 16:02X}:{vmid >> 8 & 255:02X}:{vmid & 255:02X}"
    nics = tuple(lab.nic(vmid, place, mac=f"{mac}:0{place}", tag=20 + 10 * place) for place in range(3))
    seen = tuple(
        GuestAddress(interface=f"eth{place}", mac=nics[place].mac, address=address)
        for place, address in enumerate((hosts, f"2001:db8::{vmid:x}/64", stored))
    )
    snapshots = tuple(full.snapshot(f"snap{place}") for place in range(SNAPSHOTS)) if plugin else ()
    return lab.vm(
        vmid,
        node=node,
        nics=nics,
        addresses=seen,
        disks=(lab.disk(), lab.disk("scsi1")),
        snapshots=snapshots,
        tags=(TAGS[vmid % 4],),
        coverage=GuestCoverage(snapshots=COMPLETE),
    )


def _task(vmid: int, node: str, place: int) -> Task:
    return full.task(vmid, node=node, upid=f"UPID:{node}:{place:08X}:{vmid:08X}:68000000:vzdump:{vmid}:root@pam:")
