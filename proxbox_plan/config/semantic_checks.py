"""Semantic checks beyond the models: names must differ, patterns must compile, kinds must exist."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import NamedTuple

from proxbox_plan.config.diagnostic import Location
from proxbox_plan.config.file import ClusterSection, ConfigFile
from proxbox_plan.config.forms import network, pattern
from proxbox_plan.core.patterns import is_expression
from proxbox_plan.core.suggestion import suggestion
from proxbox_plan.model.address_roles import ADDRESS_ROLES
from proxbox_plan.model.kind import APPLIED_FIELD, CUSTOM, KEY_FIELD, OnMissing
from proxbox_plan.model.kind_names import kind_meant
from proxbox_plan.model.lint.kinds import LintKind
from proxbox_plan.model.lint.settings import LintRules
from proxbox_plan.model.policy.areas import Areas
from proxbox_plan.model.policy.check import CheckSeverity
from proxbox_plan.model.policy.facts import GuestFacts
from proxbox_plan.model.policy.review import ReviewCondition
from proxbox_plan.model.policy.rules import (
    TEMPLATE_MARKS,
    AddressCondition,
    AddressRule,
    AddressTargets,
    ClusterCondition,
    ClusterRule,
    ClusterTargets,
    Condition,
    NodeCondition,
    NodeRule,
    NodeTargets,
    Rule,
    Targets,
)
from proxbox_plan.model.protective_tags import is_protective

AnyCondition = Condition | NodeCondition | ClusterCondition | AddressCondition | ReviewCondition
AnyTargets = Targets | NodeTargets | ClusterTargets | AddressTargets
_PATTERNS = (
    "name",
    "tag",
    "pool",
    "node",
    "cluster",
    "os",
    "agent_os",
    "agent_version",
    "agent_hostname",
    "ha",
    "cpu",
    "version",
    "interface",
    "guest",
)
_REVIEWED = ("kind", "action", "reason", "field", "guest", "tag", "cluster")
_RULED = ("virtual-machine", "device")  # kinds whose custom fields rules fill
_FIELD_NAME = re.compile(r"[a-z0-9_]{1,50}")  # NetBox's rule for names
LocatedMessage = tuple[Location, str]


class KnownKind(NamedTuple):
    """What a configuration may say of a kind."""

    fields: Collection[str]
    can_be_decommissioned: bool  # whether NetBox has a status for one that is gone and stays


KnownKinds = Callable[[], Mapping[str, KnownKind]]  # called only when the configuration names kinds


def check(config: ConfigFile, known: KnownKinds | None) -> Iterator[LocatedMessage]:
    """Yield every error; `known` returns what may be said of each kind, or null to skip that check."""
    if not config.clusters:
        yield ("clusters",), "clusters must hold at least one cluster"
    yield from _cluster_names(config)
    yield from _rules(config)
    yield from _networks(("mapping", "prefer"), config.mapping.prefer)
    yield from _networks(("mapping", "addresses", "skip_networks"), config.mapping.addresses.skip_networks)
    yield from _globs(("mapping", "addresses", "skip_interfaces"), config.mapping.addresses.skip_interfaces)
    yield from _checks(config)
    yield from _lint(config)
    yield from _receivers(config)
    yield from _review(config)
    if known is not None and (config.owners or config.on_missing or config.mode or config.forget):
        yield from _kinds(config, known())


def _review(config: ConfigFile) -> Iterator[LocatedMessage]:
    """Yield what is wrong with conditions beside their names, and the rules that no change reaches."""
    last: int | None = None
    for index, rule in enumerate(config.review):
        yield from _condition(rule.when, ("review", index, "when"), config.scope)
        if last is not None:
            yield ("review", index), f"no change reaches this rule: review[{last}] matches everything"
        elif rule.when == ReviewCondition():
            last = index


def _checks(config: ConfigFile) -> Iterator[LocatedMessage]:
    """Yield what is wrong with checks beside their expressions, which only the mapping can judge."""
    names: set[str] = set()
    for index, check_ in enumerate(config.checks):
        if check_.name in names:
            yield ("checks", index, "name"), f"another check is already named '{check_.name[:60]}'"
        names.add(check_.name)
        if check_.severity is CheckSeverity.REQUIRE and not check_.label:
            yield ("checks", index, "severity"), "`severity: require` must name a `label`"
        elif check_.severity is not CheckSeverity.REQUIRE and check_.label is not None:
            yield ("checks", index, "label"), "only a check with `severity: require` takes a `label`"


def _lint(config: ConfigFile) -> Iterator[LocatedMessage]:
    names = LintRules.names()
    for index, exception in enumerate(config.lint.exceptions):
        where: Location = ("lint", "exceptions", index)
        for number, name in enumerate(exception.rules):
            if name not in names:
                yield (*where, "rules", number), f"unknown rule '{name[:60]}'{suggestion(name, names)}"
        if exception.when is not None:
            yield from _condition(exception.when, (*where, "when"), config.scope)
        addresses = exception.address or ()
        for text in (addresses,) if isinstance(addresses, str) else addresses:
            yield from _tried(pattern, text, (*where, "address"))
            yield from _kind_of_finding(text, (*where, "address"))


def _kind_of_finding(text: str, where: Location) -> Iterator[LocatedMessage]:
    """Yield that no finding has an address of such a kind; a regular expression may match anything."""
    kind, colon, _key = text.partition(":")
    known = [known.value for known in LintKind]
    if colon and not is_expression(text) and not fnmatch.filter(known, kind.lower()):
        yield where, f"no finding is about a '{kind[:60]}'{kind_meant(kind, known)}"


def _cluster_names(config: ConfigFile) -> Iterator[LocatedMessage]:
    seen: dict[str, str] = {}
    for index, cluster in enumerate(config.clusters):
        # Keys are compared exactly, but NetBox ignores case.
        folded = cluster.name.casefold()
        if folded in seen:
            yield ("clusters", index, "name"), f"another cluster is already named '{seen[folded]}'"
        seen.setdefault(folded, cluster.name)


def _rules(config: ConfigFile) -> Iterator[LocatedMessage]:
    """Yield the errors of rules and scopes, global and of each cluster."""
    yield from _rule_lists(config, (), ("rules", "node_rules", "cluster_rules", "address_rules"), config.scope)
    for index, cluster in enumerate(config.clusters):
        home: Location = ("clusters", index)
        yield from _rule_lists(cluster, home, ("rules", "node_rules", "address_rules"), config.scope)
        for name in ("guests", "nodes"):
            yield from _targets(getattr(cluster, name), (*home, name))
        for name in ("include", "exclude"):
            conditions: tuple[Condition, ...] = getattr(cluster.scope, name)
            for number, condition in enumerate(conditions):
                yield from _condition(condition, (*home, "scope", name, number), config.scope)


def _rule_lists(
    section: ConfigFile | ClusterSection, where: Location, names: Collection[str], areas: Areas
) -> Iterator[LocatedMessage]:
    for name in names:
        rules: Collection[Rule | NodeRule | ClusterRule | AddressRule] = getattr(section, name)
        for index, rule in enumerate(rules):
            yield from _condition(rule.when, (*where, name, index, "when"), areas)
            yield from _targets(rule.set, (*where, name, index, "set"))


def _condition(condition: AnyCondition, where: Location, areas: Areas) -> Iterator[LocatedMessage]:
    for name in type(condition).model_fields:  # in their order: a key without a value is a slip, and would match all
        if name in condition.model_fields_set and getattr(condition, name) in (None, ()):
            yield (*where, name), f"{name} must not be empty; omit the key to match anything"
    for name in _REVIEWED if isinstance(condition, ReviewCondition) else _PATTERNS:
        texts = getattr(condition, name, None) or ()
        for text in (texts,) if isinstance(texts, str) else texts:
            yield from _tried(pattern, text, (*where, name))
    for name, area in GuestFacts.ASKED.items():
        if getattr(condition, name, None) is not None and not areas.include((area,)):
            yield (*where, name), f"'{name}' is only read from Proxmox with `scope.{area}: true`"
    networks = (condition.network if isinstance(condition, AddressCondition) else None) or ()
    for text in (networks,) if isinstance(networks, str) else networks:
        yield from _tried(network, text, (*where, "network"))
    others: Collection[AnyCondition] = condition.any
    for index, other in enumerate(others):
        yield from _condition(other, (*where, "any", index), areas)
    if condition.unless is not None:
        yield from _condition(condition.unless, (*where, "unless"), areas)


def _targets(targets: AnyTargets, where: Location) -> Iterator[LocatedMessage]:
    tags = getattr(targets, "tags", None) or ()
    for tag in (tags,) if isinstance(tags, str) else tags:
        if is_protective(tag):
            yield (*where, "tags"), f"'{tag[:60]}' is reserved: set the tag in Proxmox or in NetBox"
    if isinstance(targets, AddressTargets):
        yield from _role(targets.role, (*where, "role"))
    for name in getattr(targets, "custom_fields", ()):
        place = (*where, "custom_fields", name)
        if name in (KEY_FIELD, APPLIED_FIELD):
            yield place, f"'{name}' is reserved: rules cannot fill it"
        elif not _FIELD_NAME.fullmatch(name):
            yield place, f"'{name[:60]}' is not a name of a custom field: use lower-case letters, digits and `_`"


def _role(role: str | None, where: Location) -> Iterator[LocatedMessage]:
    """Yield that NetBox has no such role for an address; what a template gives is known later."""
    if role is None or role in ADDRESS_ROLES or any(mark in role for mark in TEMPLATE_MARKS):
        return
    meant = suggestion(role, ADDRESS_ROLES) or f"; use one of {', '.join(sorted(ADDRESS_ROLES))}"
    yield where, f"NetBox has no role '{role[:60]}' for an address{meant}"


def _networks(where: Location, texts: Collection[str]) -> Iterator[LocatedMessage]:
    for index, text in enumerate(texts):
        yield from _tried(network, text, (*where, index))


def _globs(where: Location, texts: Collection[str]) -> Iterator[LocatedMessage]:
    for index, text in enumerate(texts):
        yield from _tried(pattern, text, (*where, index))


def _tried(test: Callable[[str], None], text: str, where: Location) -> Iterator[LocatedMessage]:
    try:
        test(text)
    except ValueError as error:
        yield where, f"{text[:60]!r} {error}"


def _unknown_kinds(config: ConfigFile, known: Mapping[str, KnownKind]) -> Iterator[LocatedMessage]:
    for section in ("owners", "on_missing", "mode"):
        for kind in getattr(config, section):
            if kind not in known:
                yield (section, kind), f"unknown kind '{kind[:60]}'{kind_meant(kind, known)}"


def _kinds(config: ConfigFile, known: Mapping[str, KnownKind]) -> Iterator[LocatedMessage]:
    yield from _unknown_kinds(config, known)
    for kind, fields in config.owners.items():
        for name in fields if kind in known else ():
            names = known[kind].fields
            if name not in names and not (kind in _RULED and name.startswith(CUSTOM)):
                yield ("owners", kind, name), f"'{kind}' has no field '{name[:60]}'{suggestion(name, names)}"
    for kind, action in config.on_missing.items():
        if action.first is OnMissing.DECOMMISSION and kind in known and not known[kind].can_be_decommissioned:
            possible = " or ".join(other.value for other in OnMissing if other is not action.first)
            yield ("on_missing", kind), f"NetBox has no status for a decommissioned '{kind}': use {possible}"
    for index, address in enumerate(config.forget):
        kind, colon, _key = address.partition(":")
        if not colon or kind not in known:
            yield ("forget", index), f"{address[:60]!r} is not an address (KIND:KEY){suggestion(kind, known)}"


def _receivers(config: ConfigFile) -> Iterator[LocatedMessage]:
    """Names of receivers must differ: what was sent is remembered by them."""
    names = [receiver.name for receiver in config.notify]
    for place, name in enumerate(names):
        if name in names[:place]:
            yield ("notify", place, "name"), f"notify has two receivers called {name!r}"
