"""Drift: what differs between Proxmox and NetBox, who changed it, and what Proxmox would need to follow."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from proxbox_plan.api.cancellation import Cancellation
from proxbox_plan.api.event_loop import run
from proxbox_plan.api.events import Listener, Reporter, unheard
from proxbox_plan.api.planning import Planned, plan
from proxbox_plan.api.sources import netbox_client
from proxbox_plan.config import Settings
from proxbox_plan.core.moment import moment_text
from proxbox_plan.model.drift import Drift
from proxbox_plan.model.inventory import Inventory
from proxbox_plan.model.reverse_drift import ReverseDrift
from proxbox_plan.model.state import State


def drift(  # noqa: PLR0913 # as `plan`
    settings: Settings,
    *,
    state: State | Path | str | Sequence[Path | str] | None = None,
    keep_going: bool = False,
    inventory_cache: Path | str | None = None,
    listener: Listener = unheard,
    cancellation: Cancellation | None = None,
) -> Drift:
    """Return what differs and who changed it, as far as NetBox's changelog says. Writes to neither side.

    The arguments are those of `plan`; limits do not count, because nothing is applied.
    """
    planned = plan(
        settings,
        state=state,
        keep_going=keep_going,
        ignore_limits=True,
        inventory_cache=inventory_cache,
        listener=listener,
        cancellation=cancellation,
    )
    return _told(settings, planned, listener, cancellation)


def reverse_drift(  # noqa: PLR0913 # as `plan`
    settings: Settings,
    *,
    state: State | Path | str | Sequence[Path | str] | None = None,
    keep_going: bool = False,
    inventory_cache: Path | str | None = None,
    listener: Listener = unheard,
    cancellation: Cancellation | None = None,
) -> ReverseDrift:
    """Return what Proxmox would need to say what people wrote in NetBox. Writes to neither side.

    The arguments are those of `drift`. Who runs the commands decides: another look at each value is worth it.
    """
    planned = plan(
        settings,
        state=state,
        keep_going=keep_going,
        ignore_limits=True,
        inventory_cache=inventory_cache,
        listener=listener,
        cancellation=cancellation,
    )
    from proxbox_plan.plan.reverse_drift import reverse  # noqa: PLC0415 # loaded beside the reading by `plan`

    found = _told(settings, planned, listener, cancellation)
    inventory = run(_with_vlans(settings, Reporter(listener), found, planned.inventory), cancellation)
    return reverse(found, planned.clusters, inventory, settings.policy)


def _told(settings: Settings, planned: Planned, listener: Listener, cancellation: Cancellation | None) -> Drift:
    """Return a plan read as drift, with who did it."""
    from proxbox_plan.plan.drift import make_drift  # noqa: PLC0415 # loaded beside the reading by `plan`
    from proxbox_plan.plan.drift_causes import with_consequences, with_tasks  # noqa: PLC0415

    found = with_tasks(make_drift(planned.plan, moment_text(datetime.now(UTC))), planned.clusters)
    return with_consequences(run(_authored(settings, Reporter(listener), found), cancellation))


async def _with_vlans(settings: Settings, reporter: Reporter, found: Drift, inventory: Inventory) -> Inventory:
    """Ask NetBox which VLANs people put NICs into; no request is sent when they are known, or there are none."""
    from proxbox_plan.collect.netbox.lookups import extend  # noqa: PLC0415 # as above
    from proxbox_plan.mapping import KINDS  # noqa: PLC0415
    from proxbox_plan.plan.reverse_drift import vlan_lookups  # noqa: PLC0415

    lookups = sorted(set(vlan_lookups(found, inventory)))
    if not lookups:
        return inventory
    async with netbox_client(settings, reporter, read_only=True) as netbox:
        return await extend(netbox, KINDS, inventory, lookups)


async def _authored(settings: Settings, reporter: Reporter, found: Drift) -> Drift:
    """Ask NetBox's changelog who did what was done there; no request is sent when nothing was edited."""
    from proxbox_plan.collect.netbox.change_authors import read_history, requests_of_ours  # noqa: PLC0415 # as above
    from proxbox_plan.plan.drift import edited, unmade, unsure, with_authors  # noqa: PLC0415

    objects, lacking = edited(found), unmade(found)
    if not objects and not lacking:
        return found
    async with netbox_client(settings, reporter, read_only=True) as netbox:
        history = await read_history(netbox, objects, lacking)
        return with_authors(found, history, await requests_of_ours(netbox, unsure(found, history)))
