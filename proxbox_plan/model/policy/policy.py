"""Policy: everything of the configuration that the planner needs, and nothing else (no secret)."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterable
from typing import Literal

from pydantic import Field

from proxbox_plan.core.address import Address
from proxbox_plan.model.base import Frozen
from proxbox_plan.model.kind import Kind, Owner
from proxbox_plan.model.policy.areas import Areas
from proxbox_plan.model.policy.check import Check, CheckSeverity
from proxbox_plan.model.policy.removal import Removal, RemovalRule, removal_of
from proxbox_plan.model.policy.review import Mode, ReviewClass, ReviewCondition, ReviewRule
from proxbox_plan.model.policy.rules import (
    TEMPLATE_MARKS,
    AddressRule,
    ClusterRule,
    Condition,
    NodeRule,
    NodeTargets,
    Rule,
    Targets,
    Value,
)

__all__ = [
    "AddressFilter",
    "AddressRule",
    "Check",
    "CheckSeverity",
    "ClusterPolicy",
    "ClusterRule",
    "Condition",
    "Limits",
    "Mode",
    "NodeRule",
    "NodeTargets",
    "Policy",
    "ReviewClass",
    "ReviewCondition",
    "ReviewRule",
    "Rule",
    "Scope",
    "Targets",
    "is_forgotten",
]


class Scope(Frozen):
    """Which guests are synced. What a filter excludes is out of scope, not absent: nothing is deleted for it."""

    include: tuple[Condition, ...] = Field(default=(), description="A guest must match one of them, if there are any.")
    exclude: tuple[Condition, ...] = Field(default=(), description="A guest that matches one of them is excluded.")
    vmids: tuple[int, ...] = Field(default=(), description="Only these, if there are any.")
    templates: Literal["skip", "include"] = Field(default="skip", description="Templates are not machines.")


class ClusterPolicy(Frozen):
    """How one Proxmox cluster is documented in NetBox."""

    name: str
    host: str = Field(default="", description="Name or address of one node, or of a proxy in front of them.")
    port: int = Field(default=8006, ge=1, le=65535, description="Port of its API.")
    netbox_name: str | None = Field(default=None, description="Cluster name in NetBox; by default Proxmox's own.")
    site: str = Field(description="Site of the cluster, its nodes and its guests.")
    cluster_scope: Literal["site", "none"] = Field(
        default="site",
        description="Scope of the cluster in NetBox: its site, or none, for one whose nodes are at several sites.",
    )
    tenant: str | None = Field(default=None, description="Tenant of them; it must exist.")
    cluster_group: str | None = Field(default=None, description="Cluster group; it must exist.")
    device_role: str = Field(default="Proxmox Node", description="Role of the nodes.")
    device_type: str = Field(default="Proxmox Generic Device", description="Device type of the nodes.")
    manufacturer: str = Field(default="Proxmox", description="Manufacturer of that device type.")
    vlan_group: str | None = Field(default=None, description="Existing VLAN group; by default one of our own.")
    vrf: str | None = Field(default=None, description="VRF of node and guest addresses; the global table when unset.")
    guests: Targets = Field(default=Targets(), description="What guests get that no rule gives a value.")
    rules: tuple[Rule, ...] = Field(
        default=(), description="What some guests get instead; tried before the `rules` of all clusters."
    )
    nodes: NodeTargets = Field(default=NodeTargets(), description="What nodes get that no rule gives a value.")
    node_rules: tuple[NodeRule, ...] = Field(
        default=(), description="What some nodes get instead; tried before the `node_rules` of all clusters."
    )
    address_rules: tuple[AddressRule, ...] = Field(
        default=(), description="What some addresses get; tried before the `address_rules` of all clusters."
    )
    scope: Scope = Field(default=Scope(), description="Which guests are synced.")
    mode: Mode = Field(
        default=Mode.MANAGE, description="observe: changes of the cluster's objects are shown, and never applied."
    )


class Limits(Frozen):
    """How many managed objects one plan may change."""

    percent: int = Field(default=30, ge=0, le=100, description="Of a cluster's objects of a kind, updated or deleted.")
    minimum: int = Field(
        default=10,
        ge=0,
        description="With fewer objects, only a few may go, whatever share.",
    )
    most: int | None = Field(default=None, ge=0, description="Of a cluster's objects of a kind, whatever share.")
    label: str | None = Field(
        default=None, description="Label with which an apply may exceed the limits that its plan shows as forced."
    )
    force: bool = Field(default=False, description="Set by --force-limit, for one run.")


class AddressFilter(Frozen):
    """Addresses seen inside guests that are not documented."""

    skip_interfaces: tuple[str, ...] = Field(
        default=(
            "lo",
            "docker*",
            "veth*",
            f"br-{'[0-9a-f]' * 12}",  # of Docker; another bridge may have a NIC's MAC, and its addresses
            "cni*",
            "flannel*",
            "cali*",
            "virbr*",
            "podman*",
            "lxc*",
            "tap*",
            "fwbr*",
        ),
        description="Names of interfaces inside the guest, as globs.",
    )
    skip_networks: tuple[str, ...] = Field(
        default=("127.0.0.0/8", "::1/128", "169.254.0.0/16", "fe80::/10"),
        description="Networks, wherever the address comes from.",
    )


class Policy(Frozen):
    """How Proxmox is mapped to NetBox, and how careful to be."""

    clusters: tuple[ClusterPolicy, ...]
    rules: tuple[Rule, ...] = Field(default=(), description="Rules for the guests of all clusters.")
    node_rules: tuple[NodeRule, ...] = Field(default=(), description="Rules for the nodes of all clusters.")
    cluster_rules: tuple[ClusterRule, ...] = Field(default=(), description="Rules for the clusters.")
    address_rules: tuple[AddressRule, ...] = Field(default=(), description="Rules for the addresses of all clusters.")
    areas: Areas = Field(default=Areas(), description="What is synced.")
    accepted_identities: tuple[str, ...] = Field(
        default=(), description="Set by --accept-identity, for one run: clusters that may be others than before."
    )
    create_sites: bool = False
    enforce_global_unique: bool = Field(
        default=True,
        description="NetBox's own setting ENFORCE_GLOBAL_UNIQUE, which its API does not show: false lets several "
        "objects have the same address outside of VRFs.",
    )
    units: Literal["binary", "decimal"] = Field(
        default="binary",
        description="What memory and disks are counted in: MiB as Proxmox does, or MB, as NetBox shows them while its "
        "RAM_BASE_UNIT and DISK_BASE_UNIT are 1000.",
    )
    tag_managed: bool = Field(default=True, description="Put the tag `proxbox` on virtual machines and devices.")
    guest_tags: bool = Field(default=True, description="Put the guests' Proxmox tags on their virtual machines.")
    node_prefixes: bool = Field(default=False, description="Document the networks of the nodes as prefixes.")
    pool_tags: bool = Field(default=False, description="Tag virtual machines with the pool of their guest.")
    custom_fields: dict[str, Value] = Field(
        default_factory=dict,
        description="Custom field -> its value where NetBox requires one and no rule gives it, for objects of any "
        "kind: clusters, VLANs, roles, ...",
    )
    prefer: tuple[str, ...] = Field(
        default=(),
        description="Networks a primary IP is chosen from first. One that is set stays: clear it in NetBox, and the "
        "next plan chooses again.",
    )
    addresses: AddressFilter = Field(default=AddressFilter(), description="Addresses that are not documented.")
    max_trunk_vlans: int = Field(default=64, description="A NIC with more tagged VLANs than this is `tagged-all`.")
    owners: dict[str, dict[str, Owner]] = Field(default_factory=dict, description="Kind -> field -> owner.")
    on_missing: dict[str, RemovalRule] = Field(default_factory=dict, description="Kind -> what happens.")
    limits: Limits = Limits()
    checks: tuple[Check, ...] = Field(default=(), description="Rules about plans.")
    review: tuple[ReviewRule, ...] = Field(default=(), description="Who lets which change be applied.")
    mode: dict[str, Mode] = Field(default_factory=dict, description="Kind -> whether its objects are written at all.")
    forget: tuple[str, ...] = Field(default=(), description="Addresses of objects that are no longer managed.")

    @property
    def has_templates(self) -> bool:
        """Whether any value of a rule or a cluster is a template."""
        text = self.model_dump_json(include={"clusters", "rules", "node_rules", "cluster_rules", "address_rules"})
        return any(mark in text for mark in TEMPLATE_MARKS)

    def without_limits(self) -> Policy:
        """Return the policy without its limits and the empty-source guard, for one run."""
        return self.replace(limits=self.limits.replace(force=True))

    def accepting(self, clusters: Iterable[str]) -> Policy:
        """Return the policy with clusters that may have another name and other nodes, for one run."""
        return self.replace(accepted_identities=tuple(clusters))

    def removal(self, kind: Kind) -> Removal:
        """Return what happens to objects of a kind whose source no longer exists."""
        return self.on_missing.get(kind.name) or removal_of(kind.on_missing)

    def cluster(self, name: str) -> ClusterPolicy | None:
        """Return the policy of a cluster, or null when the configuration has none of that name."""
        return next((cluster for cluster in self.clusters if cluster.name == name), None)


def is_forgotten(policy: Policy, address: Address) -> bool:
    """Whether the configuration forgets an object."""
    return any(fnmatch.fnmatchcase(address, pattern) for pattern in policy.forget)
