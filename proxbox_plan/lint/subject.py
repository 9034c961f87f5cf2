"""Subject: the object that a finding is about."""

from __future__ import annotations

from dataclasses import dataclass, replace

from proxbox_plan.core.address import Address
from proxbox_plan.core.key import Key
from proxbox_plan.model.lint.kinds import LintKind
from proxbox_plan.model.state import Cluster, Guest, Node


def address_of(cluster: Cluster, guest: Guest) -> Address:
    """Return the address that a guest has in plans."""
    return Address(f"{LintKind.VIRTUAL_MACHINE}:{cluster.name}/{guest.type}/{guest.vmid}")


@dataclass(frozen=True, slots=True)
class Subject:
    """An object of the estate; `place` says which part of it, such as a NIC."""

    address: Address
    kind: str
    name: str
    cluster: str
    node: str | None = None
    home: Cluster | None = None
    guest: Guest | None = None
    place: str = ""

    @classmethod
    def of_guest(cls, cluster: Cluster, guest: Guest) -> Subject:
        """Return a guest, with the address it has in plans."""
        name = guest.name or f"{guest.type}/{guest.vmid}"
        return cls(address_of(cluster, guest), guest.type, name, cluster.name, guest.node, cluster, guest)

    @classmethod
    def of_node(cls, cluster: Cluster, node: Node) -> Subject:
        """Return a node, with the address it has in plans."""
        key = Key.of(cluster.name, "node", node.name)
        return cls(Address.of(LintKind.DEVICE, key), "node", node.name, cluster.name, node.name)

    @classmethod
    def of(cls, kind: LintKind, cluster: Cluster, name: str) -> Subject:
        """Return anything else, by its name."""
        return cls(Address.of(kind, Key.of(cluster.name, name)), kind, name, cluster.name)

    @classmethod
    def of_cluster(cls, cluster: Cluster) -> Subject:
        """Return a cluster, with the address it has in plans."""
        return cls(Address.of(LintKind.CLUSTER, Key.of(cluster.name, "cluster")), "cluster", cluster.name, cluster.name)

    def belonging_to(self, cluster: Cluster, guest: Guest | None) -> Subject:
        """Return the same object as a part of a guest, which it is named after."""
        if guest is None:
            return self
        return replace(self, name=guest.name or self.name, node=guest.node, home=cluster, guest=guest)

    def at(self, place: str) -> Subject:
        """Return the same object, at a part of it."""
        return replace(self, place=place)

    @property
    def vmid(self) -> int | None:
        """Number of a guest."""
        return self.guest.vmid if self.guest is not None else None

    @property
    def words(self) -> str:
        """The object in words: `web1 (qemu/100 of lab, net0)`."""
        what = f"{self.kind}/{self.vmid}" if self.guest is not None else self.kind
        return f"{self.name} ({what} of {self.cluster}{', ' if self.place else ''}{self.place})"
