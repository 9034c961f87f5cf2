"""Small estates for the specifications of single rules: a sound cluster, and what a rule says of it."""

from __future__ import annotations

from typing import Any

from proxbox_plan.lint import make_lint
from proxbox_plan.model.inventory import Inventory
from proxbox_plan.model.lint.lint import Lint, Unjudged
from proxbox_plan.model.lint.settings import LintSettings
from proxbox_plan.model.policy import Policy
from proxbox_plan.model.state import Cluster, ClusterCoverage, Coverage, Guest, GuestAddress, Node, State, Storage
from proxbox_plan.model.state.datacenter import BackupJob
from tests import builders

ALL_READ = ClusterCoverage(
    replications=Coverage(complete=True),
    backup_jobs=Coverage(complete=True),
    cpu_models=Coverage(complete=True),
)
COLLECTED = "2026-11-21T00:00:00Z"
COLLECTED_SECONDS = 1_795_219_200
SHARED = Storage(name="ceph", type="rbd", content=("images",), shared=True)
LOCAL = Storage(name="local-lvm", type="lvmthin", content=("images",))
BACKUP = Storage(name="nas", type="nfs", content=("backup",), shared=True)
NIGHTLY = BackupJob(id="nightly", all=True, storage="nas", schedule="21:00")


def guest(vmid: int = 100, **fields: Any) -> Guest:
    """Return a guest with a MAC address and an address of its own."""
    mac = f"BC:24:11:00:00:{vmid % 256:02X}"
    sound: dict[str, Any] = {
        "agent": True,
        "onboot": True,
        "nics": (builders.nic(mac=mac),),
        "addresses": (GuestAddress(interface="eth0", mac=mac, address=f"10.0.0.{vmid % 256}/24"),),
    }
    return builders.guest(vmid, **(sound | fields))


def node(name: str = "pve1", **fields: Any) -> Node:
    """Return a node."""
    return builders.node(name, **fields)


def cluster(*guests: Guest, name: str = "lab", **fields: Any) -> Cluster:
    """Return a sound cluster with these guests."""
    sound: dict[str, Any] = {
        "guests": guests,
        "storages": (SHARED, LOCAL, BACKUP),
        "backup_jobs": (NIGHTLY,),
        "coverage": ALL_READ,
    }
    return builders.cluster(name, **(sound | fields))


def state(*clusters: Cluster, **fields: Any) -> State:
    """Return the state of these clusters."""
    return State.make(clusters=clusters, collected={one.name: COLLECTED for one in clusters}, **fields)


def settings(**values: Any) -> LintSettings:
    """Return the section `lint` of a configuration."""
    return LintSettings.model_validate(values)


def lint(*clusters: Cluster, policy: Policy | None = None, inventory: Inventory | None = None, **values: Any) -> Lint:
    """Lint these clusters with the section `lint` of a configuration."""
    return make_lint(state(*clusters), settings(**values), policy, inventory)


def names(found: Lint, rule: str) -> list[str]:
    """Return the objects at which a rule found something."""
    return [one.name for one in found.findings if one.rule == rule]


def said(found: Lint, rule: str) -> str:
    """Return what a rule says, when it found one thing."""
    (message,) = [one.message for one in found.findings if one.rule == rule]
    return message


def doubts(found: Lint, rule: str) -> list[Unjudged]:
    """Return what a rule could not judge."""
    return [one for one in found.unjudged if rule in one.rules]


def doubted(found: Lint, rule: str) -> list[tuple[str, str]]:
    """Return the parts that a rule could not judge, and why."""
    return [(one.part, str(one.reason)) for one in doubts(found, rule)]
