"""Diffing: one wanted object and the row it matched -> the change, if any, field by field."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from proxbox_plan.mapping.desired import Desired
from proxbox_plan.model.inventory import Row
from proxbox_plan.model.kind import CUSTOM, Field, FieldType, Kind, Owner
from proxbox_plan.model.plan import LINKS, Action, Cause, Change, FieldChange, Kept, Reason
from proxbox_plan.model.policy import Policy
from proxbox_plan.model.reference import Ref
from proxbox_plan.plan.diff.ownership import MISSING, Verdict, actual_record, judge, marks_of, recorded


@dataclass
class Diff:
    """What comparing one object gave."""

    changes: list[Change] = field(default_factory=list)
    kept: list[Kept] = field(default_factory=list)


class Differ:
    """Compares wanted objects with their rows under one policy."""

    def __init__(self, policy: Policy, version: tuple[int, int], ids: dict[str, int]) -> None:
        """Bind the policy, the NetBox version (which fields there are) and the ids known so far."""
        self._policy = policy
        self._version = version
        self._ids = ids

    def create(self, kind: Kind, wanted: Desired) -> Diff:
        """Plan an object that NetBox lacks."""
        fields = self._fields(kind, wanted)
        first = [self._new(item, wanted) for item in fields if not item.second_pass]
        if wanted.tags:
            first.append(FieldChange(field="tags", after=list(wanted.tags)))
        reason = Reason.SUPPORT if kind.support or not wanted.marked else Reason.NEW
        base = {item.name: self._record(item, wanted) for item in fields if not item.second_pass}
        diff = Diff([self._change(kind, wanted, Action.CREATE, reason, None, first, base)])
        second = [self._new(item, wanted) for item in fields if item.second_pass]
        second = [change for change in second if change.after is not None]
        if second:
            full = {item.name: self._record(item, wanted) for item in fields}
            diff.changes.append(self._links(kind, wanted, None, second, full))
        return diff

    def update(self, kind: Kind, wanted: Desired, row: Row) -> Diff:
        """Plan what differs; an object without our key is adopted."""
        diff = Diff()
        adopting = wanted.marked and row.key is None
        last = dict((row.applied or {}).get("fields") or {})
        first: list[FieldChange] = []
        second: list[FieldChange] = []
        before = dict(last)
        for item in self._fields(kind, wanted):
            change = self._compare(kind, item, wanted, row, last, diff)
            (second if item.second_pass else first).extend([change] if change else [])
        first.extend(self._tags(wanted, row))
        if not adopting and not second and all(kind.is_volatile(change.field) for change in first):
            first = []  # what changes by itself is no reason to write
        applied = {name: value for name, value in last.items() if name not in {c.field for c in second}}
        applied |= {c.field: before[c.field] for c in second if c.field in before}
        moved = not adopting and wanted.marked and row.key != wanted.key
        if adopting or first or moved:
            action = Action.ADOPT if adopting else Action.UPDATE
            reason = Reason.SUPPORT if kind.support else _reason(adopting, first)
            reason = Reason.MOVED_CLUSTER if moved else reason
            diff.changes.append(self._change(kind, wanted, action, reason, row, first, applied))
        if second:
            diff.changes.append(self._links(kind, wanted, row, second, last))
        return diff

    def _compare(  # noqa: PLR0913 # the three sides of a three-way comparison, and where to say what was left
        self, kind: Kind, item: Field, wanted: Desired, row: Row, last: dict[str, Any], diff: Diff
    ) -> FieldChange | None:
        """Judge one field; `last` becomes what proxbox_applied says afterwards."""
        if item.type is FieldType.CUSTOM and item.name not in row.fields:
            return None  # a saved inventory that was read under other rules: unknown is not empty
        actual = row.fields.get(item.name)
        if item.extend:
            return self._extension(item, wanted, actual)
        record, present = self._record(item, wanted), actual_record(item, actual)
        if record == present:
            last[item.name] = record
            return None
        verdict, cause = judge(self._owner(kind, wanted, item), record, present, last.get(item.name, MISSING))
        if verdict is Verdict.LEAVE:
            if wanted.marked and not kind.support:
                diff.kept.append(
                    Kept(
                        address=wanted.address,
                        name=wanted.name,
                        field=item.name,
                        netbox_id=row.id,
                        netbox=actual,
                        proxmox=self._json(wanted.fields[item.name]),
                    )
                )
            return None
        last[item.name] = record
        after = self._json(wanted.fields[item.name])
        return FieldChange(field=item.name, before=actual, after=after, cause=cause)

    def _owner(self, kind: Kind, wanted: Desired, item: Field) -> Owner:
        if kind.support or not wanted.marked:
            return Owner.CREATE_ONLY
        return self._policy.owners.get(kind.name, {}).get(item.name, item.owner)

    def _extension(self, item: Field, wanted: Desired, actual: Any) -> FieldChange | None:
        missing = set(wanted.fields[item.name]) - set(actual or ())
        if not missing:
            return None
        after = sorted({*(actual or ()), *missing})
        return FieldChange(field=item.name, before=actual, after=after, cause=Cause.PROXMOX)

    def _tags(self, wanted: Desired, row: Row) -> list[FieldChange]:
        """Add ours, remove only those we added and no longer want; tags of others stay."""
        if wanted.tags is None:
            return []
        ours = set((row.applied or {}).get("tags") or ())
        after = (set(row.tags) - (ours - set(wanted.tags))) | set(wanted.tags)
        if after == set(row.tags):
            return []
        cause = Cause.ADOPTED if row.key is None else Cause.PROXMOX
        if set(wanted.tags) == ours:
            cause = Cause.NETBOX
        return [FieldChange(field="tags", before=sorted(row.tags), after=sorted(after), cause=cause)]

    def _fields(self, kind: Kind, wanted: Desired) -> list[Field]:
        own = [item for item in kind.fields_on(self._version) if item.name in wanted.fields]
        return own + [kind.field(name) for name in sorted(wanted.fields) if name.startswith(CUSTOM)]

    def _new(self, item: Field, wanted: Desired) -> FieldChange:
        return FieldChange(field=item.name, after=self._json(wanted.fields[item.name]))

    def _record(self, item: Field, wanted: Desired) -> Any:
        return recorded(item, wanted.fields[item.name], self._ids)

    def _json(self, value: Any) -> Any:
        if isinstance(value, Ref):
            return value._replace(id=value.id or self._ids.get(value.address or "")).to_json()
        return [self._json(item) for item in value] if isinstance(value, list | tuple) else value

    def _change(  # noqa: PLR0913 # a change has that many columns
        self,
        kind: Kind,
        wanted: Desired,
        action: Action,
        reason: Reason,
        row: Row | None,
        fields: list[FieldChange],
        applied: dict[str, Any],
    ) -> Change:
        marks: dict[str, Any] | None = None
        if wanted.marked:
            marks = {"fields": applied}
            fingerprint = wanted.fingerprint or ((row.applied or {}).get("fingerprint") if row else None)
            if fingerprint:
                marks["fingerprint"] = dict(fingerprint)
            ours = wanted.tags if wanted.tags is not None else ((row.applied or {}).get("tags") if row else None)
            if ours:
                marks["tags"] = list(ours)
        return Change(
            address=wanted.address,
            kind=kind.name,
            action=action,
            reason=reason,
            name=wanted.name,
            cluster=wanted.cluster,
            key=wanted.key if wanted.marked else None,
            netbox_id=row.id if row else None,
            last_updated=row.last_updated if row else None,
            fields=tuple(fields),
            applied=marks,
            marks_before=marks_of(row) if row else None,
        )

    def _links(
        self, kind: Kind, wanted: Desired, row: Row | None, fields: list[FieldChange], applied: dict[str, Any]
    ) -> Change:
        change = self._change(kind, wanted, Action.UPDATE, Reason.PRIMARY, row, fields, applied)
        return change.model_copy(update={"address": wanted.address + LINKS})


def _reason(adopting: bool, fields: list[FieldChange]) -> Reason:  # noqa: FBT001 # reads as a word where it is called
    if adopting:
        return Reason.MATCHED
    causes = {change.cause for change in fields}
    ours = {change.field for change in fields if change.cause is Cause.PROXMOX}
    if "device" in ours:
        return Reason.MOVED
    if "name" in ours:
        return Reason.RENAMED
    if Cause.BOTH in causes or {Cause.PROXMOX, Cause.NETBOX} <= causes:
        return Reason.BOTH
    return Reason.EDITED if causes == {Cause.NETBOX} else Reason.CHANGED
