"""Rule book: the compiled rules of a policy, evaluated for guests, nodes, clusters and addresses."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from proxbox_plan.core.errors import ConfigError, RefusedError
from proxbox_plan.core.listed import listed
from proxbox_plan.model.kind import CUSTOM
from proxbox_plan.model.policy import ClusterPolicy, Policy
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
from proxbox_plan.model.state import Cluster, Guest, Node
from proxbox_plan.model.state.vlans import GuestVlans, Wiring
from proxbox_plan.rules import conditions, templates
from proxbox_plan.rules.conditions import CompiledCondition, ConditionInput
from proxbox_plan.rules.evaluate import TAGS, CompiledRule, Evaluation, Evaluator, RulePath

_ANY = conditions.compiled(Rule().when)


@dataclass(frozen=True)
class RuleBook:
    """The rules for one cluster's guests and nodes, and for their addresses, in evaluation order."""

    guest_rules: tuple[CompiledRule, ...]
    node_rules: tuple[CompiledRule, ...]
    address_rules: tuple[CompiledRule, ...]
    facts: Mapping[str, Any]  # about the cluster
    unknown: frozenset[str]  # those of them that were not read: `cluster.standalone`
    wiring: Wiring

    def of_guest(self, guest: Guest, *, explain: bool = False) -> Evaluation:
        """Evaluate the rules for a guest; one whose row was not read gets no values."""
        if not guest.coverage.row.complete or not self.guest_rules:
            return Evaluation()
        found = self.wiring.vlans_of(guest)
        unknown = unknown_keys(guest, found) | (frozenset() if guest.coverage.config.complete else GuestFacts.LATER)
        roots = ("guest", lambda: GuestFacts.of(guest, found.vids).model_dump())
        subject = guest_subject(guest, self.facts["name"], found)
        return self._evaluate(self.guest_rules, subject, roots, unknown, explain=explain)

    def of_node(self, node: Node, *, explain: bool = False) -> Evaluation:
        """Evaluate the rules for a node."""
        if not self.node_rules:
            return Evaluation()
        subject = {
            "name": (node.name,),
            "cluster": (self.facts["name"],),
            "cpu": (node.cpu_model or "",),
            "version": (node.version or "",),
        }
        roots = ("node", lambda: NodeFacts.of(node).model_dump())
        return self._evaluate(self.node_rules, subject, roots, NodeFacts.unknown_of(node), explain=explain)

    def of_address(
        self, facts: AddressFacts, unknown: frozenset[str] = frozenset(), *, explain: bool = False
    ) -> Evaluation:
        """Evaluate the rules for an address; `unknown` are the facts about it that were not read."""
        subject = address_subject(facts, self.facts["name"])
        return self._evaluate(self.address_rules, subject, ("address", facts.model_dump), unknown, explain=explain)

    def _evaluate(
        self,
        rules: Iterable[CompiledRule],
        subject: ConditionInput,
        facts: tuple[str, Callable[[], Any]],
        unknown: Collection[str],
        *,
        explain: bool,
    ) -> Evaluation:
        unread = self.unknown.union(unknown)
        evaluator = Evaluator(subject, facts, {"cluster": self.facts}, unread, explain=explain)
        for rule in rules:
            evaluator.try_rule(rule)
        return evaluator.evaluation


def guest_subject(guest: Guest, cluster: str, found: GuestVlans) -> ConditionInput:
    """Return what the conditions on guests read, with the VLANs of its NICs."""
    return {
        "name": (guest.name or "",),
        "tag": guest.tags,
        "pool": (guest.pool or "",),
        "node": (guest.node,),
        "ha": (guest.hastate or "",),
        "type": (guest.type,),
        "os": (guest.ostype or "",),
        "agent_os": (guest.agent_os.name if guest.agent_os else "",),
        "agent_version": (guest.agent_os.version if guest.agent_os else "",),
        "agent_hostname": (guest.agent_hostname or "",),
        "cluster": (cluster,),
        "vmid": (str(guest.vmid),),
        "vlan": tuple(map(str, found.vids)),
    }


def address_subject(facts: AddressFacts, cluster: str) -> ConditionInput:
    """Return what the conditions on addresses read."""
    return {
        "network": (facts.ip,),
        "interface": (facts.interface,),
        "vlan": (str(facts.vlan),) if facts.vlan else (),
        "guest": (facts.guest,) if facts.guest else (),
        "node": (facts.node,),
        "cluster": (cluster,),
    }


def unknown_keys(guest: Guest, found: GuestVlans) -> frozenset[str]:
    """Return what conditions and templates read that is unknown of a guest."""
    coverage = guest.coverage
    sources = (
        (coverage.row, ("name", "tag", "ha")),
        (coverage.pool, ("pool",)),
        (coverage.config, ("os", "vlan")),
        (found.coverage, ("vlan", "vlans")),
        (coverage.agent_os, ("agent_os", "agent_version")),
        (coverage.agent_hostname, ("agent_hostname",)),
    )
    return frozenset(key for source, keys in sources if not source.complete for key in keys)


def rule_book(policy: Policy, cluster: ClusterPolicy, found: Cluster, wiring: Wiring) -> RuleBook:
    """Return the rules for a cluster: its own, those of all clusters, then its defaults."""
    facts = ClusterFacts.of(found, site=cluster.site, tenant=cluster.tenant)
    index = next(place for place, other in enumerate(policy.clusters) if other.name == cluster.name)
    home: RulePath = ("clusters", index)
    return RuleBook(
        guest_rules=(
            *_rules(cluster.rules, (*home, "rules")),
            *_rules(policy.rules, ("rules",)),
            *_defaults(cluster.guests, (*home, "guests")),
        ),
        node_rules=(
            *_rules(cluster.node_rules, (*home, "node_rules")),
            *_rules(policy.node_rules, ("node_rules",)),
            *_defaults(cluster.nodes, (*home, "nodes")),
        ),
        address_rules=(
            *_rules(cluster.address_rules, (*home, "address_rules")),
            *_rules(policy.address_rules, ("address_rules",)),
        ),
        facts=facts.model_dump(),
        unknown=frozenset(f"cluster.{name}" for name in ClusterFacts.unknown_of(found)),
        wiring=wiring,
    )


def _rules(rules: Iterable[Rule | NodeRule | ClusterRule | AddressRule], where: RulePath) -> Iterable[CompiledRule]:
    for index, rule in enumerate(rules):
        yield _compiled(conditions.compiled(rule.when), rule.set, (*where, index))


def _defaults(targets: Targets | NodeTargets, where: RulePath) -> Iterable[CompiledRule]:
    if targets.model_fields_set:
        yield _compiled(_ANY, targets, where)


def _compiled(
    when: CompiledCondition, targets: Targets | NodeTargets | ClusterTargets | AddressTargets, place: RulePath
) -> CompiledRule:
    given = {name: value for name in type(targets).model_fields if (value := getattr(targets, name)) is not None}
    tags = given.pop(TAGS, ())
    custom = given.pop("custom_fields", {})
    items = (*given.items(), *((CUSTOM + name, value) for name, value in custom.items()))
    return CompiledRule(
        place,
        when,
        tuple((key, templates.compiled(_plain(value))) for key, value in items),
        tuple(templates.compiled(tag) for tag in ((tags,) if isinstance(tags, str) else tags)),
    )


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def effective(policy: Policy, found: ClusterPolicy, cluster: Cluster) -> ClusterPolicy:
    """Return the policy of a cluster, with the values of `cluster_rules` instead of its own keys.

    Every object of the cluster depends on these values: a template that fails is an error, not a problem of one object.
    """
    if not policy.cluster_rules:
        return found
    evaluation = evaluate_cluster(policy, found, cluster)
    if evaluation.failures:
        failure = evaluation.failures[0]
        raise ConfigError(
            f"{capitalized(spoken(policy, failure.place))} cannot set {failure.key} of cluster {cluster.name!r}: "
            f"{failure.why}",
            hint="Correct the template: every object of the cluster depends on it.",
        )
    if evaluation.unsure:
        raise RefusedError(
            f"The `cluster_rules` cannot set {listed(sorted(evaluation.unsure))} of cluster {cluster.name!r}: "
            f"they use what was not read ({cluster.coverage.status.detail or cluster.coverage.status.reason})",
            hint="Let the cluster's status be read, then plan again: every object of the cluster depends on it.",
        )
    return found.replace(**evaluation.values)


def evaluate_cluster(policy: Policy, found: ClusterPolicy, cluster: Cluster, *, explain: bool = False) -> Evaluation:
    """Evaluate the `cluster_rules` for a cluster."""
    facts = ClusterFacts.of(cluster, site=found.site, tenant=found.tenant)
    subject = {"cluster": (cluster.name,), "version": (cluster.version or "",)}
    unknown = ClusterFacts.unknown_of(cluster)
    evaluator = Evaluator(subject, ("cluster", facts.model_dump), {}, unknown, explain=explain)
    for rule in _rules(policy.cluster_rules, ("cluster_rules",)):
        evaluator.try_rule(rule)
    return evaluator.evaluation


def capitalized(text: str) -> str:
    """Return a text with a capital first letter; the rest stays as it is."""
    return text[:1].upper() + text[1:]


def spoken(policy: Policy, place: RulePath) -> str:
    """Return a rule's position, counted from one: `rule 2 of cluster 'lab'`."""
    where = f"of cluster {policy.clusters[int(place[1])].name!r}" if place[0] == "clusters" else "of all clusters"
    if isinstance(place[-1], int):
        return f"{str(place[-2]).replace('_', ' ').removesuffix('s')} {place[-1] + 1} {where}"
    return f"`{place[-1]}` {where}"
