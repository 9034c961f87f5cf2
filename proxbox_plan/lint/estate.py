"""Estate: the state, and what the rules read beside it, with what several rules look up."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from proxbox_plan.core.address import Address
from proxbox_plan.lint.subject import Subject, address_of
from proxbox_plan.mapping.estate.inside import Inside
from proxbox_plan.model.inventory import Inventory
from proxbox_plan.model.policy import AddressFilter, Policy
from proxbox_plan.model.state import Cluster, Guest, State


class Whereabouts(NamedTuple):
    """A guest, with its cluster."""

    cluster: Cluster
    guest: Guest

    @property
    def address(self) -> Address:
        """The address that the guest has in plans."""
        return address_of(self.cluster, self.guest)

    @property
    def subject(self) -> Subject:
        """The guest, as the subject of a finding."""
        return Subject.of_guest(self.cluster, self.guest)


@dataclass(frozen=True)
class LintEstate:
    """Everything that the rules read."""

    state: State
    policy: Policy | None = None
    inventory: Inventory | None = None

    @property
    def clusters(self) -> tuple[Cluster, ...]:
        """The clusters."""
        return self.state.clusters

    @cached_property
    def filter(self) -> AddressFilter:
        """Addresses that are not looked at, as in plans."""
        return self.policy.addresses if self.policy is not None else AddressFilter()

    def inside(self, guest: Guest) -> Inside:
        """Return what a guest shows of its network."""
        return Inside(guest, self.filter)

    @cached_property
    def machines(self) -> tuple[Whereabouts, ...]:
        """Every guest that is no template."""
        return tuple(Whereabouts(cluster, guest) for cluster in self.clusters for guest in self.of(cluster))

    @staticmethod
    def of(cluster: Cluster) -> Iterator[Guest]:
        """Yield the guests of a cluster that are no templates."""
        return (guest for guest in cluster.guests if not guest.template)
