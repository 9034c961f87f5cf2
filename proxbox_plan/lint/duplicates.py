"""Duplicates: MAC and IP addresses of several guests, also of different clusters."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from ipaddress import ip_address
from typing import NamedTuple

from proxbox_plan.lint.coverage import hidden, unknown
from proxbox_plan.lint.estate import LintEstate, Whereabouts
from proxbox_plan.lint.rule import Defect, Doubt, RegisteredRule
from proxbox_plan.lint.spaces import Spaces
from proxbox_plan.lint.subject import Subject
from proxbox_plan.mapping.estate.inside import host, is_skipped
from proxbox_plan.model.lint.settings import RuleSettings
from proxbox_plan.model.lint.severity import Severity
from proxbox_plan.model.state import GuestNic


class _Seen(NamedTuple):
    place: Whereabouts
    nic: GuestNic
    address: str = ""  # with its prefix length, which is known: one without it looks like a host route

    @property
    def subject(self) -> Subject:
        """The guest, at its NIC."""
        return self.place.subject.at(self.nic.slot)


def macs(estate: LintEstate, _: RuleSettings) -> Iterator[Defect | Doubt]:
    """Find MAC addresses of several NICs; one that is disconnected does no harm."""
    if doubts := list(hidden(estate, "MAC addresses")):
        yield from doubts
        return
    found: dict[str, list[_Seen]] = {}
    for place in estate.machines:
        if doubt := unknown(place, "row", "config"):
            yield doubt
        for nic in place.guest.nics:
            if nic.mac and not nic.link_down:
                found.setdefault(nic.mac, []).append(_Seen(place, nic))
    for mac, seen in found.items():
        if len(seen) > 1:
            yield Defect(f"Several NICs have its MAC address {mac}", tuple(one.subject for one in seen), mac, least=2)


def addresses(estate: LintEstate, _: RuleSettings) -> Iterator[Defect | Doubt]:
    """Find addresses of several guests in one VRF: configured ones, and those seen on their NICs."""
    if doubts := list(hidden(estate, "addresses")):
        yield from doubts
        return
    found: dict[str, list[_Seen]] = {}
    for place in estate.machines:
        if doubt := unknown(place, "row"):
            yield doubt
            continue  # rules that set a VRF read it
        if doubt := unknown(place, "config", "addresses"):
            yield doubt
        for address, seen in {host(seen.address): seen for seen in _of(estate, place)}.items():
            found.setdefault(address, []).append(seen)
    spaces = Spaces(estate.policy)
    for address in sorted((name for name, seen in found.items() if len(seen) > 1), key=_order):
        yield from _shared(address, found[address], spaces)


def _of(estate: LintEstate, place: Whereabouts) -> Iterator[_Seen]:
    """Yield each address of a guest and the NIC it is on."""
    for nic, seen in estate.inside(place.guest).documented:
        # A host route moves between guests, as those of keepalived and of routing daemons do.
        if not nic.link_down and not _is_host_route(seen.address):
            yield _Seen(place, nic, seen.address)
    for nic in place.guest.nics:
        for address in nic.addresses:
            if not nic.link_down and not is_skipped(estate.filter, address):
                yield _Seen(place, nic, address)


def _is_host_route(address: str) -> bool:
    return address.endswith("/128" if ":" in address else "/32")


def _shared(address: str, seen: Iterable[_Seen], spaces: Spaces) -> Iterator[Defect | Doubt]:
    by_space: dict[str, list[Subject]] = {}
    for one in seen:
        space = spaces.of(one.place, one.nic, one.address)
        if isinstance(space, Doubt):
            yield space
        elif space is not None:
            by_space.setdefault(space, []).append(one.subject)
    for space, subjects in sorted(by_space.items()):
        if len(subjects) > 1:
            where = f" in {space}" if space else ""
            yield Defect(f"Several guests have its address {address}{where}", tuple(subjects), address, least=2)


def _order(address: str) -> tuple[int, int]:
    found = ip_address(address)
    return found.version, int(found)


RULES = (
    RegisteredRule(
        "duplicate-mac",
        Severity.ERROR,
        "configurations of all guests",
        "In one layer 2 network the switches send the traffic of one to the other, now and then. DHCP gives both the "
        "same address. It comes from copied configurations, and from a guest that was migrated to another cluster and "
        "kept in its own.",
        "Give one of the NICs a new MAC address, or disconnect it. Except guests that are never in one network.",
        macs,
    ),
    RegisteredRule(
        "duplicate-address",
        Severity.ERROR,
        "configurations of all guests, the addresses inside them, SDN for NICs on vnets; rules that set a `vrf` or a "
        "`role` of addresses",
        "Only one of them is reached, and which one changes. NetBox refuses the second one in a VRF with unique "
        "addresses.",
        "Change one of the addresses. Give clusters and guests of separate networks a `vrf`, as in plans; and "
        "addresses that they share a `role` (`address_rules`).",
        addresses,
    ),
)
