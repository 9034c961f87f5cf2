"""Missing: our objects that nothing wants any more: deleted, decommissioned, kept, or withheld for lack of proof."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from proxbox_plan.core.sanitize import clean
from proxbox_plan.mapping import KINDS, interface
from proxbox_plan.mapping.context import ClusterView, Context
from proxbox_plan.mapping.desired import Unknown
from proxbox_plan.mapping.plugin import sidecar
from proxbox_plan.model.inventory import Row
from proxbox_plan.model.kind import Kind, OnMissing
from proxbox_plan.model.plan import REPLACED, Action, Cause, Change, FieldChange, Reason, Withheld
from proxbox_plan.plan.diff.ownership import marks_of
from proxbox_plan.plan.match.match import Matches
from proxbox_plan.plan.match.proof import Gone, OutOfScope, proof_of
from proxbox_plan.plan.match.rows import rank, ref_id
from proxbox_plan.plan.order.prerequisites import supports

# Part of a key that only makes sense while another kind is planned.
_ABOVE = {
    ("node", "net"): interface.KIND,
    ("qemu", "firewall"): sidecar.MACHINE,
    ("lxc", "firewall"): sidecar.MACHINE,
}
IGNORE_TAG = "proxbox-ignore"
PROTECT_TAGS = frozenset({IGNORE_TAG, "proxbox-protect"})


@dataclass
class Missing:
    """What becomes of them."""

    changes: list[Change] = field(default_factory=list)
    withheld: list[Withheld] = field(default_factory=list)
    kept: dict[str, int] = field(default_factory=dict)


def find_missing(context: Context, matches: Matches) -> Missing:
    """Judge every object with one of our keys, in the clusters of the state, that no wanted object matched.

    A kind that the configuration switched off is out of scope: its objects stay as they are.
    """
    found = Missing()
    used = {(address.partition(":")[0], row.id) for address, row in matches.rows.items()}
    replaced = {(address.partition(":")[0], row.id) for address, row in matches.replaced.items()}
    guests = _replaced_guests(matches)
    views = {view.name: view for view in context.clusters}
    for kind in sorted((kind for kind in KINDS.values() if kind.marked), key=lambda kind: rank(kind.name)):
        for row in context.inventory.kinds.get(kind.name, ()):
            view = views.get(row.key.partition("/")[0]) if row.key else None
            if view is None or not _in_scope(context, kind, row) or (kind.name, row.id) in used:
                continue
            guest = guests.get("/".join(str(row.key).split("/")[:3]))
            if guest is not None and PROTECT_TAGS & set(guest.tags):  # it stays, and so does all that hangs off it
                _keep(found, kind)
            elif (kind.name, row.id) not in replaced:
                _judge(context, view, kind, row, found, replaced=guest is not None)
            elif kind.name != "virtual-machine" and PROTECT_TAGS & set(row.tags):
                _keep(found, kind)
            else:
                found.changes.append(_retire(kind, row, view))
    _clear_the_way(context, views, found)
    return found


def _replaced_guests(matches: Matches) -> dict[str, Row]:
    """Return the machines of guests whose number another guest has now, by key: what hangs off that key is theirs."""
    prefix = "virtual-machine:"
    return {key.removeprefix(prefix): row for key, row in matches.replaced.items() if key.startswith(prefix)}


def _clear_the_way(context: Context, views: Mapping[str, ClusterView], found: Missing) -> None:
    """Delete what keeps NetBox from deleting what it hangs off, although nobody has proven it gone by itself."""
    gone = {(change.kind, change.netbox_id) for change in found.changes if change.action is Action.DELETE}
    for kind in (kind for kind in KINDS.values() if kind.protects):
        for row in context.inventory.kinds.get(kind.name, ()):
            parent = row.fields.get(kind.parent)
            hangs_off = (str(parent["kind"]), ref_id(parent)) if isinstance(parent, dict) else None
            ours = row.key is not None and row.key.partition("/")[0] in views and _in_scope(context, kind, row)
            if ours and hangs_off in gone and (kind.name, row.id) not in gone:
                view = views[str(row.key).partition("/")[0]]
                found.withheld = [item for item in found.withheld if item.address != f"{kind.name}:{row.key}"]
                found.changes.append(_change(kind, row, view, Action.DELETE, Reason.PARENT_GONE, _contents(row)))


def _in_scope(context: Context, kind: Kind, row: Row) -> bool:
    """Whether an object's kind is planned, and what it hangs off, too."""
    parts = (row.key or "").split("/")
    above = _ABOVE.get((parts[1], parts[3])) if len(parts) > 3 else None  # noqa: PLR2004 # CLUSTER/SORT/NAME/PART
    return context.has(kind) and (above is None or context.has(above))


def _judge(  # noqa: PLR0913 # what is judged, and where the judgement goes
    context: Context, view: ClusterView, kind: Kind, row: Row, found: Missing, *, replaced: bool
) -> None:
    """Judge one object; the parts of a guest that was replaced are gone with it, whatever the new one shows."""
    key = row.key or ""
    policy = context.policy.on_missing.get(kind.name, kind.on_missing)
    proof = Gone(with_parent=True) if replaced else proof_of(view, key)
    if isinstance(proof, OutOfScope) or policy is OnMissing.KEEP or PROTECT_TAGS & set(row.tags):
        _keep(found, kind)
    elif isinstance(proof, Unknown):
        found.withheld.append(_withheld(kind, row, policy, proof))
    elif proof.with_parent and _parent_kept(context, key):
        _keep(found, kind)
    else:
        change = _remove(kind, row, view, policy, proof)
        if change is None or not _can_land(context, change):
            _keep(found, kind)
        else:
            found.changes.append(change)


def _keep(found: Missing, kind: Kind) -> None:
    found.kept[kind.name] = found.kept.get(kind.name, 0) + 1


def _can_land(context: Context, change: Change) -> bool:
    """Whether what NetBox asks for beside a change is there; it would refuse the change in every plan otherwise."""
    places = (address.partition(":") for address in supports(change))
    return all(context.row(kind, key) is not None for kind, _, key in places)


def _parent_kept(context: Context, key: str) -> bool:
    """Whether the configuration keeps the vanished parent: then it is kept with all that hangs off it."""
    parent = "device" if key.split("/")[1] == "node" else "virtual-machine"
    gone = "/".join(key.split("/")[:3])
    kept = context.policy.on_missing.get(parent, KINDS[parent].on_missing) is OnMissing.KEEP
    row = context.row(parent, gone)
    return row is not None and (kept or bool(PROTECT_TAGS & set(row.tags)))


def _withheld(kind: Kind, row: Row, policy: OnMissing, proof: Unknown) -> Withheld:
    action = Action.DELETE if policy is OnMissing.DELETE else Action.UPDATE
    return Withheld(
        address=f"{kind.name}:{row.key}",
        kind=kind.name,
        name=describe(kind, row),
        action=action,
        gap=proof.gap,
        detail=proof.detail,
    )


def _remove(kind: Kind, row: Row, view: ClusterView, policy: OnMissing, proof: Gone) -> Change | None:
    reason = Reason.PARENT_GONE if proof.with_parent else Reason.GONE
    if policy is OnMissing.DELETE:
        return _change(kind, row, view, Action.DELETE, reason, _contents(row))
    return _decommission(kind, row, view, reason)


def _contents(row: Row) -> tuple[FieldChange, ...]:
    """What is lost with the object: for the review, and to be able to make it again."""
    filled = {name: value for name, value in row.fields.items() if value not in (None, "", [])}
    if row.tags:
        filled["tags"] = list(row.tags)
    return tuple(FieldChange(field=name, before=value, cause=Cause.PROXMOX) for name, value in filled.items())


def _decommission(kind: Kind, row: Row, view: ClusterView, reason: Reason) -> Change | None:
    status = row.fields.get("status")
    if status == kind.retired:
        return None
    wanted = FieldChange(field="status", before=status, after=kind.retired, cause=Cause.PROXMOX)
    return _change(kind, row, view, Action.UPDATE, reason, (wanted,))


def _retire(kind: Kind, row: Row, view: ClusterView) -> Change:
    """Let the old guest's object make room: decommissioned under another key and name, its children deleted."""
    address = f"{kind.name}:{row.key}{REPLACED}"
    if kind.name != "virtual-machine":
        change = _change(kind, row, view, Action.DELETE, Reason.REPLACED, _contents(row))
        return change.model_copy(update={"address": address})
    fingerprint = (row.applied or {}).get("fingerprint") or {}
    short = str(next(iter(fingerprint.values()), row.id))[:8]
    suffix = f" (was {short})"
    name = str(row.fields.get("name", ""))
    fields = (
        FieldChange(field="name", before=name, after=clean(name, 64 - len(suffix)) + suffix, cause=Cause.PROXMOX),
        FieldChange(field="status", before=row.fields.get("status"), after="decommissioning", cause=Cause.PROXMOX),
    )
    change = _change(kind, row, view, Action.UPDATE, Reason.REPLACED, fields)
    return change.model_copy(update={"address": address, "key": f"{row.key}~{short}"})


def _change(  # noqa: PLR0913 # a change has that many columns
    kind: Kind, row: Row, view: ClusterView, action: Action, reason: Reason, fields: tuple[FieldChange, ...]
) -> Change:
    applied: dict[str, Any] | None = None
    if action is not Action.DELETE:
        last = dict((row.applied or {}).get("fields") or {})
        applied = {**(row.applied or {}), "fields": last | {change.field: change.after for change in fields}}
    return Change(
        address=f"{kind.name}:{row.key}",
        kind=kind.name,
        action=action,
        reason=reason,
        name=describe(kind, row),
        cluster=view.name,
        key=row.key,
        netbox_id=row.id,
        last_updated=row.last_updated,
        fields=fields,
        applied=applied,
        marks_before=marks_of(row),
    )


def describe(kind: Kind, row: Row) -> str:
    """Name of a row for people, with its parent where the name alone says little."""
    parent = row.fields.get("virtual_machine") or row.fields.get("device")
    if kind.parent in ("virtual_machine", "device") and kind.name != "virtual-machine" and isinstance(parent, dict):
        return f"{parent['name']} {row.name}"
    return row.name
