"""Template checks: compiles every template of the configuration before it is used."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import partial
from typing import Any, NamedTuple

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
from proxbox_plan.rules.templates import check_template, compiled

TemplateProblem = tuple[RulePath, str]


class _Readable(NamedTuple):
    """What a template may read."""

    known: Mapping[str, Collection[str]]
    """Facts by their root."""
    off: Mapping[str, str]
    """Facts that are not read from Proxmox -> the area that reads them."""


def check_rules(policy: Policy) -> Iterator[TemplateProblem]:
    """Yield every template that does not compile or reads an unknown fact, with its path in the policy."""
    unread = {f"guest.{fact}": area for fact, area in GuestFacts.ASKED.items() if not policy.areas.include((area,))}
    rules = partial(_rules, off=unread)
    yield from rules(policy.rules, ("rules",), GuestFacts)
    yield from rules(policy.node_rules, ("node_rules",), NodeFacts)
    yield from rules(policy.cluster_rules, ("cluster_rules",), ClusterFacts)
    yield from rules(policy.address_rules, ("address_rules",), AddressFacts)
    for index, cluster in enumerate(policy.clusters):
        home: RulePath = ("clusters", index)
        yield from rules(cluster.rules, (*home, "rules"), GuestFacts)
        yield from rules(cluster.node_rules, (*home, "node_rules"), NodeFacts)
        yield from rules(cluster.address_rules, (*home, "address_rules"), AddressFacts)
        yield from _targets(cluster.guests, (*home, "guests"), _Readable(_known(GuestFacts, ()), unread))
        yield from _targets(cluster.nodes, (*home, "nodes"), _Readable(_known(NodeFacts, ()), {}))


def _rules(
    rules: Iterable[Rule | NodeRule | ClusterRule | AddressRule],
    where: RulePath,
    facts: type[Frozen],
    *,
    off: Mapping[str, str],
) -> Iterator[TemplateProblem]:
    for index, rule in enumerate(rules):
        known = _known(facts, conditions.compiled(rule.when).groups)
        yield from _targets(rule.set, (*where, index, "set"), _Readable(known, off))


def _known(facts: type[Frozen], groups: Collection[str]) -> Mapping[str, Collection[str]]:
    root = facts.__name__.removesuffix("Facts").lower()
    return {"cluster": ClusterFacts.model_fields, root: facts.model_fields, "match": groups}


def _targets(
    targets: Targets | NodeTargets | ClusterTargets | AddressTargets, where: RulePath, readable: _Readable
) -> Iterator[TemplateProblem]:
    for name in type(targets).model_fields:
        value = getattr(targets, name)
        if isinstance(value, dict):
            for key, item in value.items():
                yield from _text(item, (*where, name, key), readable)
        elif isinstance(value, tuple):
            for index, item in enumerate(value):
                yield from _text(item, (*where, name, index), readable)
        else:
            yield from _text(value, (*where, name), readable)


def _text(value: Any, where: RulePath, readable: _Readable) -> Iterator[TemplateProblem]:
    try:
        check_template(value, readable.known)
    except ConfigError as error:
        yield where, error.message
        return
    for fact in sorted(compiled(value).facts & readable.off.keys()):
        yield (
            where,
            f"the template reads {fact}, which is only read from Proxmox with `scope.{readable.off[fact]}: true`",
        )
