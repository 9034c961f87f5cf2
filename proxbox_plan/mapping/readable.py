"""Readable kinds: the kinds with the custom fields that rules fill and that must be read, too."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from proxbox_plan.mapping import KINDS, device, virtual_machine
from proxbox_plan.model.kind import CUSTOM, Kind
from proxbox_plan.model.outcome import Outcome
from proxbox_plan.model.policy import Policy
from proxbox_plan.model.policy.rules import NodeTargets, Targets


def kinds_of(policy: Policy) -> dict[str, Kind]:
    """Return the kinds with the custom fields that the policy's rules fill."""
    clusters = policy.clusters
    guests = [rule.set for rules in (policy.rules, *(item.rules for item in clusters)) for rule in rules]
    nodes = [rule.set for rules in (policy.node_rules, *(item.node_rules for item in clusters)) for rule in rules]
    return _with_fields(
        {
            virtual_machine.KIND.name: custom_names([*guests, *(item.guests for item in clusters)]),
            device.KIND.name: custom_names([*nodes, *(item.nodes for item in clusters)]),
        }
    )


def custom_names(targets: Iterable[Targets | NodeTargets]) -> set[str]:
    """Return the names of the custom fields that any of these fill."""
    return {name for item in targets for name in item.custom_fields}


def kinds_of_outcome(outcome: Outcome) -> dict[str, Kind]:
    """Return the kinds with the custom fields that an apply changed."""
    names: dict[str, set[str]] = {}
    for change in outcome.changes:
        found = {field.field.removeprefix(CUSTOM) for field in change.fields if field.field.startswith(CUSTOM)}
        names.setdefault(change.kind, set()).update(found)
    return _with_fields(names)


def _with_fields(names: Mapping[str, Iterable[str]]) -> dict[str, Kind]:
    return {
        name: replace(kind, fields=(*kind.fields, *(kind.field(CUSTOM + one) for one in sorted(names.get(name, ())))))
        for name, kind in KINDS.items()
    }
