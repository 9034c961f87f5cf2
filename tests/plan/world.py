"""A world for planner tests: a state, a NetBox that is only rows, and people who edit either."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from proxbox_plan.model.inventory import Inventory, Lookup, Row
from proxbox_plan.model.inventory.dependents import DEPENDENTS, Dependent
from proxbox_plan.model.inventory.ownership_fields import FIELDS
from proxbox_plan.model.kind import CUSTOM, FieldType
from proxbox_plan.model.last_applied import read_last_applied
from proxbox_plan.model.outcome import ChangeResult, Outcome, Result
from proxbox_plan.model.plan import Action, Change, Delete, Forget, Plan
from proxbox_plan.model.policy import ClusterPolicy, Policy
from proxbox_plan.model.state import State
from proxbox_plan.plan import KINDS, Selection, desire, lookups_of, make_plan, make_undo, match
from proxbox_plan.plan.diff.ownership import actual_record
from proxbox_plan.policy.permitted import check_permitted

URL = "https://netbox.example"
_PRIMARIES = ("primary_ip4", "primary_ip6")

_Content = tuple[dict[str, dict[int, Row]], dict[str, int], int]
_SETTLED: dict[str, _Content] = {}  # by state, policy and version


def policy(*clusters: ClusterPolicy, **options: Any) -> Policy:
    """Return a policy that files the cluster `lab` under the site DC1."""
    return Policy(clusters=clusters or (ClusterPolicy(name="lab", site="DC1"),), create_sites=True, **options)


def done(change: Change, number: int) -> ChangeResult:
    """Return the result of a change that was applied to the object with this id."""
    return ChangeResult(
        address=change.address,
        kind=change.kind,
        action=change.action,
        name=change.name,
        result=Result.DONE,
        netbox_id=number,
    )


@dataclass
class World:
    """Proxmox as a state, NetBox as rows; `apply` does what NetBox would."""

    state: State
    policy: Policy = field(default_factory=policy)
    version: str = "4.7.3"
    rows: dict[str, dict[int, Row]] = field(default_factory=dict)
    plugins: dict[str, str] = field(default_factory=dict)
    ids: dict[str, int] = field(default_factory=dict)
    dependents: list[Dependent] = field(default_factory=list)  # people's objects that depend on these rows
    now: str | None = "2026-11-01T12:00:00Z"  # NetBox's clock
    _next: int = 1

    @property
    def inventory(self) -> Inventory:
        """What the reader would return: everything."""
        kinds = {kind: tuple(map(self._read, [kind] * len(rows), rows.values())) for kind, rows in self.rows.items()}
        names = tuple(cluster.name for cluster in self.state.clusters)
        numbers = {kind: set(rows) for kind, rows in self.rows.items()}
        kinds_of = {kind.object_type: kind.name for kind in KINDS.values()}
        for item in self.dependents:
            if item.model in kinds_of and item.id is not None:
                numbers.setdefault(kinds_of[item.model], set()).add(item.id)
        about = {kind: {DEPENDENTS: tuple(map(str, sorted(found)))} for kind, found in numbers.items()}
        return Inventory.begun(  # a digest costs a tenth of these tests, and hardly one asks for it
            url=URL,
            read_at=self.now,
            netbox_version=self.version,
            plugins=self.plugins,
            clusters=names,
            kinds=kinds,
            asked=about,
            dependents=tuple(self.dependents),
        )

    def _read(self, kind: str, row: Row) -> Row:
        """Return a row as it is read: with the names of the custom fields that are empty."""
        fields = [item for item in self.rows.get("custom-field", {}).values() if item.name not in FIELDS]
        own = [item.name for item in fields if KINDS[kind].object_type in (item.fields.get("object_types") or ())]
        empty = tuple(sorted(name for name in own if row.fields.get(f"{CUSTOM}{name}") in (None, "", [])))
        return row.replace(empty=empty) if empty and KINDS[kind].managed else row

    def plan(self, *targets: str, without: tuple[str, ...] = ()) -> Plan:
        """Plan as things are: everything, or only what is asked for."""
        return make_plan(self.state, self.inventory, self.policy, "sha256:config", Selection(targets, without))

    def apply(self, plan: Plan | None = None) -> Plan:
        """Plan (unless given one) and let NetBox follow it, checking that every change can be made in its turn."""
        plan = plan or self.plan()
        check_permitted(plan, KINDS, self.policy, self.now)  # as an apply does: what we plan is not refused
        ids = self.ids = {}
        for change in plan.changes:
            assert all(address in ids for address in change.depends_on), f"{change.address} comes too early"
            if change.action is Action.CREATE and change.key is not None:
                assert self._takes_marks(change.kind), f"NetBox refuses the key of {change.address}"
            ids[change.address] = self._write(change, ids, plan)
        return plan

    def outcome(self, plan: Plan) -> Outcome:
        """Let NetBox follow the plan and return the outcome an apply would write."""
        self.apply(plan)
        results = tuple(done(change, self.ids[change.address]) for change in plan.changes)
        return Outcome.make(
            plan_id=plan.id,
            plan_digest=plan.digest,
            netbox_url=URL,
            changes=plan.changes,
            results=results,
            complete=True,
        )

    def undo(self, outcome: Outcome) -> Plan:
        """Plan taking an outcome back, and let NetBox follow."""
        plan = make_undo(outcome, self.inventory, "sha256:config")
        self.apply(plan)
        return plan

    def outcome_of_undo(self, outcome: Outcome) -> Outcome:
        """Let NetBox follow the undo of an outcome and return the outcome of that."""
        return self.outcome(make_undo(outcome, self.inventory, "sha256:config"))

    def settle(self) -> None:
        """Apply what there is, and be sure that it was all; of a NetBox that has nothing yet, once for all tests."""
        recipe = "" if self.rows or self.dependents else self._recipe()
        if recipe in _SETTLED:
            self.rows, self.ids, self._next = _SETTLED[recipe]
            self.rows, self.ids, self._next = self._content()
            return
        self.apply()
        assert self.plan().changes == ()
        if recipe:
            _SETTLED[recipe] = self._content()

    def _content(self) -> _Content:
        return {kind: dict(rows) for kind, rows in self.rows.items()}, dict(self.ids), self._next

    def _recipe(self) -> str:
        return "\n".join(
            (self.state.model_dump_json(), self.policy.model_dump_json(), self.version, repr(self.plugins))
        )

    def add(self, kind: str, name: str, **fields: Any) -> Row:
        """Let a person create an object in NetBox."""
        number = self._take_id()
        label = KINDS[kind].label
        row = Row(id=number, name=name, fields={label: name, **fields}, last_updated=f"stamp-{number}")
        self.rows.setdefault(kind, {})[number] = row
        return row

    def edit(self, kind: str, key: str, **fields: Any) -> None:
        """Let a person change fields of one of our objects."""
        row = self.find(kind, key)
        self._put(kind, row.model_copy(update={"fields": {**row.fields, **fields}}))

    def rewrite(self, kind: str, key: str, /, **row: Any) -> Row:
        """Let a person or a program change anything else of one of our objects."""
        number = self.find(kind, key).id
        self._put(kind, self.rows[kind][number].replace(**row))
        return self.rows[kind][number]

    def copy(self, kind: str, key: str, /, **row: Any) -> Row:
        """Let a program copy one of our objects with all that is on it."""
        number = self._take_id()
        self.rows[kind][number] = self.find(kind, key).replace(id=number, last_updated=f"stamp-{number}", **row)
        return self.rows[kind][number]

    def tag(self, kind: str, key: str, *tags: str) -> None:
        """Let a person set the tags of one of our objects."""
        self._put(kind, self.find(kind, key).model_copy(update={"tags": tuple(sorted(tags))}))

    def find(self, kind: str, key: str) -> Row:
        """Return our object with that key."""
        return next(row for row in self.rows.get(kind, {}).values() if row.key == key)

    def keys(self, kind: str) -> set[str]:
        """Return the keys of our objects of a kind."""
        return {row.key for row in self.rows.get(kind, {}).values() if row.key}

    def ref(self, kind: str, number: int) -> dict[str, Any]:
        """Return a reference as a row holds it."""
        return {"kind": kind, "id": number, "name": self.rows[kind][number].name}

    def _takes_marks(self, kind: str) -> bool:
        marks = [row for row in self.rows.get("custom-field", {}).values() if row.name in FIELDS]
        return all(KINDS[kind].object_type in row.fields["object_types"] for row in marks)

    def _put(self, kind: str, row: Row) -> None:
        self.rows[kind][row.id] = row.replace(last_updated=f"{row.last_updated}+")

    def _take_id(self) -> int:
        self._next += 1
        return self._next

    def _write(self, change: Change, ids: dict[str, int], plan: Plan) -> int:
        number = change.target_id or ids.get(change.address.first_pass) or self._take_id()
        rows = self.rows.setdefault(change.kind, {})
        if isinstance(change, Delete):
            del rows[number]
            return number
        row = rows.get(number) or Row(id=number, name="", fields={}, last_updated=f"stamp-{number}")
        fields, tags = dict(row.fields), row.tags
        for item in change.fields:
            if item.field == "tags":
                tags = tuple(sorted(item.after))
            else:
                fields[item.field] = self._stored(change.kind, item.field, item.after, ids)
        self._check_primaries(change, number, row.fields, fields)
        key, applied = row.key, row.last_applied
        if isinstance(change, Forget):
            key = applied = None
        elif change.last_applied is not None:
            key, applied = change.key, change.applied_from(plan.collected, plan.read_at)
        rows[number] = row.replace(
            fields=fields,
            tags=tags,
            key=key,
            last_applied=read_last_applied(_resolved(applied.to_json(), ids)) if applied else None,
            name=str(fields.get(KINDS[change.kind].label, "")),
            last_updated=f"{row.last_updated}+",
        )
        return number

    def _check_primaries(self, change: Change, number: int, before: dict[str, Any], after: dict[str, Any]) -> None:
        """Refuse what NetBox refuses: to reassign an address that is primary elsewhere, one of others as primary."""
        if change.kind == "ip-address" and before:
            was, now = self._owner(before), self._owner(after)
            holder = self.rows.get(was[0], {}).get(was[1])
            held = [(holder.fields.get(name) or {}).get("id") for name in _PRIMARIES] if holder else []
            assert was == now or number not in held, f"{change.address} is still the primary address of {was}"
        for name in _PRIMARIES:
            if any(item.field == name and item.after for item in change.fields):
                address = self.rows["ip-address"][after[name]["id"]]
                assert self._owner(address.fields) == (change.kind, number), (
                    f"{address.name} is not of {change.address}"
                )

    def _owner(self, address: dict[str, Any]) -> tuple[str, int]:
        """Return kind and id of the machine or device that an address is assigned to."""
        assigned = address.get("assigned_object") or {"kind": "", "id": 0}
        interface = self.rows.get(assigned["kind"], {}).get(assigned["id"])
        owner = (interface.fields.get(KINDS[assigned["kind"]].parent) if interface else None) or {"kind": "", "id": 0}
        return owner["kind"], owner["id"]

    def _stored(self, kind: str, name: str, value: Any, ids: dict[str, int]) -> Any:
        if KINDS[kind].field(name).type in (FieldType.REF, FieldType.GENERIC) and value is not None:
            return _stored_ref(value, ids)
        if KINDS[kind].field(name).type is FieldType.REFS:
            return [_stored_ref(item, ids) for item in value]
        return value


def _stored_ref(value: dict[str, Any], ids: dict[str, int]) -> dict[str, Any]:
    number = value.get("id") or ids[value["address"]]
    return {"kind": value["kind"], "id": number, "name": value["name"]}


def _resolved(value: Any, ids: dict[str, int]) -> Any:
    if isinstance(value, dict):
        if "kind" in value and "name" in value:
            return value.get("id") or ids[value["address"]]
        return {name: _resolved(item, ids) for name, item in value.items()}
    return [_resolved(item, ids) for item in value] if isinstance(value, list) else value


def summary(plan: Plan) -> list[tuple[str, str, str]]:
    """Return (action, address, reason) of every change: the plan at a glance."""
    return [(change.action.value, change.address, change.reason.value) for change in plan.changes]


def fields_of(plan: Plan, address: str) -> dict[str, tuple[Any, Any]]:
    """Return field -> (before, after) of one change, references by name."""
    change = next(change for change in plan.changes if change.address == address)
    return {item.field: (_name(item.before), _name(item.after)) for item in change.fields}


def _name(value: Any) -> Any:
    return value["name"] if isinstance(value, dict) and "kind" in value else value


__all__ = ["World", "actual_record", "fields_of", "policy", "summary"]


def asked(made: World) -> set[Lookup]:
    """Return what NetBox is asked for once the objects with our key are known."""
    nothing = made.inventory.replace(asked={})
    return set(lookups_of(match(desire(made.state, nothing, made.policy))))
