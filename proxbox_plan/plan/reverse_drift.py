"""Drift read the other way: which options of `qm set` and `pct set` make Proxmox say what people wrote in NetBox."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

from proxbox_plan.core.key import Key
from proxbox_plan.mapping import GUEST, VLAN, VM_INTERFACE
from proxbox_plan.model.drift import Drift, Item, Origin
from proxbox_plan.model.inventory import Inventory, Lookup
from proxbox_plan.model.policy import Policy
from proxbox_plan.model.reverse_drift import ReversedGuest, ReverseDrift, ReverseOption, Unexpressed
from proxbox_plan.model.state import Cluster
from proxbox_plan.model.state.vlans import Wiring
from proxbox_plan.plan.relations.references import ref_id
from proxbox_plan.plan.reverse_options import Edits, NotExpressibleError, ReversibleGuest, Said, commands, said_by
from proxbox_plan.rules.rule_book import effective, rule_book

# What people did: an edit, or a field that is theirs. What was only found on adoption is no edit.
_OF_PEOPLE: Final = frozenset({Origin.NETBOX, Origin.BOTH, Origin.PRESERVED})
_FIELDS: Final = MappingProxyType(
    {
        GUEST.name: frozenset({"name", "vcpus", "memory", "start_on_boot", "description", "comments", "tags"}),
        VM_INTERFACE.name: frozenset({"untagged_vlan"}),
    }
)


def vlan_lookups(drift: Drift, inventory: Inventory) -> Iterator[Lookup]:
    """Yield what to ask NetBox for beside the drift: the numbers of the VLANs that people put NICs into."""
    known = {row.id for row in inventory.kinds.get(VLAN.name, ())}
    for item in _edited(drift):
        number = ref_id(item.netbox) if item.field == "untagged_vlan" else None
        if number is not None and number not in known:
            yield Lookup(VLAN.name, "id", str(number))


def reverse(drift: Drift, clusters: Sequence[Cluster], inventory: Inventory, policy: Policy) -> ReverseDrift:
    """Return the options; what a rule gives is not Proxmox's to say, and what was not read is not overwritten."""
    vlans = {row.id: row.fields for row in inventory.kinds.get(VLAN.name, ())}
    items = tuple(_edited(drift))
    edits = {(item.address, item.field): item.netbox for item in items}
    subjects = dict(_subjects(clusters, policy, vlans, edits))
    found: dict[Key, list[tuple[Said, ReverseOption]]] = {}
    left: list[Unexpressed] = []
    for item in items:
        subject = subjects.get(item.address.key.machine)
        try:
            for said in said_by(item, subject):
                found.setdefault(item.address.key.machine, []).append((said, _option(item, said)))
        except NotExpressibleError as error:
            left.append(_unexpressed(item, str(error)))
    return ReverseDrift(
        clusters=drift.clusters,
        guests=tuple(_guest(subjects[key], found[key]) for key in subjects if key in found),
        left=tuple(left),
        others=sum(1 for item in drift.items if item.origin in _OF_PEOPLE) - len(items),
        complete=drift.complete,
    )


def _edited(drift: Drift) -> Iterator[Item]:
    for item in drift.items:
        if item.origin in _OF_PEOPLE and item.follows is None and item.field in _FIELDS.get(item.kind, ()):
            yield item


def _subjects(
    clusters: Sequence[Cluster], policy: Policy, vlans: Mapping[int, Mapping[str, Any]], edits: Edits
) -> Iterator[tuple[Key, ReversibleGuest]]:
    """Yield the guests with the keys that rules decide."""
    for cluster in clusters:
        configured = policy.cluster(cluster.name)
        if configured is None:
            continue
        filed, wiring = effective(policy, configured, cluster), Wiring(cluster)
        book = rule_book(policy, filed, cluster, wiring)
        for guest in sorted(cluster.guests, key=lambda one: one.vmid):
            evaluation = book.of_guest(guest)
            ruled = frozenset(evaluation.values) | evaluation.unsure
            yield (
                Key.of(cluster.name, guest.type, guest.vmid),
                ReversibleGuest(cluster.name, guest, policy, ruled, vlans, wiring, edits),
            )


def _option(item: Item, said: Said) -> ReverseOption:
    return ReverseOption(
        option=said.option,
        value=said.value,
        address=item.address,
        field=str(item.field),
        netbox=item.netbox,
        proxmox=item.proxmox,
        origin=item.origin,
        author=item.author,
    )


def _unexpressed(item: Item, why: str) -> Unexpressed:
    return Unexpressed(
        address=item.address,
        name=item.name,
        field=str(item.field),
        netbox=item.netbox,
        proxmox=item.proxmox,
        why=why,
    )


def _guest(subject: ReversibleGuest, found: Sequence[tuple[Said, ReverseOption]]) -> ReversedGuest:
    guest = subject.guest
    return ReversedGuest(
        cluster=subject.cluster,
        node=guest.node,
        type=guest.type,
        vmid=guest.vmid,
        name=guest.name or "",
        options=tuple(option for _, option in found),
        commands=tuple(commands(guest, [said for said, _ in found])),
    )
