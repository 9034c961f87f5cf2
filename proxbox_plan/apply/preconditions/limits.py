"""Limits, computed again: how many objects are managed NetBox says, and what may change the configuration says."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from proxbox_plan.apply.journal import Earlier
from proxbox_plan.apply.preconditions.history import count_of
from proxbox_plan.clients.netbox.client import NetBox
from proxbox_plan.core.errors import NetBoxError
from proxbox_plan.model.kind import KEY_FIELD, Kind
from proxbox_plan.model.plan import Adopt, Change, Create, Delete, LimitHit, Plan
from proxbox_plan.model.policy import Policy
from proxbox_plan.policy.limits import Group, affected, check_limits, in_doubt, undone, undone_hit
from proxbox_plan.policy.permission import Consent, check_limits_kept

_NONE: Final[Mapping[Group, int]] = {}


async def check_limits_again(  # noqa: PLR0913 # the plan, what it is checked against, and what was done of it
    netbox: NetBox, kinds: Mapping[str, Kind], plan: Plan, policy: Policy | None, consent: Consent, earlier: Earlier
) -> None:
    """Raise RefusedError for a limit that the plan exceeds, unless it shows that and the apply is told to ignore it.

    An apply that is resumed is held to them, too: all of its plan, and the number of objects when it began.
    """
    if policy is None:
        return
    begun = _Begun.of(plan, kinds, policy, earlier)
    hits = await limits_now(netbox, kinds, plan.changes, policy, begun.gone)
    if hits and earlier.plan_digest is not None:
        hits = await limits_now(netbox, kinds, plan.changes, policy, await begun.shown(netbox, kinds, plan))
    forced = {(hit.kind, hit.cluster): hit.affected for hit in plan.limits if hit.forced}
    check_limits_kept(tuple(hit for hit in hits if forced.get((hit.kind, hit.cluster), -1) < hit.affected))
    consent.check_excess(hits, policy.limits)


@dataclass(frozen=True, slots=True)
class _Begun:
    """How many more or fewer objects there were when an apply began that is resumed.

    What its journal says is `gone` is read back, and counts as deleted, too: to claim more of it permits nothing. For
    the rest the changelog must have entries of this plan.
    """

    gone: Mapping[Group, int]
    new: Mapping[Group, int]  # created, by what the journal says
    adopted: Mapping[Group, int]
    deletes: Mapping[Group, int]  # all that the plan has

    @classmethod
    def of(cls, plan: Plan, kinds: Mapping[str, Kind], policy: Policy, earlier: Earlier) -> _Begun:
        """Return it for a journal."""
        names = {cluster.name for cluster in policy.clusters}
        found = affected(plan.changes, kinds, names)
        gone, new, adopted, deletes = (Counter[Group]() for _ in range(4))
        for change in plan.changes:
            owned = change.ownership_before if isinstance(change, Delete) else None
            key = owned.key if owned is not None else change.key
            if key is None:
                continue
            group = (key.cluster if key.cluster in names else "", change.kind)
            landed = change.address in earlier.landed
            new[group] += landed and isinstance(change, Create)
            adopted[group] += landed and isinstance(change, Adopt)
            if isinstance(change, Delete):
                deletes[group] += 1
                gone[group] += landed and group in found and change.netbox_id in found[group].touched
        return cls(gone, new, adopted, deletes)

    async def shown(self, netbox: NetBox, kinds: Mapping[str, Kind], plan: Plan) -> Mapping[Group, int]:
        """Return how many more there were, as far as the changelog shows it."""
        more = Counter(self.gone)
        for counted, action in ((self.deletes, "delete"), (self.new, "create"), (self.adopted, "update")):
            groups = [group for group, number in counted.items() if number]
            types = [kinds[kind].object_type for _, kind in groups]
            asked = (count_of(netbox, plan, None, changed_object_type=of, action=action) for of in types)
            for group, count in zip(groups, await asyncio.gather(*asked), strict=True):
                shown = min(counted[group], count or 0)
                more[group] = max(more[group], shown) if counted is self.deletes else more[group] - shown
        return more


async def limits_now(
    netbox: NetBox,
    kinds: Mapping[str, Kind],
    changes: Sequence[Change],
    policy: Policy,
    more: Mapping[Group, int] = _NONE,
) -> tuple[LimitHit, ...]:
    """Return the limits that changes exceed. NetBox counts only where so many objects are touched that it matters.

    `more` says how many more objects there were than NetBox has now; there were at least those that are touched.
    """
    clusters = [cluster.name for cluster in policy.clusters]
    found = affected(changes, kinds, clusters)
    only_undone = undone(changes, kinds, policy)
    asked = sorted({*in_doubt(found, kinds, policy.limits), *only_undone})
    counts = await asyncio.gather(*(_count(netbox, kinds[group[1]], sorted(found[group].clusters)) for group in asked))
    managed: dict[Group, int] = {group: max(len(each.touched), policy.limits.minimum) for group, each in found.items()}
    for group, count in zip(asked, counts, strict=True):
        managed[group] = max(count + more.get(group, 0), len(found[group].touched)) if more else count
    hits = check_limits(changes, managed, kinds, policy.limits, clusters)
    over = {(hit.cluster, hit.kind) for hit in hits}
    rest = (undone_hit(group, ids, managed[group]) for group, ids in sorted(only_undone.items()) if group not in over)
    return (*hits, *rest)


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
