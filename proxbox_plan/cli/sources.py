"""Where a command gets its state and inventory from: files, or the live systems."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from proxbox_plan.cli.event_loop import run
from proxbox_plan.cli.output import Output, Progress
from proxbox_plan.errors import UsageError

if TYPE_CHECKING:
    from proxbox_plan.cli.inventory_cache import InventoryCache
    from proxbox_plan.clients.netbox import NetBox
    from proxbox_plan.config import Settings
    from proxbox_plan.model.branch import BranchView
    from proxbox_plan.model.inventory import Inventory
    from proxbox_plan.model.plan import Plan
    from proxbox_plan.model.policy import Policy
    from proxbox_plan.model.state import State
    from proxbox_plan.planner import Pairing, Selection


def collected(settings: Settings, output: Output, clusters: Sequence[str] = (), *, keep_going: bool = False) -> State:
    """Read the configured clusters (or those named) from Proxmox; `keep_going` leaves out those that can't be read."""
    from proxbox_plan.collector.run import collect

    connections = [settings.proxmox(name) for name in clusters or settings.clusters]
    with output.progress("Collecting", "collect") as progress:
        return collect(
            connections, areas=settings.policy.areas, progress=progress, warn=output.warning,
            leave_out=(lambda name, error: output.warning(f"cluster {name} is left out: {error.message}"))
            if keep_going else None,
        )  # fmt: skip


def planned(
    settings: Settings, output: Output, state: State, *, inventory: Inventory | None, policy: Policy,
    selection: Selection | None = None, branch: str | None = None, cache: str | None = None,
) -> tuple[Plan, Inventory]:  # fmt: skip
    """Plan a state against NetBox (one of its branches, or main), live or saved; only ever reads.

    `cache` names a saved inventory: only what changed since is read, and it is written anew.
    """
    from proxbox_plan.cli.inventory_cache import InventoryCache
    from proxbox_plan.planner import EVERYTHING, lookups_of, pair, plan_of

    if cache and (inventory or branch):
        raise UsageError("an inventory cache is of NetBox's main, as it is now",
                         hint="Leave out --inventory-cache, or --inventory and --branch.")  # fmt: skip
    if inventory is None:
        known = InventoryCache.open(Path(cache), output) if cache else None
        with output.progress("Reading NetBox", "read") as progress:
            pairing = run(_read(settings, output, state, policy, progress, branch, known))
        if known is not None:
            known.save(pairing.inventory)
    else:
        if branch is not None and (inventory.view is None or inventory.view.branch.name != branch):
            raise UsageError(f"the saved inventory is not of the branch {branch!r}", hint="Plan against NetBox itself.")
        pairing = pair(state, inventory, policy)
        lacking = lookups_of(pairing)
        if lacking:
            raise UsageError(
                f"the saved inventory does not say what this state needs to know: {lacking[0].kind} "
                f"with {lacking[0].filter} {lacking[0].value!r} and {len(lacking) - 1} more",
                hint="Plan against NetBox itself, and save a new inventory with --save-inventory.",
            )
    return plan_of(pairing, settings.digest, selection or EVERYTHING), pairing.inventory


async def _read(  # everything one reading is told
    settings: Settings,
    output: Output,
    state: State,
    policy: Policy,
    progress: Progress,
    branch: str | None,
    cache: InventoryCache | None,
) -> Pairing:
    from proxbox_plan.clients.netbox_branch import look_at_branch
    from proxbox_plan.planner import KINDS

    async with netbox_client(settings, output, read_only=True) as netbox:
        if branch is None:
            return await read_paired(netbox, state, policy, progress, cache=cache)
        view = await look_at_branch(netbox, branch, KINDS.values())
        if view.branch.schema_id is None:  # it will start as a copy of main
            return await read_paired(netbox, state, policy, progress, view)
    async with netbox_client(settings, output, read_only=True, branch=view.branch.schema_id) as inside:
        return await read_paired(inside, state, policy, progress, view)


async def read_paired(  # what to read, and who listens
    netbox: NetBox, state: State, policy: Policy, progress: Progress | None = None, view: BranchView | None = None,
    cache: InventoryCache | None = None,
) -> Pairing:  # fmt: skip
    """Read what carries our key, then answer the planner's questions until it has none; return what is paired then."""
    from proxbox_plan.collector.inventory import extend, find_managed, read_managed
    from proxbox_plan.planner import kinds_of, lookups_of, pair, support_lookups

    kinds = kinds_of(policy)
    clusters = tuple(cluster.name for cluster in state.clusters)
    managed = await find_managed(netbox, kinds, clusters, policy.areas, progress, view)
    reading = managed.reading() if cache is None else cache.read(managed)
    inventory = await read_managed(managed, reading, lambda known: support_lookups(state, known, policy))
    while lookups := lookups_of(pairing := pair(state, inventory, policy)):
        inventory = await extend(netbox, kinds, inventory, lookups, progress)
    return pairing.sealed()


def netbox_client(settings: Settings, output: Output, *, read_only: bool, branch: str | None = None) -> NetBox:
    """Return a client for the configured NetBox, or the schema of a branch; says so when TLS is not verified."""
    from proxbox_plan.clients.netbox import NetBox

    connection = settings.netbox()
    if not connection.verify_tls:
        output.warning("netbox.verify_tls is off: anybody between here and NetBox can read and change everything")
    return NetBox(connection, read_only=read_only, branch=branch)


def saved_state(*paths: Path | str) -> State:
    """Read a state file, or several as one: each cluster is in one of them only."""
    from proxbox_plan.documents import read_document
    from proxbox_plan.model.state import State

    states = [(path, read_document(path, State)) for path in paths]
    if len(states) == 1:
        return states[0][1]
    places: dict[str, Path | str] = {}
    for path, state in states:
        for cluster in state.clusters:
            if cluster.name in places:
                raise UsageError(f"the cluster {cluster.name!r} is in {places[cluster.name]} and in {path}",
                                 hint="Give one state of each cluster: the newer one.")  # fmt: skip
            places[cluster.name] = path
    clusters = sorted((one for _, state in states for one in state.clusters), key=lambda cluster: cluster.name)
    return State.make(clusters=tuple(clusters), redacted=any(state.redacted for _, state in states))
