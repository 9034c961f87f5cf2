"""The fake NetBox's tables in memory: rows, indexes, and a journal to roll back a failed batch."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from proxbox_plan.demo.netbox.network import host_of
from proxbox_plan.demo.netbox.schema import MODELS
from proxbox_plan.demo.netbox.schema.fields import Model, ModelField, Unique
from proxbox_plan.demo.netbox.versions import Version

StoredRow = Mapping[str, Any]
Key = tuple[str, Hashable]
INDEXED_TEXTS = frozenset({"name", "slug", "request_id", "user_name"})
NO_ROWS: Final[dict[int, None]] = {}


class Table:
    """The rows of one model; a row is never changed, only replaced."""

    def __init__(self, model: Model) -> None:
        """Start empty."""
        self.model = model
        self.rows: dict[int, StoredRow] = {}
        self.next_id = 1
        self._index: dict[Key, dict[int, None]] = {}

    def find(self, name: str, value: Hashable) -> dict[int, None]:
        """Give the ids of the rows that are indexed under this name and value, oldest first."""
        return self._index.get((name, value), NO_ROWS)

    def put(self, row_id: int, row: StoredRow | None) -> StoredRow | None:
        """Insert, replace or (with None) remove a row; give back what was there."""
        old = self.rows.pop(row_id, None) if row is None else self.rows.get(row_id)
        before = set(self._keys(old)) if old is not None else set()
        after = set(self._keys(row)) if row is not None else set()
        for key in before - after:
            entries = self._index[key]
            del entries[row_id]
            if not entries:
                del self._index[key]
        for key in after - before:
            self._index.setdefault(key, {})[row_id] = None
        if row is not None:
            self.rows[row_id] = row
        return old

    def copy(self) -> Table:
        """Return a table with the same rows."""
        other = Table(self.model)
        other.rows, other.next_id = dict(self.rows), self.next_id
        other._index = {key: dict(entries) for key, entries in self._index.items()}
        return other

    def _keys(self, row: StoredRow) -> Iterator[Key]:
        for f in self.model.stored:
            yield from _field_keys(f, row[f.name])
        if self.model.generic is not None:
            kind, number = self.model.generic
            yield number.name, (row[kind.name], row[number.name])
        if "address" in self.model.by_name:
            yield "host", (row["vrf"], host_of(row["address"]))
        for number_, unique in enumerate(self.model.unique):
            if (key := unique_key(unique, row)) is not None:
                yield f"unique {number_}", key


def _field_keys(field: ModelField, value: Any) -> Iterator[Key]:
    match field.kind:
        case "ref" | "mac" | "prefix" | "address":
            yield field.name, value
        case "refs" | "tags":
            for target in value:
                yield field.name, target
        case "text" | "slug" if field.unique or field.name in INDEXED_TEXTS:
            yield field.name, value
        case "custom_fields":
            for name, entry in value.items():
                if isinstance(entry, str | int) and entry != "":
                    yield f"cf_{name}", entry


def unique_key(unique: Unique, row: StoredRow) -> tuple[Hashable, ...] | None:
    """Return the values that must be unique; None when the constraint does not apply to this row."""
    if (unique.when and row[unique.when] is None) or (unique.unless and row[unique.unless] is not None):
        return None
    values = [row[name] for name in unique.fields]
    if unique.fold_case:
        values = [value.lower() if isinstance(value, str) else value for value in values]
    if not unique.nulls_match and None in values:
        return None
    return tuple(values)


@dataclass(frozen=True)
class StoreSnapshot:
    """The content of every table at one moment; rows are shared with the store, as they never change."""

    tables: Mapping[str, Table] = field(repr=False)

    @property
    def rows(self) -> Mapping[str, Mapping[int, StoredRow]]:
        """The rows of each table."""
        return {label: table.rows for label, table in self.tables.items()}


class Store:
    """All tables, and the clock that stamps the rows."""

    def __init__(self, plugins: Mapping[str, str] | None = None) -> None:
        """Start with empty tables; the plugins are versions by name."""
        self.plugins = dict(plugins or {})
        self.tables = {label: Table(model) for label, model in MODELS.items()}
        self.version = 0
        self._journal: list[tuple[str, int, StoredRow | None]] | None = None
        self._last_time = datetime.min.replace(tzinfo=UTC)

    def has(self, model: Model, version: Version) -> bool:
        """Tell whether this NetBox has a model: since its version, and with its plugin."""
        return model.since <= version and (not model.plugin or model.plugin in self.plugins)

    def row(self, label: str, row_id: int) -> StoredRow:
        """Give one row; KeyError when it does not exist."""
        return self.tables[label].rows[row_id]

    def new_id(self, label: str) -> int:
        """Reserve an id; ids are not used twice, not even after a failed batch."""
        table = self.tables[label]
        table.next_id += 1
        return table.next_id - 1

    def put(self, label: str, row_id: int, row: StoredRow | None) -> None:
        """Insert, replace or (with None) remove a row."""
        old = self.tables[label].put(row_id, row)
        self.version += 1
        if self._journal is not None:
            self._journal.append((label, row_id, old))

    def change(self, label: str, row_id: int, **values: Any) -> None:
        """Replace some values of a row, without a new time of change."""
        self.put(label, row_id, {**self.row(label, row_id), **values})

    def now(self) -> datetime:
        """Return a time that never repeats: the ETag is made of it."""
        self._last_time = max(datetime.now(UTC), self._last_time + timedelta(microseconds=1))
        return self._last_time

    @contextmanager
    def all_or_nothing(self) -> Iterator[None]:
        """Roll back every write of the block if it raises; may be nested."""
        outer, self._journal = self._journal, []
        try:
            yield
        except BaseException:
            for label, row_id, old in reversed(self._journal):
                self.tables[label].put(row_id, old)
            self.version += 1
            self._journal = outer
            raise
        if outer is not None:
            outer.extend(self._journal)
        self._journal = outer

    def snapshot(self) -> StoreSnapshot:
        """Remember the present content."""
        return StoreSnapshot({label: table.copy() for label, table in self.tables.items()})

    def restore(self, snapshot: StoreSnapshot) -> None:
        """Go back to a remembered content."""
        self.tables = {label: table.copy() for label, table in snapshot.tables.items()}
        self.version += 1
