"""The plugin's firewall: groups, rules, IP sets, aliases and options."""

from __future__ import annotations

from proxbox_plan.demo.netbox.schema.fields import choice, flag
from proxbox_plan.demo.netbox.schema.plugin_fields import (
    TO_ENDPOINT,
    TO_MACHINE_IF_ANY,
    TO_NODE,
    count_of,
    json,
    maybe,
    model,
    needed,
    once,
    perhaps,
    status,
    words,
)

ZONES = {
    "datacenter": "Datacenter",
    "node": "Node",
    "vm_qemu": "VM (QEMU)",
    "vm_lxc": "CT (LXC)",
    "security_group": "Security Group",
    "vnet": "VNet (SDN)",
}
RULE_TYPES = {"in": "In", "out": "Out", "forward": "Forward", "group": "Group"}
LOGS = {
    "nolog": "No Log",
    "emerg": "Emergency",
    "alert": "Alert",
    "crit": "Critical",
    "err": "Error",
    "warning": "Warning",
    "notice": "Notice",
    "info": "Info",
    "debug": "Debug",
}
SCOPES = {"datacenter": "Datacenter", "vm_qemu": "VM (QEMU)", "vm_lxc": "CT (LXC)"}

FIREWALL_SECURITY_GROUP = model(
    "firewall/security-groups",
    "ProxmoxFirewallSecurityGroup",
    "Firewall Security Group",
    TO_ENDPOINT,
    needed("name"),
    maybe("comment", None),
    status(),
    json("raw_config", {}),
    ordering=("endpoint", "name"),
    brief=("id", "url", "display", "name", "status"),
    template="{endpoint} / {name}",
    unique=once("Firewall Security Group", ("endpoint", "name"), "Proxmox endpoint and Name"),
)
FIREWALL_RULE = model(
    "firewall/rules",
    "ProxmoxFirewallRule",
    "Firewall Rule",
    TO_ENDPOINT,
    choice("zone", ZONES, required=True),
    TO_NODE,
    TO_MACHINE_IF_ANY,
    count_of("pos", null=False, required=True),
    choice("rule_type", RULE_TYPES, required=True),
    needed("action", 128),
    flag("enable", default=True),
    words("macro", 128),
    words("iface", 64),
    words("source", 512),
    words("dest", 512),
    words("proto", 32),
    words("dport", 128),
    words("sport", 128),
    choice("log", LOGS, default="", blank=True, filterable=False),
    words("icmp_type", 64),
    maybe("comment", None),
    status(),
    ordering=("endpoint", "zone", "pos"),
    brief=("id", "url", "display", "zone", "pos", "rule_type", "action", "enable", "status"),
    template="{zone} / pos {pos}: {rule_type} {action}",
)
FIREWALL_IP_SET = model(
    "firewall/ipsets",
    "ProxmoxFirewallIPSet",
    "Firewall IP Set",
    TO_ENDPOINT,
    choice("scope", SCOPES, required=True),
    TO_MACHINE_IF_ANY,
    needed("name"),
    maybe("comment", None),
    status(),
    json("raw_config", {}),
    ordering=("endpoint", "scope", "name"),
    brief=("id", "url", "display", "name", "scope", "status"),
    template="{scope} / {name}",
    unique=once(
        "Firewall IP Set",
        ("endpoint", "scope", "name", "virtual_machine"),
        "Proxmox endpoint, Scope, Name and Virtual machine",
    ),
)
FIREWALL_ALIAS = model(
    "firewall/aliases",
    "ProxmoxFirewallAlias",
    "Firewall Alias",
    TO_ENDPOINT,
    choice("scope", SCOPES, required=True),
    TO_MACHINE_IF_ANY,
    needed("name"),
    needed("cidr", 256, filterable=False),
    maybe("comment", None),
    status(),
    ordering=("endpoint", "scope", "name"),
    brief=("id", "url", "display", "name", "cidr", "scope", "status"),
    template="{scope} / {name} ({cidr})",
    unique=once(
        "Firewall Alias",
        ("endpoint", "scope", "name", "virtual_machine"),
        "Proxmox endpoint, Scope, Name and Virtual machine",
    ),
)
FIREWALL_OPTIONS = model(
    "firewall/options",
    "ProxmoxFirewallOptions",
    "Firewall Options",
    TO_ENDPOINT,
    choice("zone", ZONES, required=True),
    TO_NODE,
    TO_MACHINE_IF_ANY,
    perhaps("enable", filterable=True),
    words("policy_in", 16),
    words("policy_out", 16),
    json("options", {}),
    status(),
    ordering=("endpoint", "zone"),
    brief=("id", "url", "display", "zone", "enable", "policy_in", "policy_out", "status"),
    template="{endpoint} / {zone} options",
    unique=once(
        "Firewall Options",
        ("endpoint", "zone", "proxmox_node", "virtual_machine"),
        "Proxmox endpoint, Zone, Proxmox node and Virtual machine",
    ),
)
MODELS = (FIREWALL_SECURITY_GROUP, FIREWALL_RULE, FIREWALL_IP_SET, FIREWALL_ALIAS, FIREWALL_OPTIONS)
