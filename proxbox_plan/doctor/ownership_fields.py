"""Checks the two custom fields that hold the ownership metadata."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from proxbox_plan.clients.netbox.client import NetBox
from proxbox_plan.core.errors import NetBoxError
from proxbox_plan.doctor.finding import CheckResult, Status
from proxbox_plan.mapping.custom_field import FIELDS
from proxbox_plan.model.inventory import KEY_FIELD
from proxbox_plan.plan import KINDS

_FORBIDDEN = 403
_KIND = KINDS["custom-field"]
# Attributes that decide whether a key finds exactly its object; the others are cosmetic.
_DECISIVE = ("type", "unique", "filter_logic")


async def check_ownership_fields(netbox: NetBox) -> list[CheckResult]:
    """Return a finding for each field; nothing when the token may not read them, which another check reports."""
    try:
        page = await netbox.get(_KIND.path, {"name": list(FIELDS)})
    except NetBoxError as error:
        if error.status != _FORBIDDEN:
            raise
        return []
    rows = page.get("results") if isinstance(page, dict) else None
    if not isinstance(rows, list):
        raise NetBoxError(
            f"NetBox answered GET {_KIND.path} without a list of objects",
            hint="Check whether a proxy answers in place of NetBox.",
        )
    found = {row["name"]: row for row in rows if isinstance(row, dict) and isinstance(row.get("name"), str)}
    return [finding for name, wanted in FIELDS.items() for finding in _field(name, wanted, found.get(name))]


def _field(name: str, wanted: Mapping[str, Any], row: Mapping[str, Any] | None) -> Iterator[CheckResult]:
    check = f"custom field {name}"
    if row is None:
        yield CheckResult(
            where="netbox",
            check=check,
            status=Status.OK,
            message=f"{name} does not exist yet: the first apply creates it",
        )
        return
    wrong = [
        f"{key} is {_plain(row.get(key))}, not {wanted[key]}"
        for key in _decisive(name)
        if _plain(row.get(key)) != wanted[key]
    ]
    if not wrong:
        yield CheckResult(where="netbox", check=check, status=Status.OK, message=f"{name} is valid")
        return
    yield CheckResult(
        where="netbox",
        check=check,
        status=Status.FAILED,
        message=f"{name} is not the field of proxbox-plan: {'; '.join(wrong)}",
        hint="Correct the field in NetBox, or rename it when another tool uses it.",
    )


def _decisive(name: str) -> tuple[str, ...]:
    return _DECISIVE if name == KEY_FIELD else ("type",)


def _plain(value: Any) -> Any:
    return value.get("value") if isinstance(value, dict) else value
