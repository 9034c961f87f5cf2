"""Proof of absence: whether the state shows that the source of one of our objects is gone, or only doesn't show it."""

from __future__ import annotations

from dataclasses import dataclass

from proxbox_plan.model.state import Coverage, Gap, Guest, Node
from proxbox_plan.planner.context import ClusterView
from proxbox_plan.planner.desired import Unknown
from proxbox_plan.planner.scope import in_scope


@dataclass(frozen=True, slots=True)
class Gone:
    """The source is proven gone; with its parent or alone."""

    with_parent: bool = False


@dataclass(frozen=True, slots=True)
class OutOfScope:
    """A filter of the configuration excludes it: none of our business, whatever its state."""


Proof = Gone | Unknown | OutOfScope


def proof_of(view: ClusterView, key: str) -> Proof:
    """Judge the object with `key` (`CLUSTER/...`), which nothing in the state wants any more."""
    parts = key.split("/")[1:]
    if parts[0] == "node" and len(parts) > 1:
        return _node(view, parts[1:])
    if parts[0] in ("qemu", "lxc") and len(parts) > 1:
        return _guest(view, parts)
    return OutOfScope()


def _node(view: ClusterView, parts: list[str]) -> Proof:
    node = next((node for node in view.nodes if node.name == parts[0]), None)
    if node is None:
        return _from(view.cluster.coverage.nodes, with_parent=len(parts) > 1)
    return _node_child(node)


def _node_child(node: Node) -> Proof:
    return _from(node.coverage.network)


def _guest(view: ClusterView, parts: list[str]) -> Proof:
    guest = _find(view, parts)
    if guest is None:
        return _from(view.cluster.coverage.guests, with_parent=len(parts) > 2)  # noqa: PLR2004 # type, vmid, child
    if not in_scope(view.policy.scope, guest):
        return OutOfScope()
    for part in (guest.coverage.row, guest.coverage.config):
        if not part.complete:
            return _from(part)
    return _guest_child(guest, parts[2:])


def _guest_child(guest: Guest, parts: list[str]) -> Proof:
    """NICs and disks are in the configuration; an address is gone with its NIC, or when the guest was seen inside."""
    if len(parts) > 1 and parts[1] == "ip":
        if parts[0] not in {nic.slot for nic in guest.nics}:
            return Gone(with_parent=True)
        return _from(guest.coverage.addresses)
    return Gone()


def _find(view: ClusterView, parts: list[str]) -> Guest | None:
    return next(
        (guest for guest in view.cluster.guests if guest.type == parts[0] and str(guest.vmid) == parts[1]), None
    )


def _from(coverage: Coverage, *, with_parent: bool = False) -> Proof:
    if coverage.complete:
        return Gone(with_parent)
    return Unknown(coverage.gap or Gap.NOT_READ, coverage.detail)
