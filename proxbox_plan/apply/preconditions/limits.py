"""Limits, computed again: how many objects are managed NetBox says, and what may change the configuration says."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

from proxbox_plan.clients.netbox.client import NetBox
from proxbox_plan.core.errors import NetBoxError
from proxbox_plan.model.inventory import KEY_FIELD
from proxbox_plan.model.kind import Kind
from proxbox_plan.model.plan import Change, LimitHit, Plan
from proxbox_plan.model.policy import Policy
from proxbox_plan.policy.limits import Group, affected, check_limits, in_doubt, undone, undone_hit
from proxbox_plan.policy.permission import Consent, check_limits_kept


async def check_limits_again(
    netbox: NetBox, kinds: Mapping[str, Kind], plan: Plan, policy: Policy | None, consent: Consent
) -> None:
    """Raise RefusedError for a limit that the plan exceeds, unless it shows that and the apply is told to ignore it."""
    if policy is None:
        return
    hits = await limits_now(netbox, kinds, plan.changes, policy)
    forced = {(hit.kind, hit.cluster): hit.affected for hit in plan.limits if hit.forced}
    check_limits_kept(tuple(hit for hit in hits if forced.get((hit.kind, hit.cluster), -1) < hit.affected))
    consent.check_excess(hits, policy.limits)


async def limits_now(
    netbox: NetBox, kinds: Mapping[str, Kind], changes: Sequence[Change], policy: Policy
) -> tuple[LimitHit, ...]:
    """Return the limits that changes exceed. NetBox counts only where so many objects are touched that it matters."""
    clusters = [cluster.name for cluster in policy.clusters]
    found = affected(changes, kinds, clusters)
    only_undone = undone(changes, kinds, policy)
    asked = sorted({*in_doubt(found, kinds, policy.limits), *only_undone})
    counts = await asyncio.gather(*(_count(netbox, kinds[group[1]], sorted(found[group].clusters)) for group in asked))
    managed: dict[Group, int] = {group: max(len(each.touched), policy.limits.minimum) for group, each in found.items()}
    managed |= dict(zip(asked, counts, strict=True))
    hits = check_limits(changes, managed, kinds, policy.limits, clusters)
    over = {(hit.cluster, hit.kind) for hit in hits}
    more = (undone_hit(group, ids, managed[group]) for group, ids in sorted(only_undone.items()) if group not in over)
    return (*hits, *more)


async def _count(netbox: NetBox, kind: Kind, clusters: Sequence[str]) -> int:
    """Return how many objects of a kind carry a key of some clusters."""
    prefixes = [f"{name}/" for name in clusters]
    page = await netbox.get(kind.path, {f"cf_{KEY_FIELD}__isw": prefixes, "limit": 1, "fields": "id"})
    count = page.get("count") if isinstance(page, dict) else None
    if not isinstance(count, int):
        raise NetBoxError(
            f"NetBox answered GET {kind.path} without a number of objects",
            hint="Check whether a proxy answers in place of NetBox.",
        )
    return count
