"""Lint: what is wrong in an estate by itself, from a state, and from the prefixes of NetBox."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from proxbox_plan.api.cancellation import Cancellation
from proxbox_plan.api.event_loop import run
from proxbox_plan.api.events import Listener, Reporter, unheard
from proxbox_plan.api.sources import claims_of, collecting, netbox_client, saved_state
from proxbox_plan.core import files
from proxbox_plan.core.errors import UsageError
from proxbox_plan.model.event import Stage
from proxbox_plan.model.lint.settings import LintSettings
from proxbox_plan.model.state import State

if TYPE_CHECKING:
    from proxbox_plan.config import Settings
    from proxbox_plan.lint.estate import LintEstate
    from proxbox_plan.model.inventory import Inventory
    from proxbox_plan.model.lint.lint import Lint


def lint(  # noqa: PLR0913 # as `plan`
    settings: Settings | None,
    *,
    state: State | Path | str | Sequence[Path | str] | None = None,
    inventory: Inventory | None = None,
    netbox: bool = False,
    keep_going: bool = False,
    listener: Listener = unheard,
    cancellation: Cancellation | None = None,
) -> Lint:
    """Return what is wrong in the estate, and what could not be judged. Read-only.

    `state` is a document, or files with one; without it the configured clusters are collected. Without settings the
    rules have their defaults. `inventory` is a saved one; with `netbox` the prefixes that the rules need are read from
    NetBox instead. Raises UsageError, ProxmoxError, NetBoxError, ConfigError, DocumentError or CanceledError.
    """
    if inventory is not None and netbox:
        raise UsageError("A saved inventory takes the place of NetBox", hint="Pass either --inventory or --netbox.")
    reporter = Reporter(listener)
    if settings is None:
        found = _saved(state)
        if netbox:
            raise UsageError("NetBox can be read only with a configuration", hint="Pass --config, or omit --netbox.")
    else:
        found = _state(settings, reporter, state, keep_going=keep_going, cancellation=cancellation)
    from proxbox_plan.lint import make_lint  # noqa: PLC0415 # the rules load the mapping
    from proxbox_plan.lint.estate import LintEstate  # noqa: PLC0415

    policy = settings.policy if settings is not None else None
    if settings is not None and netbox:
        inventory = run(_prefixes(settings, reporter, LintEstate(found, policy)), cancellation)
    return make_lint(found, settings.lint if settings is not None else LintSettings(), policy, inventory)


def _saved(state: State | Path | str | Sequence[Path | str] | None) -> State:
    match state:
        case State():
            return state
        case str() | Path():
            return saved_state(state)
        case None | []:
            raise UsageError(
                "Without a configuration there is nothing to collect",
                hint="Pass a state file, or write a configuration: `proxbox init`.",
            )
        case _:
            return saved_state(*state)


def _state(
    settings: Settings,
    reporter: Reporter,
    state: State | Path | str | Sequence[Path | str] | None,
    *,
    keep_going: bool,
    cancellation: Cancellation | None,
) -> State:
    if state is None:
        return collecting(settings, reporter, keep_going=keep_going, cancellation=cancellation).state()
    with claims_of(settings) as claims:
        for path in (state,) if isinstance(state, str | Path) else state if isinstance(state, Sequence) else ():
            claims.add(path, files.Use.READ, "the state")
        return _saved(state)


async def _prefixes(settings: Settings, reporter: Reporter, estate: LintEstate) -> Inventory:
    """Read the prefixes of the guests' addresses, and their VLANs; what NetBox lacks is known to be absent then."""
    from proxbox_plan.collect.netbox.lookups import extend  # noqa: PLC0415 # most calls read no NetBox
    from proxbox_plan.lint.vlans import lookups, vlan_lookups  # noqa: PLC0415
    from proxbox_plan.mapping import KINDS  # noqa: PLC0415
    from proxbox_plan.model.inventory import Inventory  # noqa: PLC0415

    with reporter.stage(Stage.READ) as progress:
        async with netbox_client(settings, reporter, read_only=True, on_wait=progress.waiting) as netbox:
            empty = Inventory.begun(
                url=netbox.url,
                netbox_version=netbox.version_text,
                plugins=netbox.plugins,
                clusters=tuple(cluster.name for cluster in estate.clusters),
            )
            found = await extend(netbox, KINDS, empty, lookups(estate), progress)
            return (await extend(netbox, KINDS, found, vlan_lookups(found), progress)).remade()
