"""Leaving: machines that are deleted as their guests are gone, so that their names are free for others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from proxbox_plan.core.key import Key
from proxbox_plan.mapping import primary_mac
from proxbox_plan.mapping.context import MappingContext
from proxbox_plan.mapping.estate.stages import RemovalStage
from proxbox_plan.mapping.estate.views import ClusterView
from proxbox_plan.model.inventory import Row
from proxbox_plan.model.inventory.dependents import Dependent
from proxbox_plan.model.kind import Kind
from proxbox_plan.model.policy import is_forgotten
from proxbox_plan.model.protective_tags import PROTECTIVE_TAGS

_PARTS: Mapping[str, str] = MappingProxyType(  # NetBox's type of each kind that goes with its machine
    {
        "virtualization.vminterface": "vm-interface",
        "virtualization.virtualdisk": "virtual-disk",
        "ipam.ipaddress": "ip-address",
        "dcim.macaddress": primary_mac.OBJECT,
    }
)


def leaves(context: MappingContext, view: ClusterView, kind: Kind, key: Key, row: Row) -> bool:
    """Whether a machine is deleted now as its guest is gone: in doubt it stays, and so does its name."""
    is_proven = (key.sort, key.last) not in view.known and view.cluster.coverage.guests.complete
    if key.is_retired or not is_proven or context.estate.stage_of(kind, row) is not RemovalStage.DELETED:
        return False
    if key in context.estate.relocations.machines:
        return False
    stays = is_forgotten(context.policy, kind.address(key)) or context.estate.is_newer(key, row)
    return not stays and not any(_stays(context, key))


def _stays(context: MappingContext, key: Key) -> Iterator[bool]:
    """Yield whether a machine or a part of it, or something that depends on one, keeps it from being deleted."""
    parts = context.once("parts of machines", lambda: _parts(context)).get(key, ())
    depending = context.once("what depends on objects", lambda: _depending(context))
    ours = {(kind, row.id) for kind, row in parts}
    for kind, row in parts:
        protected = row.last_applied is not None and bool(row.last_applied.protected)
        yield protected or not PROTECTIVE_TAGS.isdisjoint(row.tags)
        for item in depending.get((kind, row.id), ()):
            yield (_PARTS.get(item.model, ""), item.id) not in ours and not _is_made_by_netbox(item)


def _parts(context: MappingContext) -> Mapping[Key, list[tuple[str, Row]]]:
    """Return what belongs to each guest, with its machine."""
    found: dict[Key, list[tuple[str, Row]]] = {}
    for kind, rows in context.rows_by_key.items():
        for key, row in rows.items():
            found.setdefault(key.machine, []).append((kind, row))
    return found


def _depending(context: MappingContext) -> Mapping[tuple[str, int], list[Dependent]]:
    found: dict[tuple[str, int], list[Dependent]] = {}
    for item in context.inventory.dependents:
        found.setdefault((item.kind, item.on), []).append(item)
    return found


def _is_made_by_netbox(item: Dependent) -> bool:
    """Whether it is the MAC address that NetBox makes with an interface, and no one wrote on it."""
    return _PARTS.get(item.model) == primary_mac.OBJECT and item.is_seen and not item.annotated
