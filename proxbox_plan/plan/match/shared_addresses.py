"""Shared addresses: when NetBox lets several objects have the same one, and which of them is documented once.

Source: `IPAddress.clean` of NetBox 4.7.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

from proxbox_plan.mapping import ADDRESS
from proxbox_plan.mapping.desired import DesiredObject
from proxbox_plan.model.inventory import Row
from proxbox_plan.model.kind import Kind
from proxbox_plan.model.policy import Policy
from proxbox_plan.plan.relations.coming import value_to_be

GROUP = "ipam.fhrpgroup"
_ROLE: Final = "role"


def is_unique(policy: Policy, vrf: object, row: Row | None) -> bool:
    """Whether NetBox has an address once: in the global table, or in a VRF, by the setting of each."""
    if vrf is None:
        return policy.enforce_global_unique
    return row is None or row.fields.get("enforce_unique") is not False


def group_of(holders: Sequence[Row]) -> Row | None:
    """Return the address as a FHRP group has it: it is the group's, whoever shows it at the moment."""
    return next((row for row in holders if _assigned(row).get("kind") == GROUP), None)


def shared_role(kind: Kind, holders: Sequence[Row]) -> str | None:
    """Return the role with which one more may have the address; null unless each of the holders shares it."""
    if not (holders and kind.shared_roles):
        return None
    roles: set[Any] = {row.fields.get(_ROLE) for row in holders}
    return min(roles) if roles <= kind.shared_roles else None


def role_to_be(policy: Policy, wanted: DesiredObject, row: Row | None) -> str | None:
    """Return the role that an address will have: what rules give it, unless people gave it another."""
    role: str | None = value_to_be(policy, ADDRESS, _ROLE, wanted, row)
    return role


def all_shared(kind: Kind, roles: Iterable[str | None]) -> bool:
    """Whether NetBox takes objects with these roles side by side."""
    return kind.shared_roles.issuperset(roles)


def _assigned(row: Row) -> dict[str, Any]:
    assigned = row.fields.get("assigned_object")
    return assigned if isinstance(assigned, dict) else {}
