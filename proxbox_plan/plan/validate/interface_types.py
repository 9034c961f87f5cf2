"""Interface types: what a port may be while a cable is on it, and what it may be part of.

Sources: `clean` of interfaces of NetBox 4.2 to 4.7.
"""

from __future__ import annotations

from proxbox_plan.mapping import INTERFACE
from proxbox_plan.mapping.desired import DesiredObject
from proxbox_plan.mapping.interface import LOGICAL_TYPES
from proxbox_plan.model.inventory import Row
from proxbox_plan.plan.relations.coming import value_to_be
from proxbox_plan.plan.validate.draft import Draft

_TYPE, _VIRTUAL = "type", "virtual"


def validate_interface_types(draft: Draft) -> None:
    """Leave off an interface of people the type, the bond or the parent that do not go with what they made it."""
    for wanted, row in draft.of_kind(INTERFACE.name):
        if row is not None:
            _validate_links(draft, _connected(draft, wanted, row), row)


def _connected(draft: Draft, wanted: DesiredObject, row: Row) -> DesiredObject:
    """Leave the type off a port that has a cable or is marked connected: no bridge, bond or VLAN has one in NetBox."""
    coming = value_to_be(draft.estate.policy, INTERFACE, _TYPE, wanted, row)
    if not row.fields.get("_occupied") or coming == row.fields.get(_TYPE) or coming not in LOGICAL_TYPES:
        return wanted
    draft.report(
        wanted.address,
        f"{wanted.name} is of the type {coming!r} in Proxmox, and NetBox has a cable on it, or has it marked connected,"
        f" which it takes only of a port: it keeps the type {row.fields.get(_TYPE)!r}",
        "Move the cable to the port that it is plugged into; then plan again.",
    )
    return draft.leave_out(wanted, _TYPE)


def _validate_links(draft: Draft, wanted: DesiredObject, row: Row) -> None:
    """Leave the bond off what stays virtual, and the parent off what stays a port."""
    coming = value_to_be(draft.estate.policy, INTERFACE, _TYPE, wanted, row)
    bond, parent = wanted.fields.get("lag"), wanted.fields.get("parent")
    if bond is not None and coming == _VIRTUAL:
        draft.leave_out(wanted, "lag")
        draft.report(
            wanted.address,
            f"{wanted.name} is in the bond {bond.name!r} in Proxmox, and NetBox has it as a virtual interface, which "
            "it takes into no bond",
            "Give the interface the type of the port in NetBox, for example `other`; then plan again.",
        )
    if parent is not None and coming != _VIRTUAL and not _is_on_one(row):
        draft.leave_out(wanted, "parent")
        draft.report(
            wanted.address,
            f"{wanted.name} is on {parent.name!r} in Proxmox, and NetBox takes only virtual interfaces on another one: "
            f"it stays {coming!r}, and comes without",
            "Give the interface the type `virtual` in NetBox; then plan again.",
        )


def _is_on_one(row: Row) -> bool:
    """Whether people put it on another interface already, as one of its channels (NetBox 4.7)."""
    return row.fields.get("parent") is not None
