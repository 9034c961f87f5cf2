"""Whether the two custom fields that make an object ours are what they must be."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from proxbox_plan.clients.netbox.client import NetBox
from proxbox_plan.core.errors import NetBoxError
from proxbox_plan.doctor.finding import Finding, Status
from proxbox_plan.mapping.custom_field import FIELDS
from proxbox_plan.model.inventory import KEY_FIELD
from proxbox_plan.plan import KINDS

_FORBIDDEN = 403
_KIND = KINDS["custom-field"]
# What decides whether a key finds its object, and no other; the rest is how a field looks.
_DECISIVE = ("type", "unique", "filter_logic")


async def check_ownership_fields(netbox: NetBox) -> list[Finding]:
    """Return what is found about each field; nothing when they may not be read, which the rights say."""
    try:
        page = await netbox.get(_KIND.path, {"name": list(FIELDS)})
    except NetBoxError as error:
        if error.status != _FORBIDDEN:
            raise
        return []
    rows = page.get("results") if isinstance(page, dict) else None
    if not isinstance(rows, list):
        raise NetBoxError(
            f"NetBox answered GET {_KIND.path} without a list of objects", hint="Is there a proxy in front of NetBox?"
        )
    found = {row["name"]: row for row in rows if isinstance(row, dict) and isinstance(row.get("name"), str)}
    return [finding for name, wanted in FIELDS.items() for finding in _field(name, wanted, found.get(name))]


def _field(name: str, wanted: Mapping[str, Any], row: Mapping[str, Any] | None) -> Iterator[Finding]:
    check = f"custom field {name}"
    if row is None:
        yield Finding(
            where="netbox", check=check, status=Status.OK, message=f"{name} is not there yet: the first plan makes it"
        )
        return
    wrong = [
        f"{key} is {_plain(row.get(key))}, not {wanted[key]}"
        for key in _decisive(name)
        if _plain(row.get(key)) != wanted[key]
    ]
    if not wrong:
        yield Finding(where="netbox", check=check, status=Status.OK, message=f"{name} is as it must be")
        return
    yield Finding(
        where="netbox",
        check=check,
        status=Status.FAILED,
        message=f"{name} is not ours: {'; '.join(wrong)}",
        hint="Correct the field in NetBox; if it is somebody else's, give theirs another name.",
    )


def _decisive(name: str) -> tuple[str, ...]:
    return _DECISIVE if name == KEY_FIELD else ("type",)


def _plain(value: Any) -> Any:
    return value.get("value") if isinstance(value, dict) else value
