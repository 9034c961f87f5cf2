"""What changed between two states: by object, with renames and moves recognised as what they are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from typing import Any

from deepdiff import DeepDiff
from pydantic import Field

from proxbox_plan.model.base import Frozen
from proxbox_plan.model.state import Cluster, Guest, Node, State, Storage

# A list of objects is compared by what names them, so that a new first NIC does not shift all others.
_NAMES = {"nics": "slot", "disks": "slot", "interfaces": "name"}
# Coverage says how much was read, not what is there; changes in it are shown apart.
_NOT_COMPARED = {"coverage"}


class Sort(StrEnum):
    """What happened to an object between the two snapshots."""

    ADDED = "added"
    REMOVED = "removed"
    UNSEEN = "unseen"  # not in the second, which was not read completely
    REPLACED = "replaced"  # the same number, another guest
    RENAMED = "renamed"
    MOVED = "moved"
    CHANGED = "changed"


class Difference(Frozen):
    """One field that is not the same. Null stands for absent too."""

    field: str = Field(description="Path in the object: `nics.net0.tag`.")
    before: Any = None
    after: Any = None


class ObjectDiff(Frozen):
    """One object that is not the same in both snapshots."""

    cluster: str
    kind: str = Field(description="cluster, node, storage, qemu or lxc.")
    id: str = Field(description="Name, or vmid of a guest.")
    name: str
    sort: Sort
    fields: tuple[Difference, ...] = ()


class StateDiff(Frozen):
    """All objects that are not the same, by cluster, kind and name."""

    before: str = Field(description="Digest of the first state.")
    after: str = Field(description="Digest of the second state.")
    objects: tuple[ObjectDiff, ...] = ()


Entry = Node | Storage | Guest


def diff_states(before: State, after: State) -> StateDiff:
    """Compare two states."""
    old = {cluster.name: cluster for cluster in before.clusters}
    new = {cluster.name: cluster for cluster in after.clusters}
    objects: list[ObjectDiff] = []
    for name in sorted(old.keys() | new.keys()):
        first, second = old.get(name), new.get(name)
        if first is None or second is None:
            objects.append(_whole_cluster(name, Sort.ADDED if first is None else Sort.UNSEEN))
        objects += _cluster(name, first or Cluster(name=name), second)
    return StateDiff(before=before.digest, after=after.digest, objects=tuple(objects))


def _whole_cluster(name: str, sort: Sort) -> ObjectDiff:
    return ObjectDiff(cluster=name, kind="cluster", id=name, name=name, sort=sort)


def _cluster(name: str, old: Cluster, new: Cluster | None) -> Iterator[ObjectDiff]:
    if new is None:  # its objects are as unseen as the cluster itself; one line says so
        return
    fields = tuple(_differences(_facts(old), _facts(new))) if old.version or old.nodes else ()
    if fields:
        yield ObjectDiff(cluster=name, kind="cluster", id=name, name=name, sort=Sort.CHANGED, fields=fields)
    coverage = new.coverage
    yield from _entries(name, _nodes(old), _nodes(new), proven=coverage.nodes.complete)
    yield from _entries(name, _storages(old), _storages(new), proven=coverage.storages.complete)
    yield from _entries(name, _guests(old), _guests(new), proven=coverage.guests.complete)


def _facts(cluster: Cluster) -> dict[str, Any]:
    return cluster.model_dump(mode="json", include={"proxmox_name", "standalone", "version"})


def _nodes(cluster: Cluster) -> dict[tuple[str, str], Entry]:
    return {("node", node.name): node for node in cluster.nodes}


def _storages(cluster: Cluster) -> dict[tuple[str, str], Entry]:
    return {("storage", storage.name): storage for storage in cluster.storages}


def _guests(cluster: Cluster) -> dict[tuple[str, str], Entry]:
    return {(guest.type, str(guest.vmid)): guest for guest in cluster.guests}


def _entries(
    cluster: str, old: Mapping[tuple[str, str], Entry], new: Mapping[tuple[str, str], Entry], *, proven: bool
) -> Iterator[ObjectDiff]:
    for kind, id_ in sorted(old.keys() | new.keys(), key=_by_number):
        first, second = old.get((kind, id_)), new.get((kind, id_))
        found = second or first
        if found is None or first == second:
            continue
        sort, fields = _compared(first, second, proven=proven)
        if sort is not None:
            name = found.name or id_
            yield ObjectDiff(cluster=cluster, kind=kind, id=id_, name=name, sort=sort, fields=fields)


def _by_number(key: tuple[str, str]) -> tuple[str, int, str]:
    kind, id_ = key
    return kind, int(id_) if kind in {"qemu", "lxc"} else 0, id_


def _compared(first: Entry | None, second: Entry | None, *, proven: bool) -> tuple[Sort | None, tuple[Difference, ...]]:
    if first is None:
        return Sort.ADDED, ()
    if second is None:
        return Sort.REMOVED if proven else Sort.UNSEEN, ()
    fields = tuple(_differences(_plain(first, second), _plain(second, first)))
    if not fields:
        return None, ()
    return _sort_of(first, second), fields


def _sort_of(first: Entry, second: Entry) -> Sort:
    if isinstance(first, Guest) and isinstance(second, Guest):
        if first.uuid and second.uuid and first.uuid != second.uuid:
            return Sort.REPLACED
        if first.node != second.node:
            return Sort.MOVED
        if first.name != second.name:
            return Sort.RENAMED
    return Sort.CHANGED


def _plain(entry: Entry, other: Entry) -> dict[str, Any]:
    """Return an object as plain data, without the parts that either snapshot could not read."""
    data = entry.model_dump(mode="json", exclude=_NOT_COMPARED | _unread(entry) | _unread(other))
    for field, name in _NAMES.items():
        if field in data:
            data[field] = {item.pop(name): item for item in data[field]}
    return data


_FROM_CONFIG = {
    "nics", "disks", "vcpus", "memory_mib", "ostype", "onboot", "agent", "description", "uuid", "vmgenid",
}  # fmt: skip


def _unread(entry: Entry) -> set[str]:
    match entry:
        case Guest(coverage=coverage):
            return (set() if coverage.config.complete else _FROM_CONFIG) | (
                set() if coverage.addresses.complete else {"addresses"}
            )
        case Node(coverage=coverage):
            status = set() if coverage.status.complete else {"version", "cpu_model", "cpus", "memory_mib"}
            return status | (set() if coverage.network.complete else {"interfaces"})
        case _:
            return set()


def _differences(before: dict[str, Any], after: dict[str, Any]) -> Iterator[Difference]:
    tree = DeepDiff(before, after, view="tree", ignore_order=True, report_repetition=False, verbose_level=2)
    merged: dict[str, tuple[Any, Any]] = {}
    for level in (level for found in tree.values() for level in found):
        place, old, new = _up_to_list(level.path(output_format="list"), before, after)
        merged[".".join(place)] = (old, new)
    for path in sorted(merged):
        old, new = merged[path]
        yield Difference(field=path, before=old, after=new)


def _up_to_list(path: Sequence[Any], before: Any, after: Any) -> tuple[tuple[str, ...], Any, Any]:
    """Return the path up to the first list in it, and what is there: a list reads best as a whole."""
    kept: list[str] = []
    for part in path:
        if not isinstance(part, str):
            break
        kept.append(part)
        before = before.get(part) if isinstance(before, dict) else None
        after = after.get(part) if isinstance(after, dict) else None
    return tuple(kept), before, after
