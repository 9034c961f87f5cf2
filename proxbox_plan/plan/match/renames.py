"""Renames: recognizes a physical port of a node that has another name now, from a kernel or from pinned names.

To delete the old interface and to create another would cost its cable, and all else that people attached to it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from proxbox_plan.core.address import Address
from proxbox_plan.core.key import Key
from proxbox_plan.mapping import interface
from proxbox_plan.mapping.desired import DesiredObject
from proxbox_plan.mapping.estate.estate import Estate
from proxbox_plan.model.inventory import Row
from proxbox_plan.model.reference import Ref
from proxbox_plan.model.state import NodeInterface
from proxbox_plan.plan.match.by_mac import mac_of
from proxbox_plan.plan.relations.references import ref_id

_PORT: Final = re.compile(r"(?<=\d)np\d+$", re.ASCII)  # what a driver appends to the name of a position
_PREDICTABLE: Final = re.compile(r"en[ops]", re.ASCII)  # on board, by PCI path, by slot
_BY_MAC: Final = re.compile(r"enx([0-9a-f]{12})", re.ASCII)
_PHYSICAL: Final = frozenset({"eth", "OVSPort"})
_GROUPS: Final = ("lag", "bridge")


@dataclass(eq=False, slots=True)
class _Port:
    """A port that is desired, as Proxmox shows it, its bond and bridge by NetBox id, and the row it is."""

    wanted: DesiredObject
    shown: NodeInterface
    groups: Mapping[str, int | None]
    row: Row | None


_Pair = tuple[_Port, Row]
_Rule = Callable[[_Port, Row], bool]


@dataclass(slots=True)
class _Node:
    """The ports of one node, and the rows of ours that no port has."""

    ports: list[_Port] = field(default_factory=list)
    unused: list[Row] = field(default_factory=list)

    def paired(self) -> Iterator[_Pair]:
        """Yield the ports that are another row under a new name, each with that row."""
        yield from self._proven()
        for rule in (_by_position, _by_membership):
            free = [port for port in self.ports if port.row is None]
            matches = [
                (port, row) for port in free for row in self.unused if rule(port, row) and not self._denies(port, row)
            ]
            for port, row in _only(matches):
                port.row = row
                self.unused.remove(row)
                yield port, row

    def _proven(self) -> list[_Pair]:
        """Pair by what a port is called beside, or by its MAC address: also where another port has its name now.

        When every name moved on by one, each port has the row of another one by its name: the one that has none left
        begins, and whatever row that frees goes on. A row that no port is left for undoes it all.
        """
        before = [(port, port.row) for port in self.ports]
        unused = list(self.unused)
        while found := next(self._steps(), None):
            port, row = found
            freed, port.row = port.row, row
            self.unused.remove(row)
            self.unused += [freed] if freed is not None else []
        changed = [(port, now, was) for port, was in before if (now := port.row) is not None and now is not was]
        if any(was in self.unused for _, _, was in changed if was is not None):
            for port, was in before:
                port.row = was
            self.unused = unused
            return []
        return [(port, now) for port, now, _ in changed]

    def _steps(self) -> Iterator[_Pair]:
        for rule in _PROOFS:
            matches = [
                (port, row)
                for port in self.ports
                for row in self.unused
                if rule(port, row) and not (port.row is not None and _is_proven(port, port.row))
            ]
            yield from _only(matches)

    def _denies(self, port: _Port, row: Row) -> bool:
        """Whether names or MAC addresses say that a port is another one, or that a row is."""
        mac, macs = mac_of(row), _macs(port.shown)
        if mac and macs and mac not in macs:
            return True
        others = [other.row for other in self.ports if other.row is not None] + list(self.unused)
        if any(_is_proven(port, other) for other in others if other is not row):
            return True
        return any(_is_proven(other, row) for other in self.ports if other is not port)


def find_renamed(
    estate: Estate,
    matched: Mapping[Address, Row],
    wanted: Iterable[DesiredObject],
    rows: Iterable[Row],
    ids: Mapping[Address, int],
) -> Iterator[tuple[DesiredObject, Row]]:
    """Yield the interfaces that are an old one under another name; `rows` are ours that nothing desires.

    They are paired node by node, first by what tells them best: another name of the same port, its MAC address, its
    position, and at last the bond or bridge that only this one left and only that one entered.
    """
    shown = _shown(estate)
    nodes: dict[Key, _Node] = {}
    for item in wanted:
        found = shown.get(item.key)
        if found is not None and found.type in _PHYSICAL:
            node = nodes.setdefault(item.key.owner, _Node())
            node.ports.append(_Port(item, found, _groups(item, ids), matched.get(item.address)))
    for row in rows:
        if row.key is not None and row.key.owner in nodes and row.fields.get("type") not in interface.LOGICAL_TYPES:
            nodes[row.key.owner].unused.append(row)
    for node in nodes.values():
        for port, row in node.paired() if node.unused else ():
            yield port.wanted, row


def _shown(estate: Estate) -> Mapping[Key, NodeInterface]:
    return {
        interface.key(view, node.name, item.name): item
        for view in estate.clusters
        for node in view.nodes
        for item in interface.documented(node)
    }


def _groups(item: DesiredObject, ids: Mapping[Address, int]) -> Mapping[str, int | None]:
    refs = {name: item.fields.get(name) for name in _GROUPS}
    return {
        name: ids.get(ref.address) if isinstance(ref, Ref) and ref.address is not None else None
        for name, ref in refs.items()
    }


def _only(matches: Sequence[_Pair]) -> Iterator[_Pair]:
    """Yield the pairs that are each other's only match."""
    for port, row in matches:
        if sum(one is port for one, _ in matches) == sum(other is row for _, other in matches) == 1:
            yield port, row


def _names(row: Row) -> set[str]:
    """Return the names of a row: the one that Proxmox had for it, and what people call it in NetBox."""
    return {str(row.fields.get("name") or ""), row.key.last if row.key is not None else ""} - {""}


def _by_name(port: _Port, row: Row) -> bool:
    return not _names(row).isdisjoint(port.shown.altnames)


def _by_mac(port: _Port, row: Row) -> bool:
    return mac_of(row) in _macs(port.shown)


_PROOFS: Final[tuple[_Rule, ...]] = (_by_name, _by_mac)


def _is_proven(port: _Port, row: Row) -> bool:
    return any(rule(port, row) for rule in _PROOFS)


def _by_position(port: _Port, row: Row) -> bool:
    position = _position(port.shown.name)
    return bool(position) and position in map(_position, _names(row))


def _by_membership(port: _Port, row: Row) -> bool:
    groups = {name: ref_id(row.fields.get(name)) for name in _GROUPS}
    return any(groups.values()) and groups == port.groups


def _macs(shown: NodeInterface) -> set[str]:
    """Return the MAC addresses that are the port's: configured, or part of one of its names."""
    named = (_BY_MAC.fullmatch(name) for name in (shown.name, *shown.altnames))
    found = {":".join(re.findall("..", match[1])).upper() for match in named if match is not None}
    return found | ({shown.mac} if shown.mac else set())


def _position(name: str) -> str:
    """Return the part of a predictable name that says where the port is; empty when the name does not say."""
    return _PORT.sub("", name) if _PREDICTABLE.match(name) else ""
