"""Compare two versions of an object field by field; parts that only one state has are reported, not compared."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, assert_never

from deepdiff import DeepDiff

from proxbox_plan.model.difference import Difference, UnreadPart
from proxbox_plan.model.state import COMPLETE, NOT_READ, Cluster, Coverage, Guest, Incomplete, Node, Storage

ComparedObject = Cluster | Node | Storage | Guest
Parts = Mapping[str, tuple[Coverage, frozenset[str]]]

# Fields that identify an object in a list, so that a new first NIC does not shift all others.
_NAMES: tuple[tuple[str, ...], ...] = (
    ("slot",),
    ("upid",),
    ("volume",),
    ("id",),
    ("interface", "address"),
    ("name",),
    ("cidr",),
)
# Compared as objects of their own.
_OF_OTHERS = {"nodes", "storages", "guests", "name"}
_ROW = frozenset({"name", "status", "template", "lock", "tags", "hastate"})
_FROM_CONFIG = frozenset(
    {
        "nics",
        "disks",
        "vcpus",
        "memory_mib",
        "ostype",
        "onboot",
        "agent",
        "description",
        "uuid",
        "vmgenid",
        "created",
        "unprivileged",
        "search_domain",
        "cpu_type",
        "cloud_init",
    }
)
_FROM_STATUS = frozenset({"version", "cpu_model", "cpus", "memory_mib"})


def compare(first: ComparedObject, second: ComparedObject) -> tuple[tuple[Difference, ...], tuple[UnreadPart, ...]]:
    """Return the differing fields, and the parts that only one of the two has."""
    if first == second:
        return (), ()
    ours, theirs = _parts(first), _parts(second)
    skipped = {
        field
        for parts in (ours, theirs)
        for coverage, fields in parts.values()
        if not coverage.complete
        for field in fields
    }
    unread = [_unread(name, ours[name][0], theirs[name][0]) for name in ours]
    values = sorted({*_values(first), *_values(second)})
    unread += [
        _unread(name, _values(first).get(name, COMPLETE), _values(second).get(name, COMPLETE)) for name in values
    ]
    found = _differences(_plain(first, skipped), _plain(second, skipped))
    return tuple(item for item in found if item.field not in values), tuple(part for part in unread if part)


def _values(entry: ComparedObject) -> Mapping[str, Coverage]:
    """Return the coverage of single values, by the field they are in."""
    return dict(entry.coverage.values) if isinstance(entry, Guest) else {}


def _unread(part: str, before: Coverage, after: Coverage) -> UnreadPart | None:
    """Return a part that one state lacks; a part that was not requested is not lacking."""
    if before.complete == after.complete or NOT_READ in (before, after):
        return None
    return UnreadPart(part=part, before=_incomplete(before), after=_incomplete(after))


def _incomplete(coverage: Coverage) -> Incomplete | None:
    return None if coverage.complete else coverage.reason or Incomplete.NOT_READ


def _parts(entry: ComparedObject) -> Parts:
    """Return the coverage and the fields of each part."""
    match entry:
        case Guest(coverage=coverage):
            return {
                "row": (coverage.row, _ROW),
                "pool": (coverage.pool, frozenset({"pool"})),
                "config": (coverage.config, _FROM_CONFIG),
                "addresses": (coverage.addresses, frozenset({"addresses", "interfaces"})),
                **_own(
                    agent_os=coverage.agent_os,
                    agent_hostname=coverage.agent_hostname,
                    snapshots=coverage.snapshots,
                    firewall=_of(entry.firewall),
                ),
            }
        case Node(coverage=coverage):
            return {
                "membership": (coverage.membership, frozenset({"online", "address", "id", "support_level"})),
                "listing": (coverage.listing, frozenset({"ssl_fingerprint"})),
                "status": (coverage.status, _FROM_STATUS),
                "config": (coverage.config, frozenset({"location"})),
                "network": (coverage.network, frozenset({"interfaces"})),
                "notes": (coverage.notes, frozenset({"description"})),
                **_own(tasks=coverage.tasks, firewall=_of(entry.firewall)),
            }
        case Storage():
            return _own(backups=entry.backups_coverage)
        case Cluster(coverage=coverage):
            return {
                "status": (coverage.status, frozenset({"proxmox_name", "standalone", "config_version"})),
                "notes": (coverage.notes, frozenset({"description"})),
                **_lists(entry),
            }
        case _:
            assert_never(entry)


def _lists(cluster: Cluster) -> Parts:
    coverage = cluster.coverage
    return _own(
        nodes=coverage.nodes,
        guests=coverage.guests,
        storages=coverage.storages,
        replications=coverage.replications,
        backup_jobs=coverage.backup_jobs,
        cpu_models=coverage.cpu_models,
        tag_colors=coverage.tag_colors,
        firewall=_of(cluster.firewall),
        sdn=_of(cluster.sdn),
    )


def _own(**parts: Coverage) -> Parts:
    """Return the parts that are a single field of the same name."""
    return {name: (coverage, frozenset({name})) for name, coverage in parts.items()}


def _of(part: Any) -> Coverage:
    """Return the coverage of a part that has its own; null when it was not asked for."""
    return NOT_READ if part is None else getattr(part, "coverage", COMPLETE)


def _plain(entry: ComparedObject, skipped: set[str]) -> dict[str, Any]:
    """Return an object as plain data, its lists of objects by name."""
    away = {"coverage", "backups_coverage", *skipped, *(_OF_OTHERS if isinstance(entry, Cluster) else ())}
    data = entry.model_dump(mode="json", exclude=away)
    return {field: _by_name(value) for field, value in data.items()}


def _by_name(value: Any) -> Any:
    """Return a value with every list of objects as a table by their names; where two share one, the list stays."""
    if isinstance(value, dict):
        return {field: _by_name(inner) for field, inner in value.items() if field != "coverage"}
    if not isinstance(value, list) or not value or not all(isinstance(item, dict) for item in value):
        return value
    names = next((names for names in _NAMES if all(item.get(name) is not None for item in value for name in names)), ())
    table = {" ".join(str(item[name]) for name in names): item for item in value}
    if not names or len(table) < len(value):
        return value
    rest = {key: {field: inner for field, inner in item.items() if field not in names} for key, item in table.items()}
    return _by_name(rest)


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
    """Return the path up to its first list, and the value there: a list is shown as a whole."""
    kept: list[str] = []
    for part in path:
        if not isinstance(part, str):
            break
        kept.append(part)
        before = before.get(part) if isinstance(before, dict) else None
        after = after.get(part) if isinstance(after, dict) else None
    return tuple(kept), before, after
