"""Plan: makes a plan from a state and NetBox, read live or from a saved inventory."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, NamedTuple, cast

from proxbox_plan.api.cancellation import Cancellation
from proxbox_plan.api.event_loop import run
from proxbox_plan.api.events import Listener, Reporter, unheard
from proxbox_plan.api.sources import claims_of, collecting, netbox_client, saved
from proxbox_plan.api.state_source import StateSource
from proxbox_plan.core import files
from proxbox_plan.core.errors import RefusedError, UsageError
from proxbox_plan.core.progress import Progress
from proxbox_plan.model.event import Stage

if TYPE_CHECKING:
    from proxbox_plan.api.inventory_cache import InventoryCache
    from proxbox_plan.clients.netbox.client import NetBox
    from proxbox_plan.collect.netbox.inventory import Clusters
    from proxbox_plan.config import Settings
    from proxbox_plan.model.branch import BranchView
    from proxbox_plan.model.inventory import Inventory
    from proxbox_plan.model.outcome import Outcome
    from proxbox_plan.model.plan import Plan
    from proxbox_plan.model.policy import Policy
    from proxbox_plan.model.state import Cluster, State
    from proxbox_plan.plan import Matched


class Planned(NamedTuple):
    """A plan, what NetBox said, and what Proxmox said."""

    plan: Plan
    inventory: Inventory
    clusters: tuple[Cluster, ...]


def plan(  # noqa: PLR0913 # one argument per way to plan
    settings: Settings,
    *,
    state: State | Path | str | Sequence[Path | str] | None = None,
    inventory: Inventory | None = None,
    clusters: Sequence[str] = (),
    keep_going: bool = False,
    targets: Sequence[str] = (),
    excludes: Sequence[str] = (),
    branch: str | None = None,
    ignore_limits: bool = False,
    accept_identities: Sequence[str] = (),
    inventory_cache: Path | str | None = None,
    previous: Outcome | Path | str | None = None,
    listener: Listener = unheard,
    cancellation: Cancellation | None = None,
) -> Planned:
    """Return the changes that would bring NetBox in line with Proxmox. Read-only.

    `state` is a document, or files with one; without it the configured clusters (or those of `clusters`) are collected
    while NetBox is read. `inventory` replaces NetBox itself. `targets` and `excludes` make a partial plan, `branch`
    plans for a branch of NetBox. `inventory_cache` names a saved inventory: only what changed since is read, and it is
    written anew. `accept_identities` names clusters whose nodes and name may all differ from what NetBox knows.
    `previous` is the outcome of an earlier apply: what NetBox refused then and is planned again as it is, is told
    apart.

    Raises RefusedError for a source without guests or one that is another cluster, UsageError for a target that names
    nothing, ProxmoxError, NetBoxError, ConfigError, DocumentError or CanceledError. Whether the plan may be applied is
    in the plan: `check`.
    """
    reporter = Reporter(listener)
    policy = settings.policy.without_limits() if ignore_limits else settings.policy
    if accept_identities:
        policy = _accepting(policy, accept_identities)
    if inventory_cache and (inventory or branch):
        raise UsageError(
            "An inventory cache works with NetBox's main branch only, read live",
            hint="Remove --inventory-cache, or remove --inventory and --branch.",
        )
    earlier = _outcome(settings, previous) if isinstance(previous, Path | str) else previous
    source = Source(state, inventory, clusters, keep_going=keep_going)
    matched = match_source(settings, reporter, source, policy, branch, inventory_cache, cancellation)
    from proxbox_plan.plan import Selection, plan_of  # noqa: PLC0415 # loaded beside the reading (`_with_planner`)

    selection = Selection(tuple(targets), tuple(excludes))
    found = plan_of(matched, settings.digest, selection)
    _refuse_missing(settings, found)
    read = tuple(view.cluster for view in matched.estate.clusters)
    return Planned(found if earlier is None else _told_apart(found, earlier), matched.estate.source, read)


def _outcome(settings: Settings, path: Path | str) -> Outcome:
    from proxbox_plan.documents import read_document  # noqa: PLC0415 # few plan with one
    from proxbox_plan.model.outcome import Outcome  # noqa: PLC0415

    with claims_of(settings) as claims:
        claims.add(path, files.Use.READ, "the outcome")
        return read_document(path, Outcome)


def _told_apart(plan: Plan, previous: Outcome) -> Plan:
    from proxbox_plan.plan.refused import with_refused  # noqa: PLC0415 # as in `plan`

    return with_refused(plan, previous)


@dataclass(frozen=True, slots=True)
class Source:
    """What a plan is made of: a state or the clusters to collect, and an inventory or NetBox itself."""

    state: State | Path | str | Sequence[Path | str] | None = None
    inventory: Inventory | None = None
    clusters: Sequence[str] = ()
    keep_going: bool = False


def match_source(  # noqa: PLR0913 # what to read, from where, and who listens
    settings: Settings,
    reporter: Reporter,
    source: Source,
    policy: Policy,
    branch: str | None = None,
    inventory_cache: Path | str | None = None,
    cancellation: Cancellation | None = None,
) -> Matched:
    """Read both sides and return what is matched; nothing that is written is also read."""
    with claims_of(settings) as claims:
        if inventory_cache:
            claims.add(inventory_cache, files.Use.BOTH, "the inventory cache")
        for path in _paths(source.state):
            claims.add(path, files.Use.READ, "the state")
        found = _source(settings, reporter, source.state, source.clusters, source.keep_going, cancellation)
        if source.inventory is None:
            return _matched_live(settings, reporter, found, policy, branch, inventory_cache, cancellation)
        return _matched_saved(found.state(), source.inventory, policy, branch)


def _refuse_missing(settings: Settings, plan: Plan) -> None:
    """Raise ConfigError for what a cluster of the configuration names and NetBox lacks: most of the plan needs it."""
    from proxbox_plan.model.problem import ProblemCode  # noqa: PLC0415 # as in `plan`
    from proxbox_plan.policy.literal_names import literal_names  # noqa: PLC0415

    missing = [problem for problem in plan.problems if problem.code is ProblemCode.REFERENCE_MISSING]
    names = list(literal_names(settings.policy)) if missing else []
    found = [(item.place, problem) for problem in missing for item in names if item.is_of(problem.address)]
    if found:
        raise settings.error(((place, problem.message) for place, problem in found), found[0][1].hint)


def _accepting(policy: Policy, clusters: Sequence[str]) -> Policy:
    unknown = next((name for name in clusters if policy.cluster(name) is None), None)
    if unknown is not None:
        known = ", ".join(cluster.name for cluster in policy.clusters)
        raise UsageError(f"No cluster is called {unknown!r}", hint=f"The configured clusters are {known}.")
    return policy.accepting(clusters)


def check(plan: Plan, labels: Sequence[str] = (), *, require_complete: bool = False) -> None:
    """Raise RefusedError when the plan may not be applied: a limit, a check, a missing label, or incompleteness."""
    from proxbox_plan.policy.permission import check_permission  # noqa: PLC0415 # not for every plan

    check_permission(plan, labels)
    if require_complete and not plan.complete:
        raise RefusedError(
            f"The plan defers {len(plan.deferred)} changes, because the source is incomplete",
            hint="Fix the reasons that the plan lists and collect again, or plan without --require-complete.",
        )


def _source(  # noqa: PLR0913 # what `plan` was asked for
    settings: Settings,
    reporter: Reporter,
    state: State | Path | str | Sequence[Path | str] | None,
    clusters: Sequence[str],
    keep_going: bool,  # noqa: FBT001 # passed on
    cancellation: Cancellation | None,
) -> StateSource:
    if state is None:
        return collecting(settings, reporter, clusters, keep_going=keep_going, cancellation=cancellation)
    return saved(*paths) if (paths := _paths(state)) else StateSource.of(cast("State", state))


def _paths(state: State | Path | str | Sequence[Path | str] | None) -> Sequence[Path | str]:
    """Return the files that a state is in; none for a document."""
    if isinstance(state, str | Path):
        return (state,)
    return state if isinstance(state, Sequence) else ()


def _matched_saved(state: State, inventory: Inventory, policy: Policy, branch: str | None) -> Matched:
    from proxbox_plan.plan import desire, lookups_of, match, validate  # noqa: PLC0415 # as in `plan`

    if branch is not None and (inventory.view is None or inventory.view.branch.name != branch):
        raise UsageError(f"The saved inventory is not from the branch {branch!r}", hint="Plan against NetBox itself.")
    matched = match(desire(state, inventory, policy))
    if lacking := lookups_of(matched):
        raise UsageError(
            f"The saved inventory lacks objects that this state refers to: {lacking[0].kind} "
            f"with {lacking[0].filter} {lacking[0].value!r} and {len(lacking) - 1} more",
            hint="Plan against NetBox itself, and save a new inventory with --save-inventory.",
        )
    return validate(matched)


def _matched_live(  # noqa: PLR0913 # what to read, and from where
    settings: Settings,
    reporter: Reporter,
    source: StateSource,
    policy: Policy,
    branch: str | None,
    cache: Path | str | None,
    cancellation: Cancellation | None,
) -> Matched:
    from proxbox_plan.api.inventory_cache import InventoryCache  # noqa: PLC0415 # few want one

    known = InventoryCache.open(Path(cache), reporter) if cache else None
    with reporter.stage(Stage.READ) as progress:
        matched = run(
            _with_planner(source).beside(
                lambda state: _read(
                    settings, reporter, state, partial(source.names, state), policy, progress, branch, known
                )
            ),
            cancellation,
        )
    if known is not None:
        known.save(matched.estate.source)
    return matched


def _with_planner(source: StateSource) -> StateSource:
    """Return a source whose thread loads the planner first: NetBox answers its greeting meanwhile."""

    def read(unwanted: Event) -> State:
        import proxbox_plan.plan  # noqa: F401, PLC0415 # for its place among the loaded modules

        return source.read(unwanted)

    return replace(source, read=read)


async def _read(  # noqa: PLR0913 # everything one reading is told
    settings: Settings,
    reporter: Reporter,
    state: Awaitable[State],
    clusters: Clusters,
    policy: Policy,
    progress: Progress,
    branch: str | None,
    cache: InventoryCache | None,
) -> Matched:
    async with netbox_client(settings, reporter, read_only=True, on_wait=progress.waiting) as netbox:
        if branch is None:
            return await read_matched(netbox, state, clusters, policy, progress, cache=cache)
        from proxbox_plan.clients.netbox.branch import look_at_branch  # noqa: PLC0415 # few plan for a branch
        from proxbox_plan.plan import KINDS  # noqa: PLC0415

        view = await look_at_branch(netbox, branch, KINDS.values())
        if view.branch.schema_id is None:  # it will start as a copy of main
            return await read_matched(netbox, state, clusters, policy, progress, view)
        schema = view.branch.schema_id
        async with netbox_client(settings, reporter, read_only=True, branch=schema, on_wait=progress.waiting) as inside:
            return await read_matched(inside, state, clusters, policy, progress, view, main=netbox)


async def read_matched(  # noqa: PLR0913 # what to read, and who listens
    netbox: NetBox,
    coming: Awaitable[State],
    clusters: Clusters,
    policy: Policy,
    progress: Progress | None = None,
    view: BranchView | None = None,
    cache: InventoryCache | None = None,
    main: NetBox | None = None,
) -> Matched:
    """Read what carries our key, then answer the planner's questions until it has none; return what is paired then.

    The state may still be coming meanwhile; `clusters` says of which it is. `main` is NetBox itself when `netbox` works
    in a branch: its changelog says which NetBox it is.
    """
    # Imported while NetBox is greeted: together they take longer than its answer.
    from proxbox_plan.clients.netbox.changelog import newest  # noqa: PLC0415
    from proxbox_plan.collect.netbox.inventory import find_managed, read_managed  # noqa: PLC0415
    from proxbox_plan.collect.netbox.lookups import extend  # noqa: PLC0415
    from proxbox_plan.plan import desire, kinds_of, lookups_of, match, support_lookups, validate  # noqa: PLC0415

    kinds = kinds_of(policy)
    finding = find_managed(netbox, kinds, clusters, policy.areas, progress, view)
    kept: Inventory | None = None
    if cache is None:
        managed, found = await asyncio.gather(finding, newest(main or netbox))
        managed = managed.seen(found.position if found else None)
        reading = managed.reading()
    else:
        from proxbox_plan.collect.netbox.refresh import stand  # noqa: PLC0415 # with a cache only

        managed, (as_of, found) = await asyncio.gather(finding, stand(netbox, kinds))
        managed = managed.seen(found.position if found else None)
        reading, kept = cache.read(managed, as_of), cache.kept(managed, as_of)

    async def beside() -> Inventory:
        # Working out what to ask takes seconds at a large estate, and NetBox is the one that is waited for meanwhile.
        asked = await asyncio.to_thread(support_lookups, await coming, managed.empty, policy) if managed.kinds else ()
        if kept is None:
            return await extend(netbox, kinds, managed.empty, asked, progress)
        from proxbox_plan.collect.netbox.cached_lookups import answered  # noqa: PLC0415 # as above

        return await answered(managed, asked, kept)

    inventory = await read_managed(reading, beside())
    state = await coming
    while lookups := lookups_of(matched := match(desire(state, inventory, policy))):
        inventory = await extend(netbox, kinds, inventory, lookups, progress)
    return validate(matched.sealed())
