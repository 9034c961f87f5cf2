"""The part of the state that the firewall is: rules, options, IP sets and aliases of datacenter, nodes and guests."""

from __future__ import annotations

from pydantic import Field

from proxbox_plan.model.base import Frozen
from proxbox_plan.model.state.coverage import COMPLETE, NOT_READ, Coverage


class FirewallRule(Frozen):
    """One rule, at its place in the list."""

    pos: int
    type: str = Field(description="in, out, forward or group.")
    action: str = Field(description="ACCEPT, DROP, REJECT, or the name of a security group.")
    enable: bool = True
    macro: str = ""
    iface: str = ""
    source: str = ""
    dest: str = ""
    proto: str = ""
    dport: str = ""
    sport: str = ""
    log: str = ""
    icmp_type: str = ""
    comment: str = ""


class SecurityGroup(Frozen):
    """A named list of rules."""

    name: str
    comment: str = ""
    rules: tuple[FirewallRule, ...] = ()
    coverage: Coverage = Field(default=COMPLETE, description="Whether its rules were read.")


class IpSetEntry(Frozen):
    """One member of an IP set."""

    cidr: str
    comment: str = ""
    nomatch: bool = False


class IpSet(Frozen):
    """A named set of addresses."""

    name: str
    comment: str = ""
    entries: tuple[IpSetEntry, ...] = ()
    coverage: Coverage = Field(default=COMPLETE, description="Whether its entries were read.")


class FirewallAlias(Frozen):
    """A name for an address or network."""

    name: str
    cidr: str
    comment: str = ""


class FirewallOptions(Frozen):
    """Whether and how the firewall works at one place."""

    enable: bool | None = None
    policy_in: str = ""
    policy_out: str = ""
    others: tuple[tuple[str, str], ...] = Field(default=(), description="Remaining options, sorted.")


class Ruleset(Frozen):
    """The firewall of one place: the datacenter, a node, or a guest."""

    rules: tuple[FirewallRule, ...] = Field(default=(), description="Sorted by place.")
    options: FirewallOptions | None = None
    ipsets: tuple[IpSet, ...] = Field(default=(), description="Sorted by name; nodes have none.")
    aliases: tuple[FirewallAlias, ...] = Field(default=(), description="Sorted by name; nodes have none.")
    groups: tuple[SecurityGroup, ...] = Field(default=(), description="Sorted by name; only the datacenter has them.")
    coverage: Coverage = NOT_READ
