"""VLANs: NICs whose VLAN is not the one that NetBox gives the prefix of their address."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache, partial
from ipaddress import ip_interface
from typing import Any, Final, NamedTuple

from proxbox_plan.lint.coverage import hidden, unknown
from proxbox_plan.lint.estate import LintEstate, Whereabouts
from proxbox_plan.lint.rule import Defect, Doubt, RegisteredRule
from proxbox_plan.mapping.estate.inside import is_skipped
from proxbox_plan.model.inventory import Inventory, Lookup, Row
from proxbox_plan.model.lint.lint import Lacking
from proxbox_plan.model.lint.settings import RuleSettings
from proxbox_plan.model.lint.severity import Severity
from proxbox_plan.model.state import GuestNic, NodeInterface
from proxbox_plan.model.state.vlans import Segment, Wiring, vlan_of

PREFIX: Final = "prefix"
VLAN: Final = "vlan"
_ASK: Final = "Pass --netbox, and the prefixes are read from NetBox."


class _Tagged(NamedTuple):
    """A NIC with a VLAN, and the networks of its addresses."""

    place: Whereabouts
    nic: GuestNic
    vid: int
    networks: tuple[str, ...]


def lookups(estate: LintEstate) -> Iterator[Lookup]:
    """Yield what the rule asks NetBox for: the prefixes of all tagged NICs."""
    if not estate.state.redacted:
        networks = {network for tagged in _tagged(estate) for network in tagged.networks}
        yield from (Lookup(PREFIX, "prefix", network) for network in sorted(networks))


def vlan_lookups(inventory: Inventory) -> Iterator[Lookup]:
    """Yield what is to be asked then: the VLANs of those prefixes."""
    rows = inventory.kinds.get(PREFIX, ())
    numbers = {number for row in rows if (number := _vlan_of(row)) is not None}
    yield from (Lookup(VLAN, "id", str(number)) for number in sorted(numbers))


def mismatch(estate: LintEstate, _: RuleSettings) -> Iterator[Defect | Doubt]:
    """Find NICs with an address in a prefix of another VLAN."""
    if doubts := list(hidden(estate, "addresses")):
        yield from doubts
        return
    if estate.inventory is None:
        hint = "Pass --netbox, or --inventory with a file of `proxbox plan --save-inventory`."
        yield Doubt("prefixes of NetBox", Lacking.INVENTORY, hint=hint)
        return
    vlans = {row.id: row for row in estate.inventory.kinds.get(VLAN, ())}
    prefixes: dict[str, list[Row]] = {}
    for row in estate.inventory.kinds.get(PREFIX, ()):
        prefixes.setdefault(str(row.fields.get("prefix")), []).append(row)
    for place in estate.machines:
        if doubt := unknown(place, "row", "config", "addresses"):
            yield doubt
    for tagged in _tagged(estate):
        yield from _judged(tagged, estate.inventory, prefixes, vlans)


def _judged(
    tagged: _Tagged, inventory: Inventory, prefixes: Mapping[str, list[Row]], vlans: Mapping[int, Row]
) -> Iterator[Defect | Doubt]:
    place, nic, vid, networks = tagged
    doubt = partial(Doubt, cluster=place.cluster.name, about=place.address)
    for network in networks:
        rows = prefixes.get(network, [])
        own = [row for row in rows if row.key is not None and row.key.cluster == place.cluster.name]
        if not own and not inventory.answers(Lookup(PREFIX, "prefix", network)):
            yield doubt("prefixes of NetBox", Lacking.NOT_ASKED, hint=_ASK)
            continue
        # Of several VRFs with this prefix any may be the one of the guest.
        numbers = [_vlan_of(row) for row in own or rows]
        tags = [_tag(vlans.get(number)) for number in numbers if number is not None]
        if not tags or len(tags) < len(numbers) or vid in tags:
            continue
        if None in tags:
            yield doubt("VLANs of NetBox", Lacking.NOT_ASKED, hint=_ASK)
            continue
        said = " or ".join(str(tag) for tag in sorted({tag for tag in tags if tag is not None}))
        message = f"{nic.slot} is in VLAN {vid}, and NetBox says that {network} is VLAN {said}"
        yield Defect(message, (place.subject.at(nic.slot),), f"{nic.slot} {network}")


def _tagged(estate: LintEstate) -> Iterator[_Tagged]:
    """Yield the NICs of which the VLAN is known: by a tag, a bridge on a VLAN or a vnet; of a trunk it is not."""
    wirings = {cluster.name: Wiring(cluster) for cluster in estate.clusters}
    bridges = {
        (cluster.name, node.name): {item.name: item for item in node.interfaces}
        for cluster in estate.clusters
        for node in cluster.nodes
    }
    for place in estate.machines:
        here = bridges.get((place.cluster.name, place.guest.node), {})
        seen = estate.inside(place.guest).documented if place.guest.coverage.config.complete else ()
        for nic in place.guest.nics:
            vid = _vid(wirings[place.cluster.name], place.guest.node, nic, here.get(nic.bridge or ""))
            if vid is None:
                continue
            inside = (found.address for other, found in seen if other is nic)
            static = (address for address in nic.addresses if not is_skipped(estate.filter, address))
            found = {_network(address) for address in (*static, *inside)}
            if networks := tuple(sorted(filter(None, found))):
                yield _Tagged(place, nic, vid, networks)


def _vid(wiring: Wiring, node: str, nic: GuestNic, bridge: NodeInterface | None) -> int | None:
    """Return the one VLAN of a NIC; null where it has none, several, or none that is known."""
    segment = wiring.segment(node, nic.bridge)
    if nic.trunks or not isinstance(segment, Segment):
        return None
    if segment.vid is not None:
        vlan = vlan_of(segment, nic)
        return vlan.vid if vlan.service is None else None
    # A tag in a vnet without a VLAN is no VLAN of the cluster's network, nor is one on a bridge of several VLANs.
    if bridge is None or wiring.vnet(nic.bridge) is not None or any("." in port for port in bridge.ports):
        return None
    return nic.tag


@lru_cache(maxsize=100_000)
def _network(address: str) -> str | None:
    """Return the network of an address; null for a host route."""
    network = ip_interface(address).network
    return str(network) if network.num_addresses > 1 else None


def _vlan_of(row: Row) -> int | None:
    value: Any = row.fields.get("vlan")
    number = value.get("id") if isinstance(value, dict) else None
    return number if isinstance(number, int) else None


def _tag(row: Row | None) -> int | None:
    value = row.fields.get("vid") if row is not None else None
    return value if isinstance(value, int) else None


RULES = (
    RegisteredRule(
        "nic-vlan-mismatch",
        Severity.WARNING,
        "the guest's configuration, its addresses, the network of its node, SDN; prefixes and VLANs of NetBox",
        "One of the two is wrong: the guest reaches no one in its network, or the documentation misleads.",
        "Correct the tag of the NIC, the address, or the VLAN of the prefix in NetBox.",
        mismatch,
    ),
)
