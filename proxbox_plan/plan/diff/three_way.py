"""Three-way comparison: one desired object and the row it matched -> the change, if any, field by field."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from proxbox_plan.core.address import Address
from proxbox_plan.mapping.desired import DesiredObject
from proxbox_plan.model.inventory import Row
from proxbox_plan.model.kind import CUSTOM, NOTHING, Field, FieldType, Kind, Owner
from proxbox_plan.model.last_applied import LastApplied
from proxbox_plan.model.plan import Adopt, Cause, Change, Create, FieldChange, Move, Preserved, Reason, Update
from proxbox_plan.model.policy import Policy
from proxbox_plan.model.reference import Ref
from proxbox_plan.plan.diff.ownership import MISSING, Verdict, actual_record, judge, recorded
from proxbox_plan.plan.relations.coming import owner_of, value_to_be

_NEVER = LastApplied()
_STATUS = "status"


@dataclass
class Comparison:
    """What comparing one object gave."""

    changes: list[Change] = field(default_factory=list)
    preserved: list[Preserved] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class ThreeWay:
    """Compares desired objects with their rows under one policy."""

    policy: Policy
    version: tuple[int, int]  # of NetBox: which fields there are
    ids: Mapping[Address, int]  # known so far
    matched_by: Mapping[Address, tuple[str, ...]] = field(default_factory=dict)

    def create(self, kind: Kind, wanted: DesiredObject) -> Comparison:
        """Plan an object that NetBox lacks."""
        fields = self._fields(kind, wanted)
        first = [self._new(item, wanted) for item in fields if not item.second_pass]
        if wanted.tags:
            first.append(FieldChange(field="tags", after=list(wanted.tags)))
        base = {item.name: self._record(item, wanted) for item in fields if not item.second_pass}
        created = Create(
            address=wanted.address,
            kind=kind.name,
            reason=Reason.SUPPORT if kind.support or not wanted.managed else Reason.NEW,
            name=wanted.name,
            cluster=wanted.cluster,
            key=wanted.key if wanted.managed else None,
            fields=tuple(first),
            last_applied=self._last_applied(wanted, None, base),
        )
        second = [self._new(item, wanted) for item in fields if item.second_pass]
        second = [change for change in second if change.after is not None]
        if not second:
            return Comparison([created])
        full = {item.name: self._record(item, wanted) for item in fields}
        return Comparison([created, self._second_pass(kind, wanted, None, second, full)])

    def update(self, kind: Kind, wanted: DesiredObject, row: Row) -> Comparison:
        """Plan what differs; an object without our key is adopted, one with another key is moved."""
        diff = Comparison()
        adopting = wanted.managed and row.key is None
        last = dict((row.last_applied or _NEVER).fields)
        first: list[FieldChange] = []
        second: list[FieldChange] = []
        before = dict(last)
        for item in self._fields(kind, wanted):
            change = self._compare(kind, item, wanted, row, last, diff)
            (second if item.second_pass else first).extend([change] if change else [])
        diff.preserved.extend(self._preserved(wanted, row, name, value) for name, value in wanted.forgone.items())
        first.extend(_tags(wanted, row))
        known = row.last_applied or _NEVER
        remembered = wanted.protected in (None, known.protected)  # the tag that protects a guest also when it is gone
        is_back = known.decommissioned is not None  # its removal ends, whatever its status is by now
        if adopting or first or is_back or not remembered or (wanted.managed and row.key != wanted.key):
            later = {change.field for change in second}  # not applied until the second pass
            applied = {name: value for name, value in last.items() if name not in later}
            applied |= {name: before[name] for name in later if name in before}
            after = self._last_applied(wanted, row, applied)
            diff.changes.append(_change(kind, wanted, row, first, after, self.matched_by.get(wanted.address, ())))
        if second:
            diff.changes.append(self._second_pass(kind, wanted, row, second, last))
        return diff

    def _compare(  # noqa: PLR0913 # the three sides of a three-way comparison, and where to say what was preserved
        self, kind: Kind, item: Field, wanted: DesiredObject, row: Row, last: dict[str, Any], diff: Comparison
    ) -> FieldChange | None:
        """Judge one field; `last` becomes what proxbox_applied says afterwards."""
        if item.type is FieldType.CUSTOM and not _is_read(item.name, row):
            return None  # a saved inventory that was read under other rules: unknown is not empty
        actual = row.fields.get(item.name)
        if item.extend:
            return _extension(item, wanted, actual)
        record, present = self._record(item, wanted), actual_record(item, actual)
        if record == present or (item.any_case and _only_case_differs(record, present)):
            last[item.name] = record
            return None
        before = last.get(item.name, MISSING)
        if before is MISSING and record in NOTHING and not (item.second_pass or self._is_said(kind, item, wanted, row)):
            return None  # where Proxmox says nothing it has no say
        verdict, cause = judge(self._owner(kind, wanted, item), record, present, before)
        if verdict is Verdict.LEAVE:
            if wanted.managed and not kind.support and item.name not in wanted.vague:
                diff.preserved.append(self._preserved(wanted, row, item.name, wanted.fields[item.name]))
            return None
        last[item.name] = record
        after = self._json(wanted.fields[item.name])
        return FieldChange(field=item.name, before=actual, after=after, cause=cause)

    def _preserved(self, wanted: DesiredObject, row: Row, name: str, value: Any) -> Preserved:
        """Return that NetBox is authoritative for a field that differs."""
        return Preserved(
            address=wanted.address,
            name=wanted.name,
            field=name,
            netbox_id=row.id,
            netbox=row.fields.get(name),
            proxmox=self._json(value),
        )

    def _is_said(self, kind: Kind, item: Field, wanted: DesiredObject, row: Row) -> bool:
        """Whether another field says that this one is empty: an interface in access mode has no tagged VLANs."""
        if item.said_by not in wanted.fields or row.fields.get(item.name) in NOTHING:
            return False
        value, known = wanted.fields[item.said_by], (row.last_applied or _NEVER).fields
        is_ruled = value not in NOTHING or item.said_by in known
        return is_ruled and value_to_be(self.policy, kind, item.said_by, wanted, row) == value

    def _owner(self, kind: Kind, wanted: DesiredObject, item: Field) -> Owner:
        if kind.support or not wanted.managed:
            return Owner.CREATE_ONLY
        return owner_of(self.policy, kind, wanted, item.name)

    def _fields(self, kind: Kind, wanted: DesiredObject) -> list[Field]:
        own = [item for item in kind.fields_on(self.version) if item.name in wanted.fields]
        return own + [kind.field(name) for name in sorted(wanted.fields) if name.startswith(CUSTOM)]

    def _new(self, item: Field, wanted: DesiredObject) -> FieldChange:
        return FieldChange(field=item.name, after=self._json(wanted.fields[item.name]))

    def _record(self, item: Field, wanted: DesiredObject) -> Any:
        return recorded(item, wanted.fields[item.name], self.ids)

    def _json(self, value: Any) -> Any:
        if isinstance(value, Ref):
            number = value.id or (self.ids.get(value.address) if value.address else None)
            return value._replace(id=number).to_json()
        return [self._json(item) for item in value] if isinstance(value, list | tuple) else value

    def _second_pass(
        self, kind: Kind, wanted: DesiredObject, row: Row | None, fields: Sequence[FieldChange], last: Mapping[str, Any]
    ) -> Update:
        return Update(
            address=wanted.address.second_pass,
            kind=kind.name,
            reason=Reason.PRIMARY,
            name=wanted.name,
            cluster=wanted.cluster,
            netbox_id=row.id if row else None,
            last_updated=row.last_updated if row else None,
            fields=tuple(fields),
            key=wanted.key if wanted.managed else None,
            last_applied=self._last_applied(wanted, row, last),
            ownership_before=row.ownership if row else None,
        )

    def _last_applied(self, wanted: DesiredObject, row: Row | None, fields: Mapping[str, Any]) -> LastApplied | None:
        """Return the bookkeeping of a managed object; what is not known now stays as it was."""
        if not wanted.managed:
            return None
        was = (row.last_applied if row else None) or _NEVER
        tags = was.tags if wanted.tags is None else wanted.tags
        protected = was.protected if wanted.protected is None else wanted.protected
        since = was.since if row is not None and row.key is not None else None
        if was.decommissioned is not None and fields.get(_STATUS) == was.fields.get(_STATUS):
            # It is back, and we have not given it its own status yet: should it go again, that begins anew.
            fields = {name: value for name, value in fields.items() if name != _STATUS}
        return LastApplied(fields, wanted.fingerprint or was.fingerprint, tags, since, protected=protected)


def _is_read(name: str, row: Row) -> bool:
    """Whether the value of a custom field is known, or known to be empty."""
    return name in row.fields or name.removeprefix(CUSTOM) in row.empty


def _change(  # noqa: PLR0913 # what a change is made of
    kind: Kind,
    wanted: DesiredObject,
    row: Row,
    fields: Sequence[FieldChange],
    last_applied: LastApplied | None,
    matched_by: tuple[str, ...],
) -> Change:
    """Return the change of an object that is there."""
    common: dict[str, Any] = {
        "address": wanted.address,
        "kind": kind.name,
        "name": wanted.name,
        "cluster": wanted.cluster,
        "netbox_id": row.id,
        "last_updated": row.last_updated,
        "fields": tuple(fields),
        "key": wanted.key if wanted.managed else None,
        "last_applied": last_applied,
    }
    if wanted.managed and row.key is None:
        return Adopt(**common, reason=Reason.SUPPORT if kind.support else Reason.MATCHED, matched_by=matched_by)
    if wanted.managed and row.key != wanted.key:
        stayed = row.key is not None and row.key.cluster == wanted.key.cluster
        assigned = any(item.field == kind.parent for item in fields)
        back = row.key is not None and (row.key.is_retired or row.key.owner != wanted.key.owner)
        here = Reason.REASSIGNED if assigned else Reason.REVIVED if back else Reason.RENAMED
        reason = here if stayed else Reason.MOVED_CLUSTER
        return Move(**common, reason=reason, ownership_before=row.ownership)
    reason = Reason.SUPPORT if kind.support else _reason(fields)
    return Update(**common, reason=reason, ownership_before=row.ownership)


def _only_case_differs(one: Any, other: Any) -> bool:
    return isinstance(one, str) and isinstance(other, str) and one.casefold() == other.casefold()


def _extension(item: Field, wanted: DesiredObject, actual: Any) -> FieldChange | None:
    missing = set(wanted.fields[item.name]) - set(actual or ())
    if not missing:
        return None
    after = sorted({*(actual or ()), *missing})
    return FieldChange(field=item.name, before=actual, after=after, cause=Cause.PROXMOX)


def _tags(wanted: DesiredObject, row: Row) -> list[FieldChange]:
    """Add ours, remove only those we added and no longer want; tags of others stay."""
    if wanted.tags is None:
        return []
    ours = set((row.last_applied or _NEVER).tags)
    after = (set(row.tags) - (ours - set(wanted.tags))) | set(wanted.tags)
    if after == set(row.tags):
        return []
    cause = Cause.ADOPTED if row.key is None else Cause.PROXMOX
    if set(wanted.tags) == ours:
        cause = Cause.NETBOX
    return [FieldChange(field="tags", before=sorted(row.tags), after=sorted(after), cause=cause)]


def _reason(fields: Sequence[FieldChange]) -> Reason:
    causes = {change.cause for change in fields}
    ours = {change.field for change in fields if change.cause is Cause.PROXMOX}
    if "device" in ours:
        return Reason.MOVED
    if "name" in ours:
        return Reason.RENAMED
    if Cause.BOTH in causes or {Cause.PROXMOX, Cause.NETBOX} <= causes:
        return Reason.BOTH
    return Reason.EDITED if causes == {Cause.NETBOX} else Reason.CHANGED
