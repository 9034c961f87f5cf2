"""Views: a cluster of the state with its policy, and its guests with the results of the rules."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from proxbox_plan.core.key import Key
from proxbox_plan.mapping.desired import Unknown
from proxbox_plan.mapping.estate.inside import Inside
from proxbox_plan.model.policy import AddressFilter, ClusterPolicy
from proxbox_plan.model.state import GUEST_TYPES, Cluster, Guest, Node, vlans
from proxbox_plan.model.state.coverage import first_incomplete
from proxbox_plan.model.state.sdn import SdnVnet, SdnZone
from proxbox_plan.model.state.vlans import GuestVlans, Segment, Wiring
from proxbox_plan.rules import scope
from proxbox_plan.rules.evaluate import Evaluation
from proxbox_plan.rules.rule_book import RuleBook


@dataclass(frozen=True)
class GuestView:
    """A guest in scope, with the values of its rules and its coverage."""

    guest: Guest
    cluster: ClusterView
    targets: Evaluation

    @cached_property
    def title(self) -> str:
        """Name of its virtual machine, as far as it is known."""
        return self.targets.text("name") or self.guest.name or self.key

    @cached_property
    def key(self) -> Key:
        """Key of its virtual machine, and prefix of its children's keys."""
        return self.cluster.key_of(self.guest)

    @cached_property
    def inside(self) -> Inside:
        """What it shows of its inside."""
        return self.cluster.inside(self.guest)

    @cached_property
    def vlans(self) -> GuestVlans:
        """The VLANs that its NICs are in."""
        return self.cluster.wiring.vlans_of(self.guest)

    @cached_property
    def unknown(self) -> Unknown | None:
        """Why the guest cannot be planned completely, if it cannot."""
        lacking = first_incomplete(self.guest.coverage.row, self.guest.coverage.config)
        return Unknown(lacking.reason, lacking.detail) if lacking.reason is not None else None


@dataclass(frozen=True)
class ClusterView:
    """A cluster of the state with its policy."""

    cluster: Cluster
    policy: ClusterPolicy
    rules: RuleBook
    addresses: AddressFilter

    @property
    def name(self) -> str:
        """Name in the configuration: the first part of every key."""
        return self.cluster.name

    @cached_property
    def guests(self) -> tuple[GuestView, ...]:
        """Guests in scope, in the order of their vmids."""
        chosen = (guest for guest, included in self._in_scope if included is True)
        ordered = sorted(chosen, key=lambda guest: (guest.vmid, guest.type))
        return tuple(GuestView(guest, self, self.rules.of_guest(guest)) for guest in ordered)

    @cached_property
    def undecided(self) -> tuple[Guest, ...]:
        """Guests that may be in scope or not, because that depends on what was not read: they are left alone."""
        return tuple(guest for guest, included in self._in_scope if included is None)

    @cached_property
    def _in_scope(self) -> tuple[tuple[Guest, bool | None], ...]:
        """Every guest, and whether it is in scope: the conditions are evaluated once."""
        return tuple((guest, self.scope.includes(guest)) for guest in self.cluster.guests)

    @cached_property
    def scope(self) -> scope.CompiledScope:
        """Which guests are in scope."""
        return scope.compiled(self.policy.scope, self.name, self.wiring)

    @cached_property
    def evaluations(self) -> Mapping[str, Evaluation]:
        """Rule evaluation of each node, by name."""
        return {node.name: self.rules.of_node(node) for node in self.nodes}

    @cached_property
    def by_vmid(self) -> Mapping[int, GuestView]:
        """Guests in scope by vmid, which is unique in its cluster."""
        return {view.guest.vmid: view for view in self.guests}

    @cached_property
    def known(self) -> Mapping[tuple[str, str], Guest]:
        """Every guest, in scope or not, by type and vmid."""
        return {(guest.type, str(guest.vmid)): guest for guest in self.cluster.guests}

    def holder_of(self, key: Key) -> Guest | None:
        """Return the guest that has the vmid of a machine, whatever its type is; null for that of one set apart."""
        return next((found for sort in sorted(GUEST_TYPES) if (found := self.known.get((sort, key.last)))), None)

    def inside(self, guest: Guest) -> Inside:
        """Return what a guest shows of its inside."""
        return Inside(guest, self.addresses)

    @cached_property
    def node_of(self) -> Mapping[int, str]:
        """The node of every guest, in scope or not, by vmid."""
        return {guest.vmid: guest.node for guest in self.cluster.guests}

    @property
    def wiring(self) -> Wiring:
        """Its bridges and vnets."""
        return self.rules.wiring

    @cached_property
    def services(self) -> frozenset[int]:
        """Service VLANs (Q-in-Q): of zones with vnets, and those around a NIC's own VLANs."""
        tags = {zone.tag for vnet in self._vnets if (zone := self.zones.get(vnet.zone)) and zone.type == "qinq"}
        nics = ((guest, nic) for guest in self.cluster.guests for nic in guest.nics if nic.tag or nic.trunks)
        for guest, nic in nics:
            segment = self.wiring.segment(guest.node, nic.bridge)
            tags.add(segment.vid if isinstance(segment, Segment) and segment.service is None else None)
        return frozenset(tag for tag in tags if tag is not None)

    @cached_property
    def vnet_of(self) -> Mapping[tuple[int | None, int], SdnVnet]:
        """The vnet of each VLAN, by service VLAN and id; of two with the same, the first by name."""
        found: dict[tuple[int | None, int], SdnVnet] = {}
        for vnet in self._vnets:
            zone = self.zones.get(vnet.zone)
            segment = vlans.of_vnet(zone, vnet) if zone is not None else vlans.NOWHERE
            if segment.vid is not None:
                found.setdefault((segment.service, segment.vid), vnet)
        return found

    @property
    def _vnets(self) -> tuple[SdnVnet, ...]:
        return self.cluster.sdn.vnets if self.cluster.sdn else ()

    @cached_property
    def zones(self) -> Mapping[str, SdnZone]:
        """SDN zones by name."""
        return {zone.name: zone for zone in self.cluster.sdn.zones} if self.cluster.sdn else {}

    def key_of(self, guest: Guest) -> Key:
        """Key of a guest of this cluster, in scope or not."""
        return Key.of(self.name, guest.type, guest.vmid)

    @property
    def nodes(self) -> tuple[Node, ...]:
        """The cluster's nodes."""
        return self.cluster.nodes

    @cached_property
    def node_names(self) -> frozenset[str]:
        """Names of the cluster's nodes."""
        return frozenset(node.name for node in self.nodes)
