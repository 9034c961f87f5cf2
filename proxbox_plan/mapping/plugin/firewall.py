"""Firewall: rules, options, IP sets and aliases of the datacenter, its nodes and its guests."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from proxbox_plan.core.key import Key
from proxbox_plan.core.sanitize import clean, note
from proxbox_plan.mapping import device, virtual_machine
from proxbox_plan.mapping.context import MappingContext
from proxbox_plan.mapping.desired import DesiredObject, known
from proxbox_plan.mapping.estate.views import ClusterView
from proxbox_plan.mapping.plugin import endpoint, plugin_kind, sidecar
from proxbox_plan.model.base import Frozen
from proxbox_plan.model.kind import Field, FieldType, Kind, Natural, OnDelete, OnMissing, Prerequisite
from proxbox_plan.model.reference import Ref
from proxbox_plan.model.state.firewall import FirewallRule, Ruleset

_ENDPOINT = Field("endpoint", FieldType.REF, to=("proxbox-endpoint",), source="the cluster's endpoint")
_MACHINE = Field(
    "virtual_machine",
    FieldType.REF,
    to=("virtual-machine",),
    on_delete=OnDelete.CASCADE,
    source="the guest, of a guest's firewall",
)
_NODE = Field(
    "proxmox_node", FieldType.REF, to=("proxbox-node",), filter="name", source="the node, of a node's firewall"
)
_ZONE = Field("zone", FieldType.CHOICE, source="`datacenter`, `node`, `vm_qemu` or `vm_lxc`")
_SCOPE = Field("scope", FieldType.CHOICE, source="`datacenter`, `vm_qemu` or `vm_lxc`")
_COMMENT = Field("comment", source="comment")
_STATUS = Field("status", FieldType.CHOICE, source="active")
_DONE: dict[str, Any] = {
    "on_missing": OnMissing.DECOMMISSION,
    "retired": "stale",
    "areas": ("firewall",),
    "record": True,
    # The plugin validates each row of a guest's firewall against the guest's sidecar on every write.
    "prerequisites": (
        Prerequisite(sidecar.MACHINE.name, "state"),
        Prerequisite(virtual_machine.KIND.name),
    ),
}
_TEXTS = (
    ("macro", 128),
    ("iface", 64),
    ("source", 512),
    ("dest", 512),
    ("proto", 32),
    ("dport", 128),
    ("sport", 128),
    ("icmp_type", 64),
)

GROUP = plugin_kind(
    "security-group",
    "firewall/security-groups",
    "proxmoxfirewallsecuritygroup",
    _ENDPOINT,
    Field("name", source="group"),
    _COMMENT,
    Field("raw_config", FieldType.JSON, source="its rules"),
    _STATUS,
    natural=(Natural(("endpoint", "name"), "endpoint", "endpoint"),),
    parent="endpoint",
    **_DONE,
    doc="Its rules are in `raw_config`: the plugin's API accepts no rule of a group.",
)
RULE = plugin_kind(
    "firewall-rule",
    "firewall/rules",
    "proxmoxfirewallrule",
    _ENDPOINT,
    _ZONE,
    _NODE,
    _MACHINE,
    Field("pos", FieldType.INTEGER, source="pos"),
    Field("rule_type", FieldType.CHOICE, source="type"),
    Field("action", source="action"),
    Field("enable", FieldType.BOOLEAN, source="enable"),
    *(Field(name, source=name.replace("_", "-")) for name, _ in _TEXTS),
    Field("log", FieldType.CHOICE, source="log"),
    _COMMENT,
    _STATUS,
    label="display",
    natural=(Natural(("endpoint", "zone", "pos", "proxmox_node", "virtual_machine"), "endpoint", "endpoint"),),
    parent="endpoint",
    **_DONE,
    doc="Rules of a security group are in `raw_config` of the group.",
)
IPSET = plugin_kind(
    "ipset",
    "firewall/ipsets",
    "proxmoxfirewallipset",
    _ENDPOINT,
    _SCOPE,
    _MACHINE,
    Field("name", source="name"),
    _COMMENT,
    Field("raw_config", FieldType.JSON, source="its entries"),
    _STATUS,
    natural=(Natural(("endpoint", "scope", "name", "virtual_machine"), "endpoint", "endpoint"),),
    parent="endpoint",
    **_DONE,
    doc="Its entries are in `raw_config`: the plugin's API accepts none.",
)
ALIAS = plugin_kind(
    "firewall-alias",
    "firewall/aliases",
    "proxmoxfirewallalias",
    _ENDPOINT,
    _SCOPE,
    _MACHINE,
    Field("name", source="name"),
    Field("cidr", source="cidr"),
    _COMMENT,
    _STATUS,
    natural=(Natural(("endpoint", "scope", "name", "virtual_machine"), "endpoint", "endpoint"),),
    parent="endpoint",
    **_DONE,
)
OPTIONS = plugin_kind(
    "firewall-options",
    "firewall/options",
    "proxmoxfirewalloptions",
    _ENDPOINT,
    _ZONE,
    _NODE,
    _MACHINE,
    Field("enable", FieldType.BOOLEAN, source="enable"),
    Field("policy_in", source="policy_in"),
    Field("policy_out", source="policy_out"),
    Field("options", FieldType.JSON, source="the other options"),
    _STATUS,
    label="display",
    natural=(Natural(("endpoint", "zone", "proxmox_node", "virtual_machine"), "endpoint", "endpoint"),),
    parent="endpoint",
    **_DONE,
)

KINDS = (GROUP, RULE, IPSET, ALIAS, OPTIONS)


@dataclass(frozen=True)
class _RulesetPlace:
    """Where a ruleset applies."""

    view: ClusterView
    key: Key  # prefix of the keys of its rows
    name: str
    zone: str
    node: Ref | None = None
    machine: Ref | None = None

    def fields(self, **more: object) -> dict[str, object]:
        """Return the fields that every row of the ruleset has."""
        return {"endpoint": endpoint.ref(self.view), "virtual_machine": self.machine, "status": "active", **more}

    def add(self, context: MappingContext, kind: Kind, key: str, name: str, fields: dict[str, object]) -> None:
        """Desire one row."""
        context.add(
            DesiredObject(kind.name, self.key.child(key), f"{self.name} {name}", fields, cluster=self.view.name)
        )


def desired(context: MappingContext) -> None:
    """Desire the firewall of the datacenter and every node and guest that was read."""
    for view in context.clusters:
        for place, rules in _places(context, view):
            _rules(context, place, rules.rules)
            for group in rules.groups:
                fields: dict[str, object] = {
                    "endpoint": endpoint.ref(view),
                    "name": clean(group.name, 255),
                    "comment": note(group.comment),
                    "raw_config": known({"rules": [_said(rule) for rule in group.rules]}, group.coverage),
                    "status": "active",
                }
                context.add(
                    DesiredObject(
                        GROUP.name, place.key.child("group", group.name), group.name, fields, cluster=view.name
                    )
                )
            _sets(context, place, rules)
            if rules.options is not None:
                fields = place.fields(
                    zone=place.zone,
                    proxmox_node=place.node,
                    enable=rules.options.enable,
                    policy_in=clean(rules.options.policy_in, 16),
                    policy_out=clean(rules.options.policy_out, 16),
                    options=dict(rules.options.others),
                )
                place.add(context, OPTIONS, "options", "firewall", fields)


def _places(context: MappingContext, view: ClusterView) -> Iterator[tuple[_RulesetPlace, Ruleset]]:
    if view.cluster.firewall is not None:
        yield _RulesetPlace(view, Key.of(view.name, "firewall"), view.name, "datacenter"), view.cluster.firewall
    for node in view.nodes:
        own = endpoint.node_ref(context, view, node.name)
        if node.firewall is not None and isinstance(own, Ref):
            yield (
                _RulesetPlace(view, device.key(view, node.name).child("firewall"), node.name, "node", node=own),
                node.firewall,
            )
    for guest in view.guests if context.has(sidecar.MACHINE) else ():
        if guest.guest.firewall is not None and guest.unknown is None:
            name = guest.guest.name or guest.key
            yield (
                _RulesetPlace(
                    view, guest.key.child("firewall"), name, f"vm_{guest.guest.type}", None, virtual_machine.ref(guest)
                ),
                guest.guest.firewall,
            )


def _rules(context: MappingContext, place: _RulesetPlace, rules: tuple[FirewallRule, ...]) -> None:
    for rule in rules:
        fields = place.fields(
            zone=place.zone,
            proxmox_node=place.node,
            pos=rule.pos,
            rule_type=rule.type,
            action=clean(rule.action, 128),
            enable=rule.enable,
            log=rule.log or None,
            comment=note(rule.comment),
            **{name: clean(getattr(rule, name), limit) for name, limit in _TEXTS},
        )
        place.add(context, RULE, f"rule/{rule.pos}", f"rule {rule.pos}", fields)


def _sets(context: MappingContext, place: _RulesetPlace, rules: Ruleset) -> None:
    for found in rules.ipsets:
        fields = place.fields(
            scope=place.zone,
            name=clean(found.name, 255),
            comment=note(found.comment),
            raw_config=known({"entries": [_said(entry) for entry in found.entries]}, found.coverage),
        )
        place.add(context, IPSET, f"ipset/{found.name}", found.name, fields)
    for alias in rules.aliases:
        fields = place.fields(
            scope=place.zone, name=clean(alias.name, 255), cidr=clean(alias.cidr, 256), comment=note(alias.comment)
        )
        place.add(context, ALIAS, f"alias/{alias.name}", alias.name, fields)


def _said(item: Frozen) -> dict[str, object]:
    """Return the set fields of an entry as JSON."""
    return {name: value for name, value in item.model_dump().items() if value != ""}
