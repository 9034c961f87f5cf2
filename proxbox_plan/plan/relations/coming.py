"""Coming: the value that a field of an object will have once the plan is applied."""

from __future__ import annotations

from typing import Any

from proxbox_plan.mapping.desired import DesiredObject
from proxbox_plan.model.inventory import Row
from proxbox_plan.model.kind import NOTHING, Kind, Owner
from proxbox_plan.model.policy import Policy


def owner_of(policy: Policy, kind: Kind, wanted: DesiredObject, name: str) -> Owner:
    """Return which side is authoritative for a field of a managed object."""
    usual = Owner.NETBOX if name in wanted.vague else kind.field(name).owner
    return policy.owners.get(kind.name, {}).get(name, usual)


def value_to_be(policy: Policy, kind: Kind, name: str, wanted: DesiredObject, row: Row | None) -> Any:
    """Return what a plain field of a managed object will be: what is desired, unless NetBox keeps what it has."""
    if row is None:
        return wanted.fields.get(name)
    present = row.fields.get(name)
    if name not in wanted.fields:
        return present
    owner = owner_of(policy, kind, wanted, name)
    known = row.last_applied.fields if row.last_applied is not None else {}
    ours = present == known[name] if name in known else present in NOTHING
    follows = owner is Owner.PROXMOX or (owner is Owner.NETBOX and ours)
    return wanted.fields[name] if follows else present
