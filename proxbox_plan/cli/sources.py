"""Where a command gets its state and inventory from: files, or the live systems."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from proxbox_plan.cli.output import Output
from proxbox_plan.errors import UsageError

if TYPE_CHECKING:
    from proxbox_plan.clients.netbox import NetBox
    from proxbox_plan.config import Settings
    from proxbox_plan.model.inventory import Inventory
    from proxbox_plan.model.plan import Plan
    from proxbox_plan.model.policy import Policy
    from proxbox_plan.model.state import State


def collected(settings: Settings, output: Output, clusters: Sequence[str] = (), *, keep_going: bool = False) -> State:
    """Read the configured clusters (or those named) from Proxmox; `keep_going` leaves out those that can't be read."""
    from proxbox_plan.collector.run import collect

    connections = [settings.proxmox(name) for name in clusters or settings.clusters]
    with output.progress("Collecting") as progress:
        return collect(
            connections, areas=settings.policy.areas, progress=progress, warn=output.warning,
            leave_out=(lambda name, error: output.warning(f"cluster {name} is left out: {error.message}"))
            if keep_going else None,
        )  # fmt: skip


def planned(
    settings: Settings, output: Output, state: State, *, inventory: Inventory | None, policy: Policy
) -> tuple[Plan, Inventory]:
    """Plan a state against NetBox, live or saved; only ever reads."""
    from proxbox_plan.planner import make_plan, missing_lookups

    if inventory is None:
        inventory = asyncio.run(_read(settings, output, state, policy))
    else:
        lacking = missing_lookups(state, inventory, policy)
        if lacking:
            raise UsageError(
                f"the saved inventory does not say what this state needs to know: {lacking[0].kind} "
                f"with {lacking[0].filter} {lacking[0].value!r} and {len(lacking) - 1} more",
                hint="Plan against NetBox itself, and save a new inventory with --save-inventory.",
            )
    return make_plan(state, inventory, policy, settings.digest), inventory


async def _read(settings: Settings, output: Output, state: State, policy: Policy) -> Inventory:
    async with netbox_client(settings, output, read_only=True) as netbox:
        return await read_inventory(netbox, state, policy)


async def read_inventory(netbox: NetBox, state: State, policy: Policy) -> Inventory:
    """Read what carries our key, then answer the planner's questions until it has none."""
    from proxbox_plan.collector.inventory import extend, read_managed
    from proxbox_plan.planner import kinds_of, missing_lookups

    kinds = kinds_of(policy)
    clusters = tuple(cluster.name for cluster in state.clusters)
    inventory = await read_managed(netbox, kinds, clusters, policy.areas)
    while lookups := missing_lookups(state, inventory, policy):
        inventory = await extend(netbox, kinds, inventory, lookups)
    return inventory


def netbox_client(settings: Settings, output: Output, *, read_only: bool) -> NetBox:
    """Return a client for the configured NetBox; says so when certificates are not verified."""
    from proxbox_plan.clients.netbox import NetBox

    connection = settings.netbox()
    if not connection.verify_tls:
        output.warning("netbox.verify_tls is off: anybody between here and NetBox can read and change everything")
    return NetBox(connection, read_only=read_only)


def saved_state(path: Path | str) -> State:
    """Read a state file."""
    from proxbox_plan.documents import read_document
    from proxbox_plan.model.state import State

    return read_document(path, State)
