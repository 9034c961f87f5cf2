"""Required object permissions on NetBox, derived from the kinds a configuration syncs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from proxbox_plan.apply.locks.netbox_lock import LOCKED_TYPE
from proxbox_plan.doctor.object_types import OBJECT_TYPES, watched
from proxbox_plan.model.base import Frozen
from proxbox_plan.model.kind import Kind
from proxbox_plan.model.netbox_versions import OLDEST, version_text
from proxbox_plan.model.policy import ClusterPolicy, Policy
from proxbox_plan.plan import KINDS

CHANGELOG = "core.objectchange"
VIEW, ADD, CHANGE, DELETE = "view", "add", "change", "delete"
ORDER = (VIEW, ADD, CHANGE, DELETE)


def needed(policy: Policy) -> dict[str, frozenset[str]]:
    """Return the required actions by object type, for plan, apply, undo and drift."""
    found = {kind.object_type: _actions(kind, policy) for kind in synced_kinds(policy)}
    # What depends on an object is looked at before it is deleted; what the token may not see counts as there.
    kinds = (kind for kind in synced_kinds(policy) if DELETE in found[kind.object_type])
    depending = {relation.model for kind in kinds for relation in watched(kind)}
    found |= {model: frozenset({VIEW}) for model in sorted(depending - found.keys())}
    found[LOCKED_TYPE] = found.get(LOCKED_TYPE, frozenset()) | frozenset(ORDER)  # the lock is created, renewed, deleted
    found[CHANGELOG] = frozenset({VIEW})
    return found


def synced_kinds(policy: Policy) -> list[Kind]:
    """Return the kinds that the configuration syncs or refers to."""
    return [kind for kind in KINDS.values() if policy.areas.include(kind.areas) and _is_named(kind, policy)]


def _is_named(kind: Kind, policy: Policy) -> bool:
    """Whether a kind is read: one that is only looked up must be named in the configuration."""
    field = kind.name.replace("-", "_")
    return kind.creatable or kind.managed or any(getattr(place, field, None) for place in _places(policy))


def _places(policy: Policy) -> Iterator[Frozen]:
    """Yield the parts of a configuration that may name NetBox objects."""
    yield from (rule.set for rule in policy.cluster_rules)
    owners: tuple[Policy | ClusterPolicy, ...] = (policy, *policy.clusters)
    for owner in owners:
        yield from (rule.set for rule in owner.rules)
        yield from (rule.set for rule in owner.node_rules)
        yield from (rule.set for rule in owner.address_rules)
    for cluster in policy.clusters:
        yield from (cluster, cluster.guests, cluster.nodes)


def _actions(kind: Kind, policy: Policy) -> frozenset[str]:
    made = kind.creatable or (
        kind.managed and policy.areas.sdn
    )  # VRFs are created for EVPN zones, otherwise only looked up
    if not made or (kind.name == "site" and not policy.create_sites):
        return frozenset({VIEW})
    if not kind.support:
        return frozenset(ORDER)
    extended = any(field.extend for field in kind.fields)
    return frozenset({VIEW, ADD, CHANGE} if extended else {VIEW, ADD})


def as_permissions(policy: Policy) -> list[dict[str, Any]]:
    """Return bodies for POST /api/users/permissions/, without the users they are for.

    Object types of a plugin, and of a newer NetBox, are separate: NetBox rejects those that it does not have.
    """
    groups: dict[tuple[str, frozenset[str]], list[str]] = {}
    for object_type, actions in needed(policy).items():
        groups.setdefault((_owner(object_type), actions), []).append(object_type)
    return [_permission(of, actions, types) for (of, actions), types in _in_order(groups)]


def _owner(object_type: str) -> str:
    """Return the plugin or the newer NetBox that has a type; empty for one that every NetBox has."""
    found = OBJECT_TYPES.get(object_type)
    if found is None or (not found.plugin and found.since == OLDEST):
        return ""
    return found.plugin or f"NetBox {version_text(found.since)}"


Groups = Mapping[tuple[str, frozenset[str]], list[str]]


def _in_order(groups: Groups) -> Iterator[tuple[tuple[str, frozenset[str]], list[str]]]:
    yield from sorted(groups.items(), key=lambda item: (item[0][0], len(item[0][1])))


def _permission(of: str, actions: Iterable[str], types: list[str]) -> dict[str, Any]:
    given = [action for action in ORDER if action in actions]
    return {
        "name": " ".join(("proxbox-plan:", *((f"{of}:",) if of else ()), ", ".join(given))),
        "description": "What `proxbox doctor --permissions` lists for this configuration",
        "object_types": sorted(types),
        "actions": given,
        "constraints": None,
        "enabled": True,
    }
