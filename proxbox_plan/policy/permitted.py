"""Permitted: what proxbox-plan ever does to an object, whatever a plan says: a digest is no signature."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any, Final

from proxbox_plan.core.address import Address
from proxbox_plan.core.errors import RefusedError
from proxbox_plan.model.kind import FieldType, Kind, OnMissing
from proxbox_plan.model.plan import Adopt, Change, Create, Delete, FieldChange, Forget, Move, Plan, Reason, Update
from proxbox_plan.model.policy import Policy
from proxbox_plan.model.reference import refs_of

_RETIRED: Final = "~"
_REFS: Final = (FieldType.REF, FieldType.REFS, FieldType.GENERIC)
_DELETES: Final = frozenset({Reason.GONE, Reason.PARENT_GONE, Reason.REPLACED, Reason.UNDO})


def check_permitted(plan: Plan, kinds: Mapping[str, Kind], policy: Policy | None) -> None:
    """Raise RefusedError for a change that no plan of this version and configuration has; it names the first."""
    adopted = {change.address.second_pass for change in plan.changes if isinstance(change, Adopt | Move)}
    for change in plan.changes:
        for wrong in _wrong(change, kinds[change.kind], policy, adopted):
            raise RefusedError(
                f"The plan cannot be applied: {change.address} {wrong}",
                hint="No plan of proxbox-plan has such a change, so it was edited. Plan again.",
            )


def _wrong(change: Change, kind: Kind, policy: Policy | None, adopted: Collection[Address]) -> Iterator[str]:
    if kind.support and not isinstance(change, Create | Update):
        yield f"would {change.action} a shared object, which is created and extended only"
    if isinstance(change, Update | Move | Delete | Forget) and change.address not in adopted:
        yield from _wrong_ownership(change, kind)
    if isinstance(change, Delete):
        yield from _wrong_delete(change, kind, policy)
    for item in change.fields:
        yield from _wrong_references(kind, item)


def _wrong_ownership(change: Update | Move | Delete | Forget, kind: Kind) -> Iterator[str]:
    """Without our key an object is another user's, or shared: what it lacks may be added."""
    owned = change.ownership_before
    if owned is None:
        if not isinstance(change, Update):
            yield f"would {change.action} an object without our key"
        elif change.netbox_id is not None and not all(_extends(kind, item) for item in change.fields):
            yield "would overwrite an object without our key, which may be extended only"
        return
    keys = {owned.key, change.key}
    if change.address.key not in keys:
        yield f"is of an object with another key: {owned.key}"
    if isinstance(change, Update) and change.key != owned.key:
        retired = change.address.is_replaced and (change.key or "").startswith(f"{owned.key}{_RETIRED}")
        if not retired and change.reason is not Reason.UNDO:
            yield f"would give an object another key: {owned.key} -> {change.key}"


def _extends(kind: Kind, item: FieldChange) -> bool:
    if item.field == "tags" or not kind.field(item.field).extend:
        return False
    return set(item.before or ()) <= set(item.after or ())


def _wrong_delete(change: Delete, kind: Kind, policy: Policy | None) -> Iterator[str]:
    configured = policy is None or policy.on_missing.get(kind.name, kind.on_missing) is OnMissing.DELETE
    if change.reason not in _DELETES:
        yield f"is deleted for a reason that deletes nothing: {change.reason}"
    elif change.reason is Reason.REPLACED and kind.documents == "guest":
        yield "would delete a guest that another one replaced, which is decommissioned only"
    elif change.reason in (Reason.GONE, Reason.PARENT_GONE) and not (configured or kind.blocks_parent):
        yield f"would be deleted, and `on_missing` of {kind.name} is not `{OnMissing.DELETE}`"


def _wrong_references(kind: Kind, item: FieldChange) -> Iterator[str]:
    spec = None if item.field == "tags" else kind.field(item.field)
    if spec is None or spec.type not in _REFS or item.after is None:
        return
    given: list[Any] = item.after if isinstance(item.after, list) else [item.after]
    found = list(refs_of(item.after))
    if len(found) < len(given):
        yield f"has no reference in {item.field!r}"
    for ref in found:
        if ref.kind not in spec.to:
            yield f"refers in {item.field!r} to an object of the kind {ref.kind!r}"
