"""A plan in one line, and its changes by cluster and kind: what every view of a plan starts from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from proxbox_plan.core.escaping import sanitized
from proxbox_plan.model.drift import Drift
from proxbox_plan.model.plan import Action, Binding, Change, CheckHit, LeftAlone, Plan, Targeting
from proxbox_plan.model.plan.merged import merged
from proxbox_plan.model.policy import CheckSeverity
from proxbox_plan.report.messages import counted, counted_kind, kind_word

SHARED = "shared by all clusters"

_VERBS = {
    Action.CREATE: "to create",
    Action.UPDATE: "to update",
    Action.MOVE: "to move",
    Action.DELETE: "to delete",
    Action.ADOPT: "to adopt",
    Action.FORGET: "to forget",
}
_CHECK_VERBS = {
    CheckSeverity.DENY: "denies this plan",
    CheckSeverity.REQUIRE: "requires the label {}",
    CheckSeverity.ADVISORY: "matches; it is advisory",
}
_MOST_KINDS = 24
_ALWAYS = (Action.CREATE, Action.UPDATE, Action.DELETE)


@dataclass(frozen=True, slots=True)
class Group:
    """Changes of one kind in one cluster, in the plan's order."""

    cluster: str | None
    kind: str
    changes: tuple[Change, ...]


def groups(changes: Iterable[Change]) -> Iterator[Group]:
    """Yield changes by cluster (what all share first, then by name) and kind (in the plan's order)."""
    found: dict[tuple[str, str], list[Change]] = {}
    for change in changes:
        found.setdefault((change.cluster or "", change.kind), []).append(change)
    for cluster, kind in sorted(found, key=lambda place: place[0]):
        yield Group(cluster or None, kind, tuple(found[cluster, kind]))


def news(plan: Plan) -> list[Change]:
    """Return the changes, one for each object, without those that were refused before."""
    return merged(tuple(change for change in plan.changes if change.address not in plan.refused_before))


def action_counts(plan: Plan) -> Counter[Action]:
    """Return to how many objects each action happens."""
    return Counter(change.action for change in news(plan))


def verdict(plan: Plan) -> str:
    """Return the plan in one line."""
    if not plan.changes and plan.targeting:
        return "; ".join([f"No changes for the targets ({part_words(plan.targeting)})", *_asides(plan)]) + "."
    if not plan.changes:
        return agreement(plan, "No changes")
    counts = action_counts(plan)
    actions = [f"{counts[action]:,} {verb}" for action, verb in _VERBS.items() if action in _ALWAYS or counts[action]]
    title = "Partial plan" if plan.targeting else "Plan"
    title += f" of the class {plan.part}" if plan.part is not None else ""
    return "; ".join([f"{title}: {', '.join(actions)}", *_asides(plan)]) + "."


def agreement(plan: Plan | Drift, begin: str) -> str:
    """Return in one line that there are no changes, what a person must decide, and what is deferred or preserved."""
    if plan.problems:
        decide = f"{begin}, but {counted(len(plan.problems), 'problem')} that a person must decide"
        return "; ".join([decide, *_asides(plan, problems=False)]) + "."
    agrees = "NetBox agrees with Proxmox" if plan.complete else "NetBox agrees with what could be read of Proxmox"
    if held_count(plan):
        agrees += ", but for what is held"
    return "; ".join([f"{begin}. {agrees}", *_asides(plan)]) + "."


def where_words(binding: Binding) -> str:
    """Return which NetBox a plan is for, and which branch of it."""
    return f"{binding.netbox_url}, branch {binding.branch.name}" if binding.branch else binding.netbox_url


def state_words(plan: Plan) -> str:
    """Return when the state was collected: one time, or that of each cluster; empty when it does not say."""
    times = sorted(set(plan.collected.values()))
    if len(times) > 1:
        return ", ".join(f"{name} {time}" for name, time in sorted(plan.collected.items()))
    return times[0] if times else ""


def part_words(part: Targeting) -> str:
    """Return which part of the difference a plan holds: `web-1, without virtual-disk`."""
    targets = ", ".join(part.targets) or "everything"
    return f"{targets}, without {', '.join(part.excludes)}" if part.excludes else targets


def _asides(plan: Plan | Drift, *, problems: bool = True) -> Iterator[str]:
    part = plan.targeting if isinstance(plan, Plan) else None
    if part and part.omitted:
        yield f"{counted(part.omitted, 'change')} outside the targets"
    if held := held_count(plan):
        yield f"{held:,} held"
    if plan.deferred:
        yield f"{len(plan.deferred):,} deferred"
    if plan.preserved:
        yield f"{counted(len(plan.preserved), 'field')} preserved"
    for tag, count in sorted(Counter(item.tag for item in plan.left_alone).items()):
        yield f"{counted(count, 'object')} left alone because of {tag}"
    if plan.problems and problems:
        yield counted(len(plan.problems), "problem")
    if isinstance(plan, Plan) and plan.refused_before:
        yield f"{counted(len(plan.refused_before), 'change')} refused before, unchanged"


def held_count(plan: Plan | Drift) -> int:
    """Return of how many objects changes are held."""
    found = plan.held if isinstance(plan, Plan) else [item for item in plan.items if item.held]
    return len({item.address.first_pass for item in found})


def tag_words(item: LeftAlone) -> str:
    """Return which tag an object is left alone for."""
    return f"{item.tag}, on {'the guest in Proxmox' if item.side == 'proxmox' else 'the object in NetBox'}"


def check_words(hit: CheckHit) -> str:
    """Return a check that a plan meets in one line."""
    verb = _CHECK_VERBS[hit.severity].format(hit.label)
    why = f": {hit.message}" if hit.message else ""
    return f"The check {hit.name!r} {verb}{why}"


def limits_title(plan: Plan) -> str:
    """Return what the limits that a plan exceeds mean for it."""
    if all(hit.forced for hit in plan.limits):
        return "Over a change limit: only `apply --force-limit` applies this plan"
    return "Over a change limit: apply refuses this plan"


def unchanged_line(unchanged: Mapping[str, int], *, verbose: bool = False) -> str:
    """Return what already agrees: `Unchanged: 4 devices, 200 virtual machines.`; nothing when there is nothing.

    Many kinds are only counted, unless `verbose` is set.
    """
    parts = [counted_kind(kind, count) for kind, count in sorted(unchanged.items()) if count]
    if len(parts) > _MOST_KINDS and not verbose:
        return f"Unchanged: {sum(unchanged.values()):,} objects of {len(parts)} kinds."
    return f"Unchanged: {', '.join(parts)}." if parts else ""


def unsupported_lines(plan: Plan, *, verbose: bool = False) -> Iterator[str]:
    """Yield a line for each plugin that NetBox lacks, or that lacks some kinds or fields."""
    for item in plan.unsupported:
        why = "which NetBox does not run" if item.version is None else f"{sanitized(item.version)}, fully or partly"
        names = f": {', '.join(kind_word(kind) for kind in item.kinds)}" if verbose else ""
        yield f"Unsupported: {counted(len(item.kinds), 'kind')} of the plugin {item.plugin}, {why}{names}."
