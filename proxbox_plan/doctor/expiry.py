"""Token expiry: every user may view their own NetBox tokens, and a v2 token contains its public key."""

from __future__ import annotations

from datetime import datetime

from proxbox_plan.clients.netbox.client import NetBox
from proxbox_plan.core.errors import NetBoxError
from proxbox_plan.doctor.finding import CheckResult, Status

_PATH = "/api/users/tokens/"
_UNSAID = {403, 404}
_SOON = 14.0  # days
_DAY = 86_400


async def check_expiry(netbox: NetBox, token: str, now: float) -> list[CheckResult]:
    """Return when the token expires; nothing for a token that NetBox does not list."""
    if not token.startswith("nbt_"):  # a v1 token has no public part to search for
        return []
    key = token.partition(".")[0].removeprefix("nbt_")
    try:
        page = await netbox.get(_PATH, {"key": key, "fields": "id,expires"})
    except NetBoxError as error:
        if error.status not in _UNSAID:
            raise
        return []
    rows = page.get("results") if isinstance(page, dict) else None
    if not isinstance(rows, list) or len(rows) != 1 or not isinstance(rows[0], dict):
        return []
    return [_finding(rows[0].get("expires"), now)]


def _finding(expires: object, now: float) -> CheckResult:
    left = _days(expires, now)
    if left is None:
        return CheckResult(where="netbox", check="token", status=Status.OK, message="The token does not expire")
    if left > _SOON:
        return CheckResult(
            where="netbox", check="token", status=Status.OK, message=f"The token expires in {left:,.0f} days"
        )
    return CheckResult(
        where="netbox",
        check="token",
        status=Status.WARNING,
        message=f"The token expires in {left:,.1f} days",
        hint="Create a new token in NetBox and replace it.",
    )


def _days(expires: object, now: float) -> float | None:
    try:
        return (datetime.fromisoformat(str(expires)).timestamp() - now) / _DAY
    except (ValueError, OverflowError):
        return None
