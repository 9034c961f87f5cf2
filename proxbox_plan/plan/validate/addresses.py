"""Addresses: host addresses of a network only, and none that is new in a range that is marked populated.

Sources: `IPAddress.clean` of NetBox 4.7; `mark_populated` is in NetBox from 4.3 on.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from typing import NamedTuple

from proxbox_plan.mapping import ADDRESS, IP_RANGE
from proxbox_plan.mapping.desired import DesiredObject
from proxbox_plan.model.inventory import Row
from proxbox_plan.model.reference import Ref
from proxbox_plan.plan.relations.references import ref_id
from proxbox_plan.plan.validate.draft import Draft

_Host = ipaddress.IPv4Address | ipaddress.IPv6Address
_Interface = ipaddress.IPv4Interface | ipaddress.IPv6Interface


class _Range(NamedTuple):
    """A range in which NetBox creates no address."""

    family: int
    first: int
    last: int
    vrf: int | None
    name: str

    def has(self, host: _Host, vrf: int | None) -> bool:
        return host.version == self.family and self.first <= int(host) <= self.last and vrf == self.vrf


def validate_addresses(draft: Draft) -> None:
    """Refuse addresses that NetBox assigns to no interface, or creates nowhere."""
    ranges = tuple(_ranges(draft))
    for wanted, row in draft.of_kind(ADDRESS.name):
        address = wanted.fields.get("address")
        of_group = wanted.address in draft.matched.of_groups
        if not isinstance(address, str) or of_group or _is_as_documented(wanted, row):
            continue
        found = ipaddress.ip_interface(address)
        if why := _no_host(found):
            draft.refuse(
                wanted,
                f"{_shown(wanted)} has the address {address} in Proxmox, and NetBox assigns {why} to no interface",
                "Correct the prefix length in the guest or in Proxmox, or leave the network out with "
                "`addresses.skip_networks`.",
            )
        elif row is None and (inside := _inside(draft, wanted, found.ip, ranges)):
            draft.refuse(
                wanted,
                f"{_shown(wanted)} has the address {address}, and NetBox creates none in the IP range {inside}, which "
                "is marked populated",
                "Create the address in NetBox with the mark off for a moment, or remove the mark; then plan again.",
            )


def _is_as_documented(wanted: DesiredObject, row: Row | None) -> bool:
    """Whether NetBox has the very address, prefix length and all, on the very NIC: it took it once."""
    return row is not None and row.key == wanted.key and row.fields.get("address") == wanted.fields.get("address")


def _no_host(address: _Interface) -> str:
    """Return what an address is that is not one host's; empty for one that is."""
    network = address.network
    if network.prefixlen == 0:
        return "an address with the mask /0"
    if network.prefixlen >= network.max_prefixlen - 1:  # of a point-to-point link, or alone
        return ""
    if address.ip == network.network_address:
        return "a network's own address"
    return "a broadcast address" if address.version == 4 and address.ip == network.broadcast_address else ""  # noqa: PLR2004


def _shown(wanted: DesiredObject) -> str:
    owner = wanted.fields.get(ADDRESS.parent)
    return owner.name if isinstance(owner, Ref) else wanted.name


def _inside(draft: Draft, wanted: DesiredObject, host: _Host, ranges: tuple[_Range, ...]) -> str:
    vrf = wanted.fields.get("vrf")
    row = draft.matched.row_of(vrf)
    if vrf is not None and row is None:  # a VRF that is new has no ranges
        return ""
    number = row.id if row is not None else None
    return next((item.name for item in ranges if item.has(host, number)), "")


def _ranges(draft: Draft) -> Iterator[_Range]:
    for row in draft.matched.index.of(IP_RANGE.name):
        if row.fields.get("mark_populated"):
            yield _range(row)


def _range(row: Row) -> _Range:
    first, last = (ipaddress.ip_interface(str(row.fields[name])).ip for name in ("start_address", "end_address"))
    return _Range(first.version, int(first), int(last), ref_id(row.fields.get("vrf")), f"{first} - {last}")
