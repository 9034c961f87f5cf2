"""NetBox's object types that this tool reads or writes: where they are listed, and which NetBox has them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

from proxbox_plan.model.kind import Kind
from proxbox_plan.model.netbox_versions import OLDEST, Version
from proxbox_plan.model.relation import JOURNAL, Relation
from proxbox_plan.plan import KINDS


class ObjectType(NamedTuple):
    """One type: the list path of its API, the first NetBox and the plugin that have it (empty: NetBox itself)."""

    path: str
    since: Version = OLDEST
    plugin: str = ""

    def is_in(self, version: Version, plugins: Mapping[str, str]) -> bool:
        """Whether a NetBox of this version, with these plugins, has it."""
        return self.since <= version and (not self.plugin or self.plugin in plugins)


def watched(kind: Kind) -> Iterator[Relation]:
    """Yield the relations that are looked at, in lists of their own, before an object of a kind is deleted."""
    if kind.managed:
        yield from (relation for relation in (*kind.relations, JOURNAL) if relation.path)


def _types() -> dict[str, ObjectType]:
    found: dict[str, ObjectType] = {}
    for relation in (relation for kind in KINDS.values() for relation in watched(kind)):
        other = found.get(relation.model)
        since = min(relation.since, other.since) if other else relation.since
        found[relation.model] = ObjectType(relation.path, since, relation.plugin)
    return found | {kind.object_type: ObjectType(kind.path, kind.since, kind.plugin or "") for kind in KINDS.values()}


OBJECT_TYPES: Final[Mapping[str, ObjectType]] = MappingProxyType(_types())
