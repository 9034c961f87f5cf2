"""Suggest rules: learns from what NetBox has which rules would give it. Writes to neither side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from proxbox_plan.api.cancellation import Cancellation
from proxbox_plan.api.events import Listener, Reporter, unheard
from proxbox_plan.api.planning import Source, match_source
from proxbox_plan.config import Settings
from proxbox_plan.core.errors import UsageError
from proxbox_plan.core.redaction import KNOWN
from proxbox_plan.model.policy.areas import Areas

if TYPE_CHECKING:
    from proxbox_plan.model.inventory import Inventory
    from proxbox_plan.model.policy.suggestion import RuleSuggestion
    from proxbox_plan.model.state import State

_NEEDED = {"addresses", "plugin", "sidecars"}  # what guests are recognized by, and what has a VRF


def suggest_rules(  # noqa: PLR0913 # as `plan`
    settings: Settings,
    *,
    state: State | Path | str | Sequence[Path | str] | None = None,
    inventory: Inventory | None = None,
    keep_going: bool = False,
    listener: Listener = unheard,
    cancellation: Cancellation | None = None,
) -> RuleSuggestion:
    """Return the fewest rules that give guests the site, role, tenant, platform and VRF they have in NetBox. Read-only.

    The rules come after those of the configuration, whose values stay. The other arguments are those of `plan`.
    Raises UsageError when NetBox has none of the guests, and what `plan` raises.
    """
    areas = settings.policy.areas
    rest = {name: None if name == "tasks" else False for name in Areas.model_fields if name not in _NEEDED}
    policy = settings.policy.replace(areas=areas.replace(**rest))
    source = Source(state, inventory, keep_going=keep_going)
    matched = match_source(
        replace(settings, policy=policy), Reporter(listener), source, policy, cancellation=cancellation
    )
    from proxbox_plan.learn.suggest import suggest  # noqa: PLC0415 # it needs the planner, which is loaded by now

    found = suggest(matched, KNOWN.hide)
    if not found.guests:
        raise UsageError(
            f"NetBox has none of the {found.missing + found.unread:,} guests, so there is nothing to learn from",
            hint="If it knows the cluster by another name or at another site, set `netbox_name` and `site` of the "
            "cluster, then look at `proxbox plan`.",
        )
    return found
