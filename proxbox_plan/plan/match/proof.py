"""Proof of absence: whether the state proves that the source of an object no longer exists."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from proxbox_plan.core.key import Key
from proxbox_plan.mapping import ip_address
from proxbox_plan.mapping.desired import Unknown
from proxbox_plan.mapping.estate.estate import Estate
from proxbox_plan.mapping.estate.relocated import Relocated
from proxbox_plan.mapping.estate.views import ClusterView
from proxbox_plan.mapping.plugin import guest_interface
from proxbox_plan.model.inventory import Row
from proxbox_plan.model.state import NOT_READ, Coverage, Guest, GuestNic, Incomplete, Node
from proxbox_plan.model.state.coverage import first_incomplete
from proxbox_plan.model.state.firewall import Ruleset


@dataclass(frozen=True, slots=True)
class Gone:
    """The source is proven gone; with its parent or alone."""

    with_parent: bool = False


@dataclass(frozen=True, slots=True)
class OutOfScope:
    """A filter of the configuration excludes it: it is never pruned, whatever its state."""


Proof = Gone | Unknown | OutOfScope


def proof_of(estate: Estate, view: ClusterView, key: Key, row: Row) -> Proof:
    """Judge the object with `key` (`CLUSTER/SORT/...`), which nothing in the state wants any more."""
    parts = key.parts[2:]
    judge = _SORTS.get(key.sort)
    proof = OutOfScope() if judge is None or not parts else judge(_Subject(estate, view, key, row), parts)
    if isinstance(proof, Gone) and estate.is_newer(key, row):
        return Unknown(Incomplete.OLDER_STATE, f"collected {estate.collected[key.cluster]}")
    return proof


@dataclass(frozen=True, slots=True)
class _Subject:
    """What is judged, and where more is known about it."""

    estate: Estate
    view: ClusterView
    key: Key
    row: Row


_Judge = Callable[[_Subject, list[str]], Proof]


def _node(subject: _Subject, parts: list[str]) -> Proof:
    node = next((node for node in subject.view.nodes if node.name == parts[0]), None)
    if node is None:
        return _from(subject.view.cluster.coverage.nodes, with_parent=len(parts) > 1)
    return _node_child(node, parts[1:])


def _node_child(node: Node, parts: list[str]) -> Proof:
    if parts[:1] == ["firewall"]:
        return _from_rules(node.firewall)
    return _from(node.coverage.network)


def _guest(sort: str) -> _Judge:
    def judge(subject: _Subject, parts: list[str]) -> Proof:
        view = subject.view
        guest = view.known.get((sort, parts[0]))
        if guest is None:
            return _where(subject) or _from(view.cluster.coverage.guests, with_parent=len(parts) > 1)
        included = view.scope.includes(guest)
        if included is not True:
            return _from(view.scope.doubt(guest)) if included is None else OutOfScope()
        for part in (guest.coverage.row, guest.coverage.config):
            if not part.complete:
                return _from(part)
        return _guest_child(subject, guest, parts[1:])

    return judge


def _where(subject: _Subject) -> Proof | None:
    """Return what is known of a guest whose vmid is free, or of a part of one; null when it may be gone.

    It is judged where it is now; a guest that is somewhere, or may be, is not gone.
    """
    key, estate, own = subject.key, subject.estate, subject.row.key
    if own is None or own.is_retired or own.owner != key.owner:
        return None
    found = estate.relocations.machines.get(key.owner)
    match found:
        case None:
            return None
        case Relocated(now) if key.below_owner:
            at = Key.of(now, *key.below_owner)
            return _SORTS[at.sort](_Subject(estate, estate.by_name[at.cluster], at, subject.row), at.parts[2:])
        case Unknown():
            return found
        case _:
            return OutOfScope()


def _guest_child(subject: _Subject, guest: Guest, parts: list[str]) -> Proof:
    """NICs and disks are in the configuration; an address is gone with its NIC, or when all of the NIC is shown."""
    match parts:
        case [slot, "ip", *address]:
            nic = next((nic for nic in guest.nics if nic.slot == slot), None)
            inside = subject.view.inside(guest)
            return Gone(with_parent=True) if nic is None else _from(inside.of_address(nic, "/".join(address)))
        case ["os", *names]:
            return _from(_inside(subject, guest, names))
        case ["snapshot", *_]:
            return _from(guest.coverage.snapshots)
        case ["firewall", *_]:
            return _from_rules(guest.firewall)
        case _:
            return Gone()


def _inside(subject: _Subject, guest: Guest, names: list[str]) -> Coverage:
    """Judge an interface inside a guest by the NIC whose MAC it had, and an address on it by the NIC it is on, too."""
    inside = subject.view.inside(guest)
    own = subject.key.owner.child("os", names[0])
    row = subject.estate.row(guest_interface.KIND.name, own)
    coverage = inside.of_interface(names[0], str(row.fields.get("mac_address") or "") if row is not None else None)
    if not coverage.complete or len(names) == 1:
        return coverage
    address = names[1]
    on = (nic for nic in guest.nics if subject.estate.row(ip_address.KIND.name, _address(subject, nic, address)))
    return first_incomplete(*(inside.of_address(nic, address) for nic in on))


def _address(subject: _Subject, nic: GuestNic, address: str) -> Key:
    return subject.key.owner.child(nic.slot, "ip", address)


def _template(subject: _Subject, parts: list[str]) -> Proof:
    view = subject.view
    guest = view.known.get((parts[0], parts[-1]))
    if guest is None:
        return _from(view.cluster.coverage.guests)
    return _from(guest.coverage.row if not guest.coverage.row.complete else guest.coverage.config)


def _backup(subject: _Subject, parts: list[str]) -> Proof:
    """A backup is gone when every listing of its storage was read; a storage that is gone shows nothing of them."""
    name, cluster = parts[0].partition(":")[0], subject.view.cluster
    storage = next((storage for storage in cluster.storages if storage.name == name), None)
    return _from(cluster.coverage.storages if storage is None else storage.backups_coverage)


def _listed(name: str) -> _Judge:
    """Judge by one list of the cluster."""
    return lambda subject, _parts: _from(getattr(subject.view.cluster.coverage, name))


_SORTS: Mapping[str, _Judge] = MappingProxyType(
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
        "firewall": lambda subject, _parts: _from_rules(subject.view.cluster.firewall),
        "sdn": lambda subject, _parts: _from(sdn.coverage if (sdn := subject.view.cluster.sdn) else NOT_READ),
    }
)


def _from_rules(rules: Ruleset | None) -> Proof:
    return _from(rules.coverage if rules else NOT_READ)


def _from(coverage: Coverage, *, with_parent: bool = False) -> Proof:
    if coverage.complete:
        return Gone(with_parent)
    return Unknown.because(coverage)
