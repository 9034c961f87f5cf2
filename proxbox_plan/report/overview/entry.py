"""Entry: a guest or node of a plan, with its parts that change."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from natsort import natsort_keygen, ns

from proxbox_plan.core.key import Key
from proxbox_plan.mapping import KINDS, rank
from proxbox_plan.model.plan import Change, NamedMachine, key_of
from proxbox_plan.report.overview.fate import Fate, fates_of
from proxbox_plan.report.reasons import reason_words

_WORDS = {"qemu": "VM", "lxc": "CT", "node": "node"}
_ADDRESS = "ip"  # the part of a key before an address

natural = natsort_keygen(alg=ns.IGNORECASE)
"""Sort key of a text: VLAN 10 comes before VLAN 100."""


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a machine, such as an interface, by its name within the machine."""

    change: Change
    name: str


@dataclass(frozen=True, slots=True)
class MachineEntry:
    """A guest or node, what happens to it as a whole, and to its parts."""

    key: Key
    name: str
    cluster: str
    node: str  # where a guest runs; empty for a node, and where it is not known
    fates: tuple[Fate, ...]  # by the first it is counted
    own: Change | None  # of its own object
    parts: tuple[Part, ...]
    why: str  # why its own object changes; empty when only parts of it do

    @property
    def fate(self) -> Fate:
        """What happens to it before all."""
        return self.fates[0]

    @property
    def is_node(self) -> bool:
        """Whether it is a node, not a guest."""
        return self.key.sort == "node"

    @property
    def what(self) -> str:
        """What it is in Proxmox: `VM 113`, `CT 103`, `node`."""
        word = _WORDS.get(self.key.sort, self.key.sort)
        return word if self.is_node else f"{word} {self.key.last}"

    @property
    def changes(self) -> tuple[Change, ...]:
        """All of its changes."""
        return (*([self.own] if self.own else ()), *(part.change for part in self.parts))


def entries(
    changes: Iterable[Change], machines: Mapping[Key, NamedMachine], now: str | None = None
) -> tuple[list[MachineEntry], list[Change]]:
    """Return the guests and nodes that changes belong to, as a reviewer wants to see them, and the other changes."""
    found: dict[tuple[Key, str], list[Change]] = {}
    others: list[Change] = []
    for change in changes:
        key = key_of(change)
        if key.is_of_machine:
            found.setdefault((key.owner, _former(change, key)), []).append(change)
        else:
            others.append(change)
    made = [_entry(key, items, machines.get(key_of(items[0]).machine), now) for (key, _), items in found.items()]
    order = list(Fate)
    return sorted(made, key=lambda entry: (order.index(entry.fate), entry.cluster, natural(entry.name))), others


def _former(change: Change, key: Key) -> str:
    """Return which of the guests that had a vmid it is about; empty for the one that has it."""
    return "replaced" if change.address.is_replaced else key.machine if key.is_retired and not key.is_moving else ""


def _entry(key: Key, changes: list[Change], named: NamedMachine | None, now: str | None) -> MachineEntry:
    own = next((change for change in changes if _documents(change)), None)
    name = own.name if own is not None else named.name if named is not None else key.last
    parts = [Part(change, _part_name(change, name)) for change in changes if change is not own]
    parts.sort(
        key=lambda part: (rank(part.change.kind) if part.change.kind in KINDS else len(KINDS), natural(part.name))
    )
    return MachineEntry(
        key=key,
        name=name,
        cluster=next((change.cluster for change in changes if change.cluster), key.cluster),
        node=_node(own) or (named.node if named is not None else ""),
        fates=fates_of(own),
        own=own,
        parts=tuple(parts),
        why=reason_words(own, now) if own is not None else "",
    )


def _documents(change: Change) -> bool:
    kind = KINDS.get(change.kind)
    return kind is not None and bool(kind.documents)


def _node(own: Change | None) -> str:
    """Return where the own change says that a guest runs: at the end, or at last where it ends."""
    places = (
        value
        for field in (own.fields if own else ())
        if field.field == "device"
        for value in (field.after, field.before)
    )
    return next((str(value["name"]) for value in places if isinstance(value, dict)), "")


def _part_name(change: Change, machine: str) -> str:
    """Return the name of a part without that of its machine; an address with its interface."""
    name = change.name.removeprefix(machine).strip() or change.name
    below = key_of(change).below_owner
    if _ADDRESS in below[:-1]:
        return f"{name} on {below[below.index(_ADDRESS) - 1]}"
    return name
