"""Rows: what lists of NetBox answer, reduced to what the planner compares."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from proxbox_plan.clients.netbox.client import NetBox
from proxbox_plan.collect.netbox.response_checks import BAD_ROW, bad_row, check_row
from proxbox_plan.core.key import Key
from proxbox_plan.model.inventory import Row
from proxbox_plan.model.inventory.ownership_fields import FIELDS
from proxbox_plan.model.inventory.wire import read_field
from proxbox_plan.model.kind import APPLIED_FIELD, KEY_FIELD, NOTHING, FieldType, Kind
from proxbox_plan.model.last_applied import LastApplied, read_last_applied

RawRow = Mapping[str, Any]  # as NetBox answers it


def _any(kind: Kind, raw: RawRow) -> None:
    """Hear of an answer, and do nothing."""


@dataclass(frozen=True)
class RowReader:
    """Reads lists of NetBox. The `listener` hears of each answer that is a row."""

    netbox: NetBox
    kinds: Mapping[str, Kind]
    listener: Callable[[Kind, RawRow], None] = _any

    @cached_property
    def _types(self) -> dict[str, str]:
        return {kind.object_type: name for name, kind in self.kinds.items()}

    async def read(self, kind: Kind, query: RawRow, keep: Callable[[Any], bool] | None = None) -> list[Row]:
        """Read the objects of a kind that pass a filter of NetBox, of which `keep` may refuse some unread."""
        version = self.netbox.version
        found: dict[int, Row] = {}
        async for raw in self.netbox.rows(kind.path, {**query, "fields": ",".join(columns(kind, version))}):
            if keep and not keep(raw):
                continue
            try:
                row = check_row(kind, to_row(kind, raw, self._types, version))
                if row.id in found:  # rows come by rising id: a repeated id means that the list never ends
                    raise ValueError("twice")
            except BAD_ROW as error:
                raise bad_row(kind, raw, error) from None
            found[row.id] = row
            self.listener(kind, raw)
        return list(found.values())


def columns(kind: Kind, version: tuple[int, int]) -> list[str]:
    """Names for `?fields=`: the id, the compared fields, and the ownership metadata."""
    names = ["id", kind.label, "last_updated"]
    for field in kind.fields_on(version):
        if field.type is FieldType.CUSTOM:
            continue  # inside `custom_fields`
        generic = field.type is FieldType.GENERIC
        names += [f"{field.name}_type", f"{field.name}_id", field.name] if generic else [field.name]
        names += [field.along] if field.along else []
    if kind.managed:
        names += ["custom_fields", "tags"]
    return list(dict.fromkeys(names))


def to_row(kind: Kind, raw: Mapping[str, Any], types: Mapping[str, str], version: tuple[int, int]) -> Row:
    """Reduce one NetBox answer to a row; `types` maps object types to kinds."""
    custom = raw.get("custom_fields") or {}
    key = custom.get(KEY_FIELD)
    applied, unreadable = _last_applied(custom.get(APPLIED_FIELD))
    return Row(
        id=raw["id"],
        name=str(raw.get(kind.label) or raw["id"]),
        fields={field.name: read_field(field, raw, types) for field in kind.fields_on(version)},
        key=Key(key) if isinstance(key, str) and key else None,
        last_applied=applied,
        unreadable=unreadable,
        legacy=_legacy(custom),
        empty=tuple(sorted(name for name, value in custom.items() if value in NOTHING and name not in FIELDS)),
        tags=tuple(sorted(str(tag["slug"]) for tag in raw.get("tags") or ())),
        last_updated=raw.get("last_updated"),
    )


def _last_applied(value: object) -> tuple[LastApplied | None, str]:
    """Return what was last applied, and why it cannot be read."""
    try:
        return read_last_applied(value), ""
    except ValueError as error:
        return None, str(error)


def _legacy(custom: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the ownership metadata that proxbox-api kept in custom fields before it had tables of its own."""
    number = custom.get("proxmox_vm_id")
    if not isinstance(number, int):
        return None
    return {"vmid": number, "type": str(custom.get("proxmox_vm_type") or "")}
