"""Assigned address: an address on an interface of a guest or a node, with the values that rules give it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Final

from proxbox_plan.core.key import Key
from proxbox_plan.mapping import interface, vm_interface
from proxbox_plan.mapping.estate.inside import host, is_skipped
from proxbox_plan.mapping.estate.views import ClusterView, GuestView
from proxbox_plan.model.policy import AddressFilter
from proxbox_plan.model.policy.facts import AddressFacts
from proxbox_plan.model.reference import Ref
from proxbox_plan.model.state import COMPLETE, Coverage, GuestNic, Node, NodeInterface
from proxbox_plan.model.state.coverage import first_incomplete
from proxbox_plan.rules.evaluate import Evaluation

# What `rules` and `node_rules` say of an address, too; `address_rules` come first.
_OF_ITS_OWNER: Final = ("vrf", "dns_name")


@dataclass(frozen=True, slots=True)
class AssignedAddress:
    """An address with its prefix length, and what it is on."""

    view: ClusterView
    parent: Key  # of the interface
    owner: Ref  # the same as a reference
    text: str
    facts: Callable[[], AddressFacts]  # hardly a configuration has rules that read them
    of_owner: Evaluation  # the rules of its guest or node
    prefix: Coverage = COMPLETE  # whether the length of its prefix is known
    vlan: Coverage = COMPLETE  # whether the VLAN of its interface is
    name: str | None = None  # of the guest
    mac: str | None = None  # of the guest's NIC

    @property
    def key(self) -> Key:
        """Key of the address in NetBox: it is the same in any VRF, and with any prefix length."""
        return self.parent.child("ip", host(self.text))

    @property
    def lacking(self) -> Coverage:
        """Why not everything that rules read of it is known; complete where all of it is."""
        return first_incomplete(self.prefix, self.vlan)

    def evaluation(self, *, explain: bool = False) -> Evaluation:
        """Evaluate the rules: what those of addresses don't say, those of the guest or node do."""
        return self.of_address(explain=explain).after(self.of_owner, _OF_ITS_OWNER)

    def of_address(self, *, explain: bool = False) -> Evaluation:
        """Evaluate the rules for addresses alone."""
        book = self.view.rules
        if not book.address_rules:
            return Evaluation()
        unknown = AddressFacts.LATER if not self.prefix.complete else frozenset()
        return book.of_address(self.facts(), unknown if self.vlan.complete else unknown | {"vlan"}, explain=explain)


def of_guest(guest: GuestView, nic: GuestNic, text: str, prefix: Coverage = COMPLETE) -> AssignedAddress:
    """Return an address on a NIC of a guest."""
    vlan = guest.cluster.wiring.untagged(guest.guest.node, nic)
    return AssignedAddress(
        guest.cluster,
        guest.key.child(nic.slot),
        vm_interface.ref(guest, nic),
        text,
        partial(AddressFacts.of_guest, text, guest.guest, nic, vlan.vid),
        guest.targets,
        prefix,
        vlan.coverage,
        guest.guest.name,
        nic.mac,
    )


def of_node(view: ClusterView, node: Node, item: NodeInterface, text: str) -> AssignedAddress:
    """Return an address on an interface of a node."""
    return AssignedAddress(
        view,
        interface.key(view, node.name, item.name),
        interface.ref(view, node, item.name),
        text,
        partial(AddressFacts.of_node, text, node, item),
        view.evaluations[node.name],
    )


def all_of_node(view: ClusterView, node: Node, skipped: AddressFilter) -> Iterator[AssignedAddress]:
    """Yield the addresses of a node that are documented; none where its network was not read."""
    for item in interface.documented(node) if node.coverage.network.complete else ():
        for text in item.addresses:
            if not is_skipped(skipped, text):
                yield of_node(view, node, item, text)
