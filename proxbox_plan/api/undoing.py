"""Undo: the plan that reverts an outcome."""

from __future__ import annotations

from pathlib import Path

from proxbox_plan.api.cancellation import Cancellation
from proxbox_plan.api.event_loop import run
from proxbox_plan.api.events import Listener, Reporter, unheard
from proxbox_plan.api.sources import netbox_client
from proxbox_plan.apply.preconditions.limits import limits_now
from proxbox_plan.clients.netbox.branch import look_at_branch
from proxbox_plan.clients.netbox.changelog import Newest, newest
from proxbox_plan.clients.netbox.client import NetBox
from proxbox_plan.collect.netbox.lookups import extend
from proxbox_plan.collect.netbox.plugin_schema import lacking
from proxbox_plan.config import Settings
from proxbox_plan.core.errors import DocumentError, StaleError
from proxbox_plan.documents import read_document
from proxbox_plan.model.branch import BranchView
from proxbox_plan.model.inventory import Inventory
from proxbox_plan.model.outcome import Outcome
from proxbox_plan.model.plan import Plan
from proxbox_plan.model.plan.graph import unknown_parts
from proxbox_plan.model.policy import CheckSeverity
from proxbox_plan.plan import KINDS, kinds_of_outcome, make_undo, undo_lookups
from proxbox_plan.policy.checks import run_checks


def undo(
    settings: Settings,
    outcome: Outcome | Path | str,
    *,
    listener: Listener = unheard,
    cancellation: Cancellation | None = None,
) -> Plan:
    """Return the plan that reverts an outcome, to be reviewed and applied like any other. Read-only.

    What was edited since the apply stays, as a problem of the plan. Raises StaleError for the outcome of another NetBox
    or of a branch that is another one now.
    """
    document = outcome if isinstance(outcome, Outcome) else read_document(outcome, Outcome)
    _check(document)
    return run(_planned(settings, Reporter(listener), document), cancellation)


def _check(outcome: Outcome) -> None:
    """Raise DocumentError for an outcome that no apply of this version writes."""
    wrong = next(
        (f"{change.address} {each}" for change in outcome.changes for each in unknown_parts(change, KINDS)), ""
    )
    if [change.address for change in outcome.changes] != [result.address for result in outcome.results]:
        wrong = "its results are not those of its changes, one for each"
    if wrong:
        raise DocumentError(f"The outcome cannot be undone: {wrong}", hint="Name an outcome that an apply wrote.")


async def _planned(settings: Settings, reporter: Reporter, outcome: Outcome) -> Plan:
    async with netbox_client(settings, reporter, read_only=True) as netbox:
        if netbox.url != outcome.netbox_url.rstrip("/"):
            raise StaleError(
                f"The outcome is from {outcome.netbox_url}, not from {netbox.url}",
                hint="Use the configuration of the NetBox that the plan was applied to.",
            )
        if outcome.branch is None:
            return await _undo(settings, netbox, outcome, None, await newest(netbox))
        found = await newest(netbox)
        view = await look_at_branch(netbox, outcome.branch.name, KINDS.values())
        if view.branch != outcome.branch:
            raise StaleError(
                f"The branch {outcome.branch.name!r} is not the one that the plan was applied to",
                hint="Plan again for the new branch; the changes were deleted with the old one.",
            )
    async with netbox_client(settings, reporter, read_only=True, branch=outcome.branch.schema_id) as inside:
        return await _undo(settings, inside, outcome, view, found)


async def _undo(
    settings: Settings, netbox: NetBox, outcome: Outcome, view: BranchView | None, found: Newest | None
) -> Plan:
    """Plan the undo. Who asks for one wants all of it: the limits that it exceeds are shown, and do not forbid it."""
    plan = make_undo(outcome, await _rows(settings, netbox, outcome, view, found), settings.digest, settings.policy)
    hits = await limits_now(netbox, KINDS, plan.changes, settings.policy)
    checks = run_checks(plan.changes, settings.policy.checks)
    if not hits and not checks:
        return plan
    denied = any(hit.severity is CheckSeverity.DENY for hit in checks)
    limits = tuple(hit.replace(forced=True) for hit in hits)
    return plan.remade(limits=limits, checks=checks, applicable=plan.applicable and not denied)


async def _rows(
    settings: Settings, netbox: NetBox, outcome: Outcome, view: BranchView | None, found: Newest | None
) -> Inventory:
    in_scope = (kind for kind in KINDS.values() if settings.policy.areas.include(kind.areas))
    clusters = tuple(sorted({change.cluster for change in outcome.changes if change.cluster}))
    inventory = Inventory.begun(
        url=netbox.url,
        netbox_version=netbox.version_text,
        changelog=found.position if found else None,
        view=view,
        plugins=netbox.plugins,
        lacks=await lacking(netbox, in_scope),
        clusters=clusters,
    )
    while lookups := undo_lookups(outcome, inventory, settings.policy):
        inventory = await extend(netbox, kinds_of_outcome(outcome), inventory, lookups)
    return inventory.remade()
