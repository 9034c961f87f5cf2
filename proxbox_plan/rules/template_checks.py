"""Template checks: compiles every template of the configuration before it is used."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from proxbox_plan.core.errors import ConfigError
from proxbox_plan.model.base import Frozen
from proxbox_plan.model.policy import Policy
from proxbox_plan.model.policy.facts import AddressFacts, ClusterFacts, GuestFacts, NodeFacts
from proxbox_plan.model.policy.rules import (
    AddressRule,
    AddressTargets,
    ClusterRule,
    ClusterTargets,
    NodeRule,
    NodeTargets,
    Rule,
    Targets,
)
from proxbox_plan.rules import conditions
from proxbox_plan.rules.evaluate import RulePath
from proxbox_plan.rules.templates import check_template

TemplateProblem = tuple[RulePath, str]
_Known = Mapping[str, Collection[str]]


def check_rules(policy: Policy) -> Iterator[TemplateProblem]:
    """Yield every template that does not compile or reads an unknown fact, with its path in the policy."""
    yield from _rules(policy.rules, ("rules",), GuestFacts)
    yield from _rules(policy.node_rules, ("node_rules",), NodeFacts)
    yield from _rules(policy.cluster_rules, ("cluster_rules",), ClusterFacts)
    yield from _rules(policy.address_rules, ("address_rules",), AddressFacts)
    for index, cluster in enumerate(policy.clusters):
        home: RulePath = ("clusters", index)
        yield from _rules(cluster.rules, (*home, "rules"), GuestFacts)
        yield from _rules(cluster.node_rules, (*home, "node_rules"), NodeFacts)
        yield from _rules(cluster.address_rules, (*home, "address_rules"), AddressFacts)
        yield from _targets(cluster.guests, (*home, "guests"), _known(GuestFacts, ()))
        yield from _targets(cluster.nodes, (*home, "nodes"), _known(NodeFacts, ()))


def _rules(
    rules: Iterable[Rule | NodeRule | ClusterRule | AddressRule], where: RulePath, facts: type[Frozen]
) -> Iterator[TemplateProblem]:
    for index, rule in enumerate(rules):
        known = _known(facts, conditions.compiled(rule.when).groups)
        yield from _targets(rule.set, (*where, index, "set"), known)


def _known(facts: type[Frozen], groups: Collection[str]) -> _Known:
    root = facts.__name__.removesuffix("Facts").lower()
    return {"cluster": ClusterFacts.model_fields, root: facts.model_fields, "match": groups}


def _targets(
    targets: Targets | NodeTargets | ClusterTargets | AddressTargets, where: RulePath, known: _Known
) -> Iterator[TemplateProblem]:
    for name in type(targets).model_fields:
        value = getattr(targets, name)
        if isinstance(value, dict):
            for key, item in value.items():
                yield from _text(item, (*where, name, key), known)
        elif isinstance(value, tuple):
            for index, item in enumerate(value):
                yield from _text(item, (*where, name, index), known)
        else:
            yield from _text(value, (*where, name), known)


def _text(value: Any, where: RulePath, known: _Known) -> Iterator[TemplateProblem]:
    try:
        check_template(value, known)
    except ConfigError as error:
        yield where, error.message
