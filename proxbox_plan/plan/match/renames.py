"""Renames: recognizes a physical port of a node that has another name now, from a kernel or from pinned names.

To delete the old interface and to create another would cost its cable, and all else that people attached to it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from proxbox_plan.core.address import Address
from proxbox_plan.core.key import Key
from proxbox_plan.mapping import interface
from proxbox_plan.mapping.desired import DesiredObject
from proxbox_plan.mapping.estate import Estate
from proxbox_plan.model.inventory import Row
from proxbox_plan.model.reference import Ref
from proxbox_plan.model.state import NodeInterface
from proxbox_plan.plan.relations.references import ref_id

_PORT: Final = re.compile(r"(?<=\d)(?:np|d)\d+$", re.ASCII)  # what a driver appends to the name of a position
_PREDICTABLE: Final = re.compile(r"en[ops]", re.ASCII)  # on board, by PCI path, by slot
_BY_MAC: Final = re.compile(r"enx([0-9a-f]{12})", re.ASCII)
_GROUPS: Final = ("lag", "bridge")


@dataclass(frozen=True, slots=True)
class _Port:
    """A port that is desired, as Proxmox shows it, and its bond and bridge by NetBox id."""

    wanted: DesiredObject
    shown: NodeInterface
    groups: Mapping[str, int | None]


_Rule = Callable[[_Port, Row], bool]


def find_renamed(
    estate: Estate, wanted: Iterable[DesiredObject], rows: Iterable[Row], ids: Mapping[Address, int]
) -> Iterator[tuple[DesiredObject, Row]]:
    """Yield the new interfaces that are an old one under another name; `rows` are ours that nothing desires.

    They are paired node by node, first by what tells them best: another name of the same port, its MAC address, its
    position, and at last the bond or bridge that only this one left and only that one entered.
    """
    shown = _shown(estate)
    new: dict[Key, list[_Port]] = {}
    for item in wanted:
        found = shown.get(item.key)
        if found is not None and found.type == "eth":
            new.setdefault(item.key.owner, []).append(_Port(item, found, _groups(item, ids)))
    old: dict[Key, list[Row]] = {}
    for row in rows:
        if row.key is not None and row.fields.get("type") not in interface.LOGICAL_TYPES:
            old.setdefault(row.key.owner, []).append(row)
    for node in new.keys() & old.keys():
        for port, row in _paired(new[node], old[node]):
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


def _paired(new: list[_Port], old: list[Row]) -> Iterator[tuple[_Port, Row]]:
    """Yield the pairs that are each other's only match by a rule, rule by rule."""
    for rule in _RULES:
        matches = [(port, row) for port in new for row in old if rule(port, row)]
        for port, row in matches:
            if sum(one is port for one, _ in matches) == sum(other is row for _, other in matches) == 1:
                new.remove(port)
                old.remove(row)
                yield port, row


def _by_name(port: _Port, row: Row) -> bool:
    return row.fields.get("name") in port.shown.altnames


def _by_mac(port: _Port, row: Row) -> bool:
    return row.fields.get("mac_address") in _macs(port.shown)


def _by_position(port: _Port, row: Row) -> bool:
    position = _position(port.shown.name)
    return bool(position) and position == _position(str(row.fields.get("name") or ""))


def _by_membership(port: _Port, row: Row) -> bool:
    groups = {name: ref_id(row.fields.get(name)) for name in _GROUPS}
    return any(groups.values()) and groups == port.groups


_RULES: Final[tuple[_Rule, ...]] = (_by_name, _by_mac, _by_position, _by_membership)


def _macs(shown: NodeInterface) -> set[str]:
    """Return the MAC addresses that are the port's: configured, or part of one of its names."""
    named = (_BY_MAC.fullmatch(name) for name in (shown.name, *shown.altnames))
    found = {":".join(re.findall("..", match[1])).upper() for match in named if match is not None}
    return found | ({shown.mac} if shown.mac else set())


def _position(name: str) -> str:
    """Return the part of a predictable name that says where the port is; empty when the name does not say."""
    return _PORT.sub("", name) if _PREDICTABLE.match(name) else ""
