"""What answers show of other objects: a device type shows its manufacturer whole, so nothing more is asked for that."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from proxbox_plan.model.inventory import Row
from proxbox_plan.model.kind import FieldType, Kind


class ShownWhole:
    """Objects that the answers to lookups have shown whole."""

    def __init__(self, kinds: Mapping[str, Kind]) -> None:
        """Nothing is shown yet."""
        self._shows = {name: _shown_by(kind, kinds) for name, kind in kinds.items()}
        self._rows: dict[str, dict[tuple[str, str], Row]] = defaultdict(dict)  # by kind; by filter and value

    def note(self, kind: Kind, raw: Mapping[str, Any]) -> None:
        """Note what an answer shows whole."""
        for field, other in self._shows[kind.name].items():
            match raw.get(field):
                case {"id": int() as number, "name": str() as name, "slug": str() as slug}:
                    row = Row(id=number, name=name, fields={"name": name, "slug": slug})
                    self._rows[other].update({("name", name): row, ("slug", slug): row})

    def to_wait(self, wanted: Iterable[str]) -> frozenset[str]:
        """Return the kinds that the answers about the other ones may show whole."""
        asked = frozenset(wanted)
        return asked.intersection(other for name in asked for other in self._shows[name].values())

    def rows(self, kind: str, name: str, values: Iterable[str]) -> dict[str, Row]:
        """Return the objects that a lookup by these values would find, as far as they are shown; by value."""
        shown = self._rows[kind]
        return {value: shown[name, value] for value in values if (name, value) in shown}


def _shown_by(kind: Kind, kinds: Mapping[str, Kind]) -> dict[str, str]:
    """Return which kind each field shows whole: those that refer to nothing else."""
    single = {field.name: field.to[0] for field in kind.fields if field.type is FieldType.REF and len(field.to) == 1}
    return {name: other for name, other in single.items() if other in kinds and kinds[other].shown_whole}
