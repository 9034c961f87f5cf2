"""The NetBox token's permissions for each kind of object, as far as read-only requests can tell.

A readable list proves `view`, its OPTIONS prove `add` and `change`. `delete` is only known from permissions assigned to
the user directly; for those of a group or a superuser it is unknown.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from proxbox_plan.clients.netbox.client import NetBox
from proxbox_plan.clients.netbox.errors import FORBIDDEN
from proxbox_plan.core.errors import NetBoxError
from proxbox_plan.doctor.finding import CheckResult, Status
from proxbox_plan.doctor.object_types import OBJECT_TYPES
from proxbox_plan.doctor.required_permissions import ADD, CHANGE, CHANGELOG, DELETE, ORDER, VIEW, needed
from proxbox_plan.model.inventory.changelog import PATH
from proxbox_plan.model.policy import Policy

_USER = "/api/authentication-check/"
_PATHS: Mapping[str, str] = {**{name: found.path for name, found in OBJECT_TYPES.items()}, CHANGELOG: PATH}
_MISSING = 404
_METHODS = {ADD: "POST", CHANGE: "PUT"}
_HINT = "Run `proxbox doctor --permissions` for the permissions of the token's user."


@dataclass(frozen=True)
class _User:
    """The permissions of the token's user, as NetBox reports them."""

    direct: Mapping[str, frozenset[str]]
    in_groups: bool

    def lacks(self, object_type: str, allowed: Collection[str]) -> bool | None:
        """Whether deleting is surely forbidden (True) or surely allowed (False); null when unknown.

        A user who may add or change more than was assigned directly is a superuser or has group permissions.
        """
        given = self.direct.get(object_type, frozenset())
        if DELETE in given:
            return False
        from_elsewhere = self.in_groups or not set(allowed) - {VIEW} <= given
        return None if from_elsewhere else True


async def check_permissions(netbox: NetBox, policy: Policy) -> list[CheckResult]:
    """Return a finding for each missing permission; a single one when none is missing."""
    wanted = _there(netbox, needed(policy))
    user = await _user(netbox)
    answers = await asyncio.gather(*(_allowed(netbox, _PATHS[name]) for name in wanted), return_exceptions=True)
    allowed = {name: _answered(answer) for name, answer in zip(wanted, answers, strict=True)}
    lacking = {name: _lacking(name, actions, allowed[name], user) for name, actions in wanted.items()}
    found = [_forbidden(name, actions) for name, actions in lacking.items() if actions]
    unsure = any(DELETE in actions and _unsure(name, allowed[name], user) for name, actions in wanted.items())
    if not found:
        rest = "; the delete permission cannot be checked without deleting" if unsure else ""
        message = f"The token has the required permissions for all {len(wanted)} object types{rest}"
        found.append(CheckResult(where="netbox", check="permissions", status=Status.OK, message=message))
    return found


def _there(netbox: NetBox, wanted: Mapping[str, frozenset[str]]) -> dict[str, frozenset[str]]:
    """Return the required permissions of the object types this NetBox has."""
    away = {name for name, found in OBJECT_TYPES.items() if not found.is_in(netbox.version, netbox.plugins)}
    return {name: actions for name, actions in wanted.items() if name not in away}


async def _allowed(netbox: NetBox, path: str) -> frozenset[str] | None:
    """Return the allowed actions on a list; null for one that this NetBox does not have."""
    found: set[str] = set()
    try:
        await netbox.get(path, {"limit": 1, "fields": "id"})
        found.add(VIEW)
    except NetBoxError as error:
        if error.status == _MISSING:
            return None
        if error.status != FORBIDDEN:
            raise
    body = await netbox.options(path)
    methods = body.get("actions") if isinstance(body, dict) else None
    writes = methods if isinstance(methods, dict) else {}
    return frozenset(found | {action for action, method in _METHODS.items() if method in writes})


def _answered(answer: frozenset[str] | BaseException | None) -> frozenset[str] | None:
    """Return a response or raise its error, after all other requests have ended."""
    if isinstance(answer, BaseException):
        raise answer
    return answer


async def _user(netbox: NetBox) -> _User | None:
    try:
        user = await netbox.get(_USER)
    except NetBoxError as error:
        if error.status not in {FORBIDDEN, _MISSING}:
            raise
        return None
    if not isinstance(user, dict) or not isinstance(user.get("permissions"), list):
        return None
    direct: dict[str, set[str]] = {}
    for permission in user["permissions"]:
        if isinstance(permission, dict) and permission.get("enabled") is True:
            for object_type in _texts(permission.get("object_types")):
                direct.setdefault(object_type, set()).update(_texts(permission.get("actions")))
    return _User({name: frozenset(actions) for name, actions in direct.items()}, bool(user.get("groups")))


def _texts(value: Any) -> list[str]:
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


def _lacking(name: str, wanted: frozenset[str], allowed: frozenset[str] | None, user: _User | None) -> tuple[str, ...]:
    if allowed is None:  # this version of the plugin lacks it, which the plan reports
        return ()
    lacking = wanted - allowed - {DELETE}
    if DELETE in wanted and user is not None and user.lacks(name, allowed) is True:
        lacking |= {DELETE}
    return tuple(action for action in ORDER if action in lacking)


def _unsure(name: str, allowed: frozenset[str] | None, user: _User | None) -> bool:
    return allowed is not None and (user is None or user.lacks(name, allowed) is None)


def _forbidden(name: str, actions: tuple[str, ...]) -> CheckResult:
    if name == CHANGELOG:
        status = Status.WARNING
        message = (
            "The token may not view the changelog: drift cannot name who changed an object, and an apply cannot tell "
            "a copy of NetBox from the one of the plan, nor whether the plan is applied already"
        )
    else:
        status, message = Status.FAILED, f"The token may not {', '.join(actions)} {name}"
    return CheckResult(where="netbox", check=f"permission {name}", status=status, message=message, hint=_HINT)
