"""Proof of absence: whether the state proves that the source of an object no longer exists."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from proxbox_plan.core.key import Key
from proxbox_plan.mapping.desired import Unknown
from proxbox_plan.mapping.views import ClusterView
from proxbox_plan.model.state import Guest, Node
from proxbox_plan.model.state.coverage import NOT_READ, Coverage, Incomplete
from proxbox_plan.model.state.firewall import Ruleset
from proxbox_plan.rules.scope import doubt


@dataclass(frozen=True, slots=True)
class Gone:
    """The source is proven gone; with its parent or alone."""

    with_parent: bool = False


@dataclass(frozen=True, slots=True)
class OutOfScope:
    """A filter of the configuration excludes it: it is never pruned, whatever its state."""


Proof = Gone | Unknown | OutOfScope


def proof_of(view: ClusterView, key: Key) -> Proof:
    """Judge the object with `key` (`CLUSTER/SORT/...`), which nothing in the state wants any more."""
    parts = key.parts[2:]
    judge = _SORTS.get(key.sort)
    return OutOfScope() if judge is None or not parts else judge(view, parts)


def _node(view: ClusterView, parts: list[str]) -> Proof:
    node = next((node for node in view.nodes if node.name == parts[0]), None)
    if node is None:
        return _from(view.cluster.coverage.nodes, with_parent=len(parts) > 1)
    return _node_child(node, parts[1:])


def _node_child(node: Node, parts: list[str]) -> Proof:
    if parts[:1] == ["firewall"]:
        return _from_rules(node.firewall)
    return _from(node.coverage.network)


def _guest(sort: str) -> Callable[[ClusterView, list[str]], Proof]:
    def judge(view: ClusterView, parts: list[str]) -> Proof:
        guest = view.known.get((sort, parts[0]))
        if guest is None:
            return _from(view.cluster.coverage.guests, with_parent=len(parts) > 1)
        included = view.scope.includes(guest)
        if included is not True:
            return _from(doubt(guest)) if included is None else OutOfScope()
        for part in (guest.coverage.row, guest.coverage.config):
            if not part.complete:
                return _from(part)
        return _guest_child(guest, parts[1:])

    return judge


def _guest_child(guest: Guest, parts: list[str]) -> Proof:
    """NICs and disks are in the configuration; an address is gone with its NIC, or when the guest was seen inside."""
    match parts:
        case [slot, "ip", *_]:
            gone = slot not in {nic.slot for nic in guest.nics}
            return Gone(with_parent=True) if gone else _from(guest.coverage.addresses)
        case ["os", *_]:
            return _from(guest.coverage.addresses)
        case ["snapshot", *_]:
            return _from(guest.coverage.snapshots)
        case ["firewall", *_]:
            return _from_rules(guest.firewall)
        case _:
            return Gone()


def _template(view: ClusterView, parts: list[str]) -> Proof:
    guest = view.known.get((parts[0], parts[-1]))
    if guest is None:
        return _from(view.cluster.coverage.guests)
    return _from(guest.coverage.row if not guest.coverage.row.complete else guest.coverage.config)


def _backup(view: ClusterView, parts: list[str]) -> Proof:
    """A backup is gone when every listing of its storage was read; a storage that is gone shows nothing of them."""
    name = parts[0].partition(":")[0]
    storage = next((storage for storage in view.cluster.storages if storage.name == name), None)
    return _from(view.cluster.coverage.storages if storage is None else storage.backups_coverage)


def _listed(name: str) -> Callable[[ClusterView, list[str]], Proof]:
    """Judge by one list of the cluster."""
    return lambda view, _parts: _from(getattr(view.cluster.coverage, name))


_SORTS: Mapping[str, Callable[[ClusterView, list[str]], Proof]] = MappingProxyType(
    {
        "node": _node,
        "proxmox-node": _listed("nodes"),
        "qemu": _guest("qemu"),
        "lxc": _guest("lxc"),
        "template": _template,
        "storage": _listed("storages"),
        "backup": _backup,
        "replication": _listed("replications"),
        "backup-job": _listed("backup_jobs"),
        "cpu-model": _listed("cpu_models"),
        "firewall": lambda view, _parts: _from_rules(view.cluster.firewall),
        "sdn": lambda view, _parts: _from(view.cluster.sdn.coverage if view.cluster.sdn else NOT_READ),
    }
)


def _from_rules(rules: Ruleset | None) -> Proof:
    return _from(rules.coverage if rules else NOT_READ)


def _from(coverage: Coverage, *, with_parent: bool = False) -> Proof:
    if coverage.complete:
        return Gone(with_parent)
    return Unknown(coverage.reason or Incomplete.NOT_READ, coverage.detail)
