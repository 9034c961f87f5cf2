"""Checks the two custom fields that hold the ownership metadata."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from proxbox_plan.clients.netbox.client import NetBox
from proxbox_plan.clients.netbox.errors import FORBIDDEN
from proxbox_plan.core.errors import NetBoxError
from proxbox_plan.doctor.finding import CheckResult, Status
from proxbox_plan.model.inventory.ownership_fields import FIELDS, HINT, difference
from proxbox_plan.plan import KINDS

_KIND = KINDS["custom-field"]


async def check_ownership_fields(netbox: NetBox) -> list[CheckResult]:
    """Return a finding for each field; nothing when the token may not read them, which another check reports."""
    try:
        page = await netbox.get(_KIND.path, {"name": list(FIELDS)})
    except NetBoxError as error:
        if error.status != FORBIDDEN:
            raise
        return []
    rows = page.get("results") if isinstance(page, dict) else None
    if not isinstance(rows, list):
        raise NetBoxError(
            f"NetBox answered GET {_KIND.path} without a list of objects",
            hint="Check whether a proxy answers in place of NetBox.",
        )
    found = {row["name"]: row for row in rows if isinstance(row, dict) and isinstance(row.get("name"), str)}
    return [_finding(name, found.get(name)) for name in FIELDS]


def _finding(name: str, row: Mapping[str, Any] | None) -> CheckResult:
    wrong = difference(name, {key: _plain(value) for key, value in row.items()}) if row is not None else ""
    message = f"{name} is valid" if row is not None else f"{name} does not exist yet: the first apply creates it"
    return CheckResult(
        where="netbox",
        check=f"custom field {name}",
        status=Status.FAILED if wrong else Status.OK,
        message=wrong or message,
        hint=HINT if wrong else "",
    )


def _plain(value: Any) -> Any:
    return value.get("value") if isinstance(value, dict) else value
