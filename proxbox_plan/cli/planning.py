"""From a state to a plan, as the commands do it: against NetBox as it is now, or as a saved inventory says."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from dataclasses import replace
from functools import partial
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING

from proxbox_plan.cli.event_loop import run
from proxbox_plan.cli.sources import netbox_client
from proxbox_plan.cli.state_source import StateSource
from proxbox_plan.cli.terminal.output import Output
from proxbox_plan.core.errors import UsageError
from proxbox_plan.core.progress import Progress

if TYPE_CHECKING:
    from proxbox_plan.cli.inventory_cache import InventoryCache
    from proxbox_plan.clients.netbox.client import NetBox
    from proxbox_plan.collect.netbox.inventory import Clusters
    from proxbox_plan.config import Settings
    from proxbox_plan.model.branch import BranchView
    from proxbox_plan.model.inventory import Inventory
    from proxbox_plan.model.plan import Plan
    from proxbox_plan.model.policy import Policy
    from proxbox_plan.model.state import State
    from proxbox_plan.plan import Matched


def planned(
    settings: Settings,
    output: Output,
    source: StateSource,
    *,
    inventory: Inventory | None,
    policy: Policy,
    targets: tuple[str, ...] = (),
    excludes: tuple[str, ...] = (),
    branch: str | None = None,
    cache: str | None = None,
) -> tuple[Plan, Inventory]:
    """Plan a state against NetBox (one of its branches, or main), live or saved; only ever reads.

    `targets` and `excludes` say which part of it is wanted. `cache` names a saved inventory: only what changed since is
    read, and it is written anew.
    """
    if cache and (inventory or branch):
        raise UsageError(
            "an inventory cache is of NetBox's main, as it is now",
            hint="Leave out --inventory-cache, or --inventory and --branch.",
        )
    if inventory is None:
        matched = _matched_live(settings, output, source, policy, branch, cache)
    else:
        matched = _matched_saved(source.state(), inventory, policy, branch)
    from proxbox_plan.plan import Selection, plan_of  # loaded beside the reading (`_with_planner`)

    return plan_of(matched, settings.digest, Selection(targets, excludes)), matched.estate.inventory


def _matched_saved(state: State, inventory: Inventory, policy: Policy, branch: str | None) -> Matched:
    from proxbox_plan.plan import desire, lookups_of, match

    if branch is not None and (inventory.view is None or inventory.view.branch.name != branch):
        raise UsageError(f"the saved inventory is not of the branch {branch!r}", hint="Plan against NetBox itself.")
    matched = match(desire(state, inventory, policy))
    if lacking := lookups_of(matched):
        raise UsageError(
            f"the saved inventory does not say what this state needs to know: {lacking[0].kind} "
            f"with {lacking[0].filter} {lacking[0].value!r} and {len(lacking) - 1} more",
            hint="Plan against NetBox itself, and save a new inventory with --save-inventory.",
        )
    return matched


def _matched_live(  # what to read, and from where
    settings: Settings, output: Output, source: StateSource, policy: Policy, branch: str | None, cache: str | None
) -> Matched:
    from proxbox_plan.cli.inventory_cache import InventoryCache

    known = InventoryCache.open(Path(cache), output) if cache else None
    with output.progress("Reading NetBox", "read") as progress:
        matched = run(
            _with_planner(source).beside(
                lambda state: _read(
                    settings, output, state, partial(source.names, state), policy, progress, branch, known
                )
            )
        )
    if known is not None:
        known.save(matched.estate.inventory)
    return matched


def _with_planner(source: StateSource) -> StateSource:
    """Return a source whose thread loads the planner first: NetBox answers its greeting meanwhile."""

    def read(unwanted: Event) -> State:
        import proxbox_plan.plan  # noqa: F401 # for its place among the loaded modules

        return source.read(unwanted)

    return replace(source, read=read)


async def _read(  # everything one reading is told
    settings: Settings,
    output: Output,
    state: Awaitable[State],
    clusters: Clusters,
    policy: Policy,
    progress: Progress,
    branch: str | None,
    cache: InventoryCache | None,
) -> Matched:
    async with netbox_client(settings, output, read_only=True, on_wait=progress.waiting) as netbox:
        if branch is None:
            return await read_matched(netbox, state, clusters, policy, progress, cache=cache)
        from proxbox_plan.clients.netbox.branch import look_at_branch
        from proxbox_plan.plan import KINDS

        view = await look_at_branch(netbox, branch, KINDS.values())
        if view.branch.schema_id is None:  # it will start as a copy of main
            return await read_matched(netbox, state, clusters, policy, progress, view)
    schema = view.branch.schema_id
    async with netbox_client(settings, output, read_only=True, branch=schema, on_wait=progress.waiting) as inside:
        return await read_matched(inside, state, clusters, policy, progress, view)


async def read_matched(  # what to read, and who listens
    netbox: NetBox,
    coming: Awaitable[State],
    clusters: Clusters,
    policy: Policy,
    progress: Progress | None = None,
    view: BranchView | None = None,
    cache: InventoryCache | None = None,
) -> Matched:
    """Read what carries our key, then answer the planner's questions until it has none; return what is paired then.

    The state may still be coming meanwhile; `clusters` says of which it is.
    """
    from proxbox_plan.collect.netbox.inventory import extend, find_managed, read_managed
    from proxbox_plan.plan import desire, kinds_of, lookups_of, match, support_lookups

    kinds = kinds_of(policy)
    finding = find_managed(netbox, kinds, clusters, policy.areas, progress, view)
    kept: Inventory | None = None
    if cache is None:
        managed = await finding
        reading = managed.reading()
    else:
        from proxbox_plan.collect.netbox.refresh import stand

        managed, as_of = await asyncio.gather(finding, stand(netbox, kinds))
        reading, kept = cache.read(managed, as_of), cache.kept(managed, as_of)

    async def beside() -> Inventory:
        # Working out what to ask takes seconds at a large estate, and NetBox is the one that is waited for meanwhile.
        asked = await asyncio.to_thread(support_lookups, await coming, managed.empty, policy) if managed.kinds else ()
        if kept is None:
            return await extend(netbox, kinds, managed.empty, asked, progress)
        from proxbox_plan.collect.netbox.cached_lookups import answered

        return await answered(managed, asked, kept)

    inventory = await read_managed(reading, beside())
    state = await coming
    while lookups := lookups_of(matched := match(desire(state, inventory, policy))):
        inventory = await extend(netbox, kinds, inventory, lookups, progress)
    return matched.sealed()
