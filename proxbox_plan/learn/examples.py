"""Examples: every guest that NetBox has, with the values people set there and those the configuration gives."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from proxbox_plan.core.address import Address
from proxbox_plan.learn import literal
from proxbox_plan.mapping import ADDRESS, GUEST, VM_INTERFACE
from proxbox_plan.mapping.estate.protection import is_ignored
from proxbox_plan.mapping.estate.views import ClusterView, GuestView
from proxbox_plan.model.inventory import Row
from proxbox_plan.model.reference import Ref
from proxbox_plan.model.state import Guest
from proxbox_plan.model.state.vlans import GuestVlans
from proxbox_plan.plan import Matched

KEYS: Final = ("role", "tenant", "platform", "site", "vrf")
"""Keys of `set` that are learned: what people decide, and NetBox owns. The other values are Proxmox's own."""
VRF: Final = "vrf"


@dataclass(frozen=True, slots=True)
class Example:
    """A guest that NetBox has."""

    address: Address
    cluster: str
    guest: Guest
    netbox: Mapping[str, str | None]  # key -> what NetBox has, null for nothing; without what is not known
    given: Mapping[str, str | None]  # key -> what the configuration gives without learned rules
    decided: frozenset[str]  # keys that a rule of the configuration gives: no later rule can
    nameless: frozenset[str]  # keys whose value in NetBox no rule can name
    vlans: GuestVlans

    @property
    def name(self) -> str:
        """Name of the guest, as far as it has one."""
        return self.guest.name or self.address.key

    def is_filled(self, key: str) -> bool:
        """Whether NetBox has nothing where any configuration gives something: the plan fills it."""
        return self.netbox[key] is None and self.given[key] is not None

    def teaches(self, key: str) -> bool:
        """Whether a rule could give the value that NetBox has, or must not give any."""
        return key in self.netbox and key not in self.decided and key not in self.nameless and not self.is_filled(key)


@dataclass(frozen=True, slots=True)
class Examples:
    """The guests that NetBox has, in the order of their keys, and how many others there are."""

    guests: tuple[Example, ...]
    missing: int
    unread: int


def examples_of(matched: Matched, is_secret: Callable[[str], bool]) -> Examples:
    """Return the examples of what is matched; no rule names what `is_secret`."""
    reader = _Reader(matched)
    found: list[_Found] = []
    missing = unread = 0
    for view in matched.estate.clusters:
        unread += len(view.undecided)
        for guest in view.guests:
            row = matched.rows.get(Address.of(GUEST.name, guest.key))
            if guest.unknown is not None or not guest.guest.coverage.pool.complete:
                unread += 1
            elif row is None:
                missing += 1
            elif not is_ignored(row):
                found.append(reader.read(view, guest, row))
    ambiguous = _ambiguous(found)
    return Examples(tuple(item.example(ambiguous, is_secret) for item in found), missing, unread)


@dataclass(slots=True)
class _Found:
    """What is known of one guest, with the ids of what NetBox has."""

    address: Address
    view: ClusterView
    guest: GuestView
    netbox: dict[str, str | None] = field(default_factory=dict)
    ids: dict[str, int] = field(default_factory=dict)
    given: dict[str, str | None] = field(default_factory=dict)

    def example(self, ambiguous: frozenset[tuple[str, str]], is_secret: Callable[[str], bool]) -> Example:
        named = [(key, name) for key, name in self.netbox.items() if name is not None]
        nameless = (
            key for key, name in named if (key, name) in ambiguous or not literal.is_plain(name) or is_secret(name)
        )
        origins = self.guest.targets.origins
        return Example(
            self.address,
            self.view.name,
            self.guest.guest,
            self.netbox,
            self.given,
            frozenset(key for key in KEYS if key in origins and origins[key][-1] != "guests"),
            frozenset(nameless),
            self.guest.vlans,
        )


class _Reader:
    """Reads what NetBox and the configuration say of a guest."""

    def __init__(self, matched: Matched) -> None:
        self._matched = matched
        index = matched.index
        self._machines = {row.id: _id(row.fields.get("virtual_machine")) for row in index.of(VM_INTERFACE.name)}
        self._addresses: dict[str, list[Row]] = defaultdict(list)
        for row in index.of(ADDRESS.name):
            self._addresses[_host(row.fields.get("address"))].append(row)
        self._wanted: dict[Address, list[Mapping[str, Any]]] = defaultdict(list)
        for address, wanted in matched.desired.objects.items():
            if address.kind == ADDRESS.name and VRF in wanted.fields:
                self._wanted[Address.of(GUEST.name, address.key.owner)].append(wanted.fields)

    def read(self, view: ClusterView, guest: GuestView, row: Row) -> _Found:
        """Return what is known of one guest."""
        found = _Found(Address.of(GUEST.name, guest.key), view, guest)
        wanted = self._matched.desired.objects[found.address].fields
        for key in KEYS:
            if key == VRF or key in guest.targets.unsure or key not in row.fields:
                continue
            self._compare(found, key, wanted.get(key), row.fields[key])
        if VRF not in guest.targets.unsure:
            self._read_vrf(found, row)
        return found

    def _compare(self, found: _Found, key: str, wanted: Any, present: Any) -> None:
        name, number = _name(present), _id(present)
        found.netbox[key] = name
        if number is not None:
            found.ids[key] = number
        if isinstance(wanted, Ref):
            same = wanted.address is not None and number is not None and self._matched.ids.get(wanted.address) == number
            found.given[key] = name if same else wanted.name
        else:
            found.given[key] = None

    def _read_vrf(self, found: _Found, machine: Row) -> None:
        """Read the VRF of a guest's addresses, where all of them are in the same one.

        An address in another VRF is another address for the planner, so those on the machine's interfaces count, else
        one that is on nothing. What `address_rules` put into a VRF of its own teaches nothing.
        """
        present: list[Any] = []
        own_vrf = found.guest.targets.text(VRF) or found.view.policy.vrf
        wanted = [fields for fields in self._wanted[found.address] if _named(fields[VRF]) == own_vrf]
        for fields in wanted:
            rows = self._addresses[_host(fields["address"])]
            own = [row for row in rows if self._machine_of(row) == machine.id]
            free = [row for row in rows if row.fields.get("assigned_object") is None]
            chosen = own or free
            present += [chosen[0].fields.get(VRF)] if len(chosen) == 1 else []
        if present and len({_id(vrf) for vrf in present}) == 1:
            self._compare(found, VRF, wanted[0][VRF], present[0])

    def _machine_of(self, address: Row) -> int | None:
        """Return the id of the virtual machine that has an address; null when none has it."""
        assigned = address.fields.get("assigned_object")
        if not isinstance(assigned, dict) or assigned.get("kind") != VM_INTERFACE.name:
            return None
        return self._machines.get(assigned["id"])


def _ambiguous(found: list[_Found]) -> frozenset[tuple[str, str]]:
    """Return the names that several objects have: a rule that named one would be an ambiguous match."""
    ids: dict[tuple[str, str], set[int]] = defaultdict(set)
    for item in found:
        for key, number in item.ids.items():
            ids[key, item.netbox[key] or ""].add(number)
    return frozenset(name for name, numbers in ids.items() if len(numbers) > 1)


def _id(value: Any) -> int | None:
    return value.get("id") if isinstance(value, dict) else None


def _name(value: Any) -> str | None:
    return str(value.get("name")) if isinstance(value, dict) else None


def _named(vrf: Any) -> str | None:
    return vrf.name if isinstance(vrf, Ref) else None


def _host(address: Any) -> str:
    return str(address or "").partition("/")[0]
