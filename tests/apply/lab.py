"""A NetBox with a plan for it, made once; each run starts from the same objects and may meet a fault."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from proxbox_plan.api.event_loop import run
from proxbox_plan.api.planning import read_matched
from proxbox_plan.api.state_source import StateSource
from proxbox_plan.apply.apply import Options
from proxbox_plan.apply.apply import apply as apply_plan
from proxbox_plan.apply.locks.netbox_lock import unlock_netbox
from proxbox_plan.clients.netbox.client import NetBox
from proxbox_plan.clients.netbox.waiting import Sleep
from proxbox_plan.collect.proxmox.run import collect
from proxbox_plan.demo.cluster import ClusterDescription, ClusterServer, DemoNic
from proxbox_plan.demo.netbox import FakeNetBoxThread, Fault, RequestRecord
from proxbox_plan.demo.netbox.store import StoreSnapshot
from proxbox_plan.model.connection import NetBoxConnection, ProxmoxConnection
from proxbox_plan.model.inventory import Inventory
from proxbox_plan.model.kind import OnMissing
from proxbox_plan.model.outcome import Outcome
from proxbox_plan.model.plan import Plan
from proxbox_plan.model.policy import ClusterPolicy, Limits, Policy
from proxbox_plan.model.policy.removal import removal_of
from proxbox_plan.model.state import State
from proxbox_plan.plan import KINDS, make_plan
from proxbox_plan.policy.permission import Consent
from tests.apply.content import Content, content, rows_of

Faults = Callable[[RequestRecord], Fault | None]

POLICY = Policy(
    clusters=(ClusterPolicy(name="lab", site="DC1"),),
    create_sites=True,
    limits=Limits(force=True),
    on_missing={"virtual-machine": removal_of(OnMissing.DELETE)},
)
CONFIGURED = POLICY.replace(limits=Limits())  # as the configuration has it: limits are forced for a plan


@dataclass
class Waits:
    """A `sleep` that takes no time, and what it was asked for."""

    asked: list[float] = field(default_factory=list)

    async def __call__(self, seconds: float) -> None:
        """Let the others have a turn."""
        self.asked.append(seconds)
        await asyncio.sleep(0)


def client(netbox: FakeNetBoxThread, **connection: Any) -> NetBox:
    """Return a client that waits for nothing; `sleep` may be given."""
    sleep: Sleep = connection.pop("sleep", Waits())
    fields = {"url": netbox.url, "token": SecretStr(netbox.token), "timeout": 60.0, **connection}
    return NetBox(NetBoxConnection(**fields), read_only=False, sleep=sleep)


@dataclass
class Lab:
    """The NetBox, what it held before, the plan, and what it held after an apply without faults."""

    netbox: FakeNetBoxThread
    plan: Plan
    before: StoreSnapshot
    foreign: Mapping[str, set[int]]
    after: Content = field(default_factory=dict)
    sent: tuple[str, ...] = ()  # method of each request of that apply

    def reset(self, faults: Faults | None = None) -> None:
        """Give NetBox the objects from before the plan."""
        self.netbox.fake.restore(self.before)
        self.netbox.fake.requests.clear()
        self.netbox.fake.faults = faults

    def apply(self, folder: Path, *, resume: bool = False, **more: Any) -> Outcome:
        """Run one apply in a folder; what is given besides goes to the options, or to the connection."""
        options: dict[str, Any] = {"batch": 16, "lock_id": lambda: folder.name, "policy": CONFIGURED}
        options["consent"] = Consent(ignore_limits=True)  # the plan of the laboratory is forced
        options |= {name: more.pop(name) for name in tuple(more) if name in Options.__dataclass_fields__}
        given = Options(journal=folder / "plan.journal.jsonl", lock=folder / "lock", resume=resume, **options)
        return run(self._apply(given, more))

    async def _apply(self, options: Options, connection: dict[str, Any]) -> Outcome:
        async with client(self.netbox, **connection) as netbox:
            return await apply_plan(self.plan, netbox, KINDS, options)

    def unlock(self, folder: Path) -> None:
        """Remove the lock of the runs of a folder from NetBox, if there is one: as `proxbox unlock` does."""

        async def remove() -> None:
            async with client(self.netbox) as netbox:
                await unlock_netbox(netbox, folder.name)

        run(remove())

    def content(self) -> Content:
        """Return what NetBox holds now, without ids and times."""
        return content(self.netbox.fake)

    def is_foreign_untouched(self) -> bool:
        """Whether the planted objects are what they were, to the last value."""
        return all(
            rows_of(self.netbox.fake, label).get(number) == self.before.rows[label][number]
            for label, numbers in self.foreign.items()
            for number in numbers
        )

    def plan_again(self, state: State) -> Plan:
        """Plan against what NetBox holds now."""
        return planned(self.netbox, state)


def planned(netbox: FakeNetBoxThread, state: State) -> Plan:
    """Plan a state against the fake NetBox."""

    async def read() -> Plan:
        async with client(netbox) as reader:
            return make_plan(state, await inventory_for(reader, state), POLICY, "sha256:config")

    return run(read())


async def inventory_for(netbox: NetBox, state: State, policy: Policy = POLICY) -> Inventory:
    """Read what a plan of this state needs to know."""
    source = StateSource.of(state)
    matched = await source.beside(lambda coming: read_matched(netbox, coming, partial(source.names, coming), policy))
    return matched.estate.inventory


def states() -> tuple[State, State]:
    """Collect a cluster twice: first half of it, then all of it with everyday changes."""
    cluster = ClusterDescription.seeded(11, guests=20, nodes=2, name="lab")
    everybody = dict(cluster.guests)
    numbers = [number for number, guest in sorted(everybody.items()) if not guest.template]
    cluster.guests = {number: everybody[number] for number in numbers[:12]}
    with ClusterServer(cluster) as server:
        connection = ProxmoxConnection(
            cluster="lab",
            host=server.host,
            port=server.port,
            user=server.token_id.partition("!")[0],
            token_name=server.token_id.partition("!")[2],
            token_secret=SecretStr(server.token_secret),
            ca_file=server.ca_file,
        )
        first = collect([connection])
        cluster.guests = {**everybody, **cluster.guests}
        change(cluster, numbers)
        second = collect([connection])
    return first, second


def change(cluster: ClusterDescription, numbers: list[int]) -> None:
    """Do what administrators do in a week."""
    with_address = [n for n in numbers[:12] if any(nic.seen for nic in cluster.guests[n].nics.values())]
    cluster.delete_guest(with_address[0])
    cluster.delete_guest(with_address[1])
    cluster.rename(with_address[2], "renamed")
    slot = next(slot for slot, nic in cluster.guests[with_address[3]].nics.items() if nic.seen)
    cluster.change_ip(with_address[3], slot, "10.98.0.77/24")
    cluster.set_memory(with_address[4], 12288)
    cluster.add_nic(with_address[4], DemoNic(mac="BC:24:11:00:09:01", tag=977, seen=("10.98.1.10/24",)))
    for number in numbers[:12]:
        guest = cluster.guests.get(number)
        if guest and number not in with_address[:5] and guest.disks:
            cluster.remove_disk(number, next(iter(guest.disks)))
