"""The firewall of the datacenter, a node, or a guest."""

from __future__ import annotations

import re
from collections.abc import Sequence

from proxbox_plan.collect.proxmox.api_models.firewall import (
    AliasRow,
    GroupRow,
    IpSetEntryRow,
    IpSetRow,
    OptionsAnswer,
    RuleRow,
)
from proxbox_plan.collect.proxmox.gathering import MISSING, Gathering
from proxbox_plan.collect.proxmox.reading import Reader, wrong_shape
from proxbox_plan.model.state.firewall import (
    FirewallAlias,
    FirewallOptions,
    FirewallRule,
    IpSet,
    IpSetEntry,
    Ruleset,
    SecurityGroup,
)

FIREWALL = "firewall"
OF_DATACENTER = ("cluster", FIREWALL)
NO_OPTION = frozenset({*OptionsAnswer.model_fields, "digest"})
_WORD = re.compile("log_|policy")
PathParts = tuple[str | int, ...]


def read_datacenter_firewall(reader: Reader) -> Ruleset:
    """Read the datacenter's firewall with its security groups."""
    gathering = Gathering(reader)
    path = (*OF_DATACENTER, "groups")
    named = gathering.rows(GroupRow, lambda row: row, *path)
    groups = [_group(gathering, row, *path) for row in gathering.distinct(named, lambda row: row.group, *path)]
    return _ruleset(gathering, OF_DATACENTER, groups, names=True)


def _group(gathering: Gathering, row: GroupRow, *path: str | int) -> SecurityGroup:
    """Read one group: its rules are a call of their own, with their own coverage."""
    inner = gathering.inner()
    rules = _rules(inner, *path, row.group)
    return SecurityGroup(name=row.group, comment=row.comment, rules=rules, coverage=inner.coverage)


def read_node_firewall(reader: Reader, node: str) -> Ruleset:
    """Read a node's firewall: it has neither IP sets nor aliases."""
    return _ruleset(Gathering(reader), ("nodes", node, FIREWALL), names=False)


def read_guest_firewall(reader: Reader, node: str, kind: str, vmid: int) -> Ruleset:
    """Read a guest's firewall."""
    return _ruleset(Gathering(reader), ("nodes", node, kind, vmid, FIREWALL), names=True)


def _ruleset(gathering: Gathering, place: PathParts, groups: Sequence[SecurityGroup] = (), *, names: bool) -> Ruleset:
    rules = _rules(gathering, *place, "rules")
    options = _options(gathering, *place, "options")
    ipsets = _ipsets(gathering, *place, "ipset") if names else ()
    aliases = _aliases(gathering, *place, "aliases") if names else ()
    return Ruleset(
        rules=rules,
        options=options,
        ipsets=ipsets,
        aliases=aliases,
        groups=tuple(groups),
        coverage=gathering.coverage,
    )


def _rules(gathering: Gathering, *path: str | int) -> tuple[FirewallRule, ...]:
    return gathering.distinct(gathering.rows(RuleRow, _rule, *path), lambda rule: rule.pos, *path)


def _rule(row: RuleRow) -> FirewallRule:
    return FirewallRule.model_validate(row.model_dump())


def _ipsets(gathering: Gathering, *path: str | int) -> tuple[IpSet, ...]:
    named = gathering.rows(IpSetRow, lambda row: row, *path)
    return tuple(_ipset(gathering, row, *path) for row in gathering.distinct(named, lambda row: row.name, *path))


def _ipset(gathering: Gathering, row: IpSetRow, *path: str | int) -> IpSet:
    """Read one set: its entries are a call of their own, with their own coverage."""
    inner = gathering.inner()
    entries = _entries(inner, *path, row.name)
    return IpSet(name=row.name, comment=row.comment, entries=entries, coverage=inner.coverage)


def _entries(gathering: Gathering, *path: str | int) -> tuple[IpSetEntry, ...]:
    found = gathering.rows(IpSetEntryRow, lambda row: IpSetEntry(**row.model_dump()), *path)
    return gathering.distinct(found, lambda entry: entry.cidr, *path)


def _aliases(gathering: Gathering, *path: str | int) -> tuple[FirewallAlias, ...]:
    found = gathering.rows(AliasRow, lambda row: FirewallAlias(**row.model_dump()), *path)
    return gathering.distinct(found, lambda alias: alias.name, *path)


def _options(gathering: Gathering, *path: str | int) -> FirewallOptions | None:
    data = gathering.get(*path)
    own = None if data is MISSING else gathering.one(OptionsAnswer, data, *path)
    if own is None:
        return None
    others = {key: value for key, value in data.items() if key not in NO_OPTION}
    if wrong := [key for key, value in others.items() if not _is_plain(key, value)]:
        gathering.note(wrong_shape("/" + "/".join(map(str, path)), f"{wrong[0]}: no option has such a value"))
        return None
    known = tuple(sorted((key, _plain(value)) for key, value in others.items()))
    return FirewallOptions(enable=own.enable, policy_in=own.policy_in, policy_out=own.policy_out, others=known)


def _is_plain(key: str, value: object) -> bool:
    """Whether an option can have a value: a switch may be a boolean, a log level or limit is a word."""
    return isinstance(value, str | int) and not (isinstance(value, bool) and _WORD.search(key))


def _plain(value: str | int) -> str:
    return str(int(value)) if isinstance(value, bool) else str(value)
