"""Address spaces: which guests could meet, by the VRF that the configuration gives them and by their SDN zone."""

from __future__ import annotations

from typing import Final

from proxbox_plan.lint.estate import Whereabouts
from proxbox_plan.lint.rule import Doubt, lacks
from proxbox_plan.model.address_roles import SHARED_ROLES
from proxbox_plan.model.lint.lint import Lacking
from proxbox_plan.model.policy import ClusterPolicy, Policy
from proxbox_plan.model.policy.facts import AddressFacts
from proxbox_plan.model.state import NOT_READ, Cluster, GuestNic
from proxbox_plan.model.state.vlans import Wiring
from proxbox_plan.rules.rule_book import RuleBook, effective, rule_book

_VRF: Final = "vrf"
_ROLE: Final = "role"
_APART: Final = frozenset({"evpn", "simple", "vxlan"})
"""Zones whose networks are not those of the nodes."""


class Spaces:
    """Answers for the few guests that share an address: rules are evaluated for no others."""

    def __init__(self, policy: Policy | None) -> None:
        """Take the policy; without one, no guest has a VRF."""
        self._policy = policy
        self._books: dict[str, tuple[ClusterPolicy, RuleBook] | None] = {}

    def of(self, place: Whereabouts, nic: GuestNic, address: str) -> str | Doubt | None:
        """Return the space of an address in words, empty for the global table; or why it is not known.

        Null for one that rules say is shared.
        """
        zone = _zone(place, nic)
        return zone or self._vrf(place, nic, address) if isinstance(zone, str) else zone

    def _vrf(self, place: Whereabouts, nic: GuestNic, address: str) -> str | Doubt | None:
        found = self._book(place.cluster)
        if found is None:
            return ""
        cluster, book = found
        vlan = book.wiring.untagged(place.guest.node, nic)
        facts = AddressFacts.of_guest(address, place.guest, nic, vlan.vid)
        own = book.of_address(facts, frozenset() if vlan.coverage.complete else frozenset({"vlan"}))
        if own.text(_ROLE) in SHARED_ROLES:
            return None
        evaluation = own.after(book.of_guest(place.guest), (_VRF,))
        if evaluation.unsure & {_VRF, _ROLE}:
            return Doubt("VRF of its rules", Lacking.RULES, place.cluster.name, place.address)
        vrf = evaluation.text(_VRF) or cluster.vrf
        return f"the VRF {vrf}" if vrf else ""

    def _book(self, cluster: Cluster) -> tuple[ClusterPolicy, RuleBook] | None:
        if cluster.name not in self._books:
            self._books[cluster.name] = self._made(cluster)
        return self._books[cluster.name]

    def _made(self, cluster: Cluster) -> tuple[ClusterPolicy, RuleBook] | None:
        configured = self._policy.cluster(cluster.name) if self._policy is not None else None
        if self._policy is None or configured is None:
            return None
        policy = effective(self._policy, configured, cluster)
        return policy, rule_book(self._policy, policy, cluster, Wiring(cluster))


def _zone(place: Whereabouts, nic: GuestNic) -> str | Doubt:
    """Return the SDN zone of a NIC if that is a network apart, else an empty text; or why it is not known."""
    cluster, guest = place
    sdn = cluster.sdn
    vnet = next((vnet for vnet in sdn.vnets if vnet.name == nic.bridge), None) if sdn is not None else None
    zone = next((zone for zone in sdn.zones if zone.name == vnet.zone), None) if sdn is not None and vnet else None
    if zone is not None:
        return f"the SDN zone {zone.name} of {cluster.name}" if zone.type in _APART else ""
    coverage = sdn.coverage if sdn is not None else NOT_READ
    bridges = {item.name for node in cluster.nodes if node.name == guest.node for item in node.interfaces}
    if vnet is None and (coverage.complete or nic.bridge in bridges):
        return ""
    return lacks("SDN", coverage, cluster.name, place.address)
