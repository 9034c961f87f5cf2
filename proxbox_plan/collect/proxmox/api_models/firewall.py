"""The fields read from Proxmox's responses about the firewall."""

from __future__ import annotations

from pydantic import Field

from proxbox_plan.collect.proxmox.api_models.answer import ApiModel, Flag, MaybeFlag, Name, Needed, Words


class GroupRow(ApiModel):
    """A row of the security groups."""

    group: Name
    comment: Words = ""


class RuleRow(ApiModel):
    """A rule; `pos` is its position."""

    pos: Needed
    type: Name
    action: Name
    enable: Flag
    macro: Words = ""
    iface: Words = ""
    source: Words = ""
    dest: Words = ""
    proto: Words = ""
    dport: Words = ""
    sport: Words = ""
    log: Words = ""
    icmp_type: Words = Field(default="", validation_alias="icmp-type")
    comment: Words = ""


class IpSetRow(ApiModel):
    """A row of the IP sets."""

    name: Name
    comment: Words = ""


class IpSetEntryRow(ApiModel):
    """A row of one IP set."""

    cidr: Name
    comment: Words = ""
    nomatch: Flag = False


class AliasRow(ApiModel):
    """A row of the aliases."""

    name: Name
    cidr: Name
    comment: Words = ""


class OptionsAnswer(ApiModel):
    """The options that have a field of their own in NetBox; the digest of their file is always among them."""

    digest: Name
    enable: MaybeFlag = None
    policy_in: Words = ""
    policy_out: Words = ""
