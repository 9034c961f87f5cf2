"""What is deleted and made again has another id: all that referred to it refers to it again, in whatever table."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest

from proxbox_plan.core.key import Key
from proxbox_plan.mapping import KINDS
from proxbox_plan.model.inventory import Inventory, Lookup, Row
from proxbox_plan.model.inventory.dependents import DEPENDENTS, Dependent
from proxbox_plan.model.kind import Field, FieldType, Kind, OnDelete
from proxbox_plan.model.last_applied import LastApplied, Ownership
from proxbox_plan.model.outcome import Outcome
from proxbox_plan.model.plan import Action, Change, Create, Delete, FieldChange, Plan, Reason, Update
from proxbox_plan.model.policy import Policy
from proxbox_plan.model.policy.areas import Areas
from proxbox_plan.model.problem import ProblemCode
from proxbox_plan.model.relation import Effect
from proxbox_plan.plan import make_undo, undo_lookups
from proxbox_plan.plan.relations.referrers import EMPTIED, record_lookups
from tests.plan.world import URL, done

GONE, OTHER, ROW = 7, 8, 70
FIELDS = [(kind, field, to) for kind, field in EMPTIED for to in field.to if KINDS[to].managed]


def cases(fields: Iterable[tuple[Kind, Field, str]]) -> list[Any]:
    """Return fields as parameters of a test."""
    return [pytest.param(*each, id=f"{each[0].name}.{each[1].name}-{each[2]}") for each in fields]


EACH = cases(FIELDS)
SINGLE = cases(each for each in FIELDS if each[1].type is not FieldType.REFS)
PLUGIN = {"netbox_proxbox": "0.0.29.post6"}
BINDING = KINDS["proxbox-sdn-binding"]


def key(kind: Kind, number: int) -> Key:
    """Return a key that an object of a kind may have."""
    return Key.of("lab", "node", f"pve{number}") if kind.documents == "node" else Key.of("lab", "qemu", number)


def outcome(kind: Kind, field: Field, to: str) -> Outcome:
    """Return the outcome of a plan that deleted an object, and said what lost its reference to it."""
    own = key(KINDS[to], GONE)
    lost = Dependent(
        kind=to, on=GONE, model=kind.object_type, id=ROW, effect=Effect.EMPTIED, field=field.name, key=key(kind, ROW)
    )
    change = Delete(
        address=KINDS[to].address(own),
        kind=to,
        reason=Reason.GONE,
        name="was here",
        cluster="lab",
        netbox_id=GONE,
        key=own,
        ownership_before=Ownership(own, LastApplied({"name": "was here"})),
        along=(lost,),
    )
    return _done(change)


def _done(*changes: Change) -> Outcome:
    results = tuple(done(change, change.target_id or GONE) for change in changes)
    return Outcome.make(plan_id="p", plan_digest="d", netbox_url=URL, changes=changes, results=results, complete=True)


def ref(kind: str, number: int) -> dict[str, Any]:
    """Return a reference as NetBox shows it."""
    return {"kind": kind, "id": number, "name": str(number)}


def undone(found: Outcome, *rows: tuple[Kind, Row]) -> Plan:
    """Plan the undo, of a NetBox with these rows."""
    kinds: dict[str, tuple[Row, ...]] = {}
    for kind, row in rows:
        kinds[kind.name] = (*kinds.get(kind.name, ()), row)
    about = {name: {DEPENDENTS: tuple(str(row.id) for row in of)} for name, of in kinds.items()}
    inventory = Inventory.begun(url=URL, netbox_version="4.7.3", clusters=("lab",), kinds=kinds, asked=about)
    return make_undo(found, inventory, "sha256:config")


def row(kind: Kind, field: Field, value: Any, **more: Any) -> Row:
    """Return the row that referred to the object, as it is now."""
    many = field.type is FieldType.REFS
    applied = LastApplied({field.name: [GONE, OTHER] if many else GONE})
    lists: dict[str, Any] = {"fields": {field.name: value}, "key": key(kind, ROW), "last_applied": applied}
    return Row(id=ROW, name="row", last_updated="stamp", **{**lists, **more})


def left(field: Field, to: str) -> Any:
    """Return what NetBox leaves of a reference to what it deletes."""
    if field.type is FieldType.REFS:
        return [ref(to, OTHER)]
    return ref(to, GONE) if field.on_delete is OnDelete.DO_NOTHING else None


@pytest.mark.parametrize(("kind", "field", "to"), EACH)
def test_it_refers_to_it_again(kind: Kind, field: Field, to: str) -> None:
    """By its address, as it has no id yet; so does what was last applied, and the row is looked up for that."""
    found = outcome(kind, field, to)
    (made, back) = undone(found, (kind, row(kind, field, left(field, to)))).changes
    assert isinstance(made, Create)
    (change,) = back.fields
    again = {"kind": to, "name": "was here", "address": str(made.address)}
    assert change.after == ([ref(to, OTHER), again] if field.type is FieldType.REFS else again)
    assert change.before == left(field, to)
    assert back.depends_on == (made.address,)
    assert isinstance(back, Update)
    assert back.last_applied is not None
    assert back.last_applied.fields[field.name] == ([OTHER, again] if field.type is FieldType.REFS else again)
    nothing = Inventory.begun(url=URL, netbox_version="4.7.3", plugins=PLUGIN, clusters=("lab",))
    assert Lookup(kind.name, "id", str(ROW)) in undo_lookups(found, nothing)
    without = undo_lookups(found, nothing.replace(plugins={}))
    assert (Lookup(kind.name, "id", str(ROW)) in without) is (kind.plugin is None)


@pytest.mark.parametrize(("kind", "field", "to"), [case for case in EACH if case.values[1].type is not FieldType.REFS])
def test_another_value_since_stays(kind: Kind, field: Field, to: str) -> None:
    """A person gave it; of a list, only what was lost comes back."""
    plan = undone(outcome(kind, field, to), (kind, row(kind, field, ref(to, OTHER))))
    assert [change.action for change in plan.changes] == [Action.CREATE]


@pytest.mark.parametrize(("kind", "field", "to"), EACH)
def test_what_is_no_longer_ours_stays(kind: Kind, field: Field, to: str) -> None:
    """A person took our key off the row."""
    theirs = row(kind, field, left(field, to), key=None, last_applied=None)
    plan = undone(outcome(kind, field, to), (kind, theirs))
    assert [change.action for change in plan.changes] == [Action.CREATE]


def fresh(kind: Kind) -> Row:
    """Return what the apply created."""
    return Row(id=GONE, name="new", fields={}, key=key(kind, GONE), last_applied=LastApplied({}), last_updated="stamp")


def created(kind: Kind) -> Outcome:
    """Return the outcome of a plan that created an object."""
    return _done(
        Create(
            address=kind.address(key(kind, GONE)),
            kind=kind.name,
            reason=Reason.NEW,
            name="new",
            cluster="lab",
            key=key(kind, GONE),
            fields=(),
            last_applied=LastApplied({}),
        )
    )


@pytest.mark.parametrize(("kind", "field", "to"), EACH)
def test_the_undo_of_a_creation_says_what_loses_it(kind: Kind, field: Field, to: str) -> None:
    """A later apply let a row refer to it: the plan that deletes it says so."""
    new = fresh(KINDS[to])
    value = [ref(to, GONE)] if field.type is FieldType.REFS else ref(to, GONE)
    plan = undone(created(KINDS[to]), (KINDS[to], new), (kind, row(kind, field, value)))
    change = next(change for change in plan.changes if change.kind == to)
    assert isinstance(change, Delete)
    assert [(item.model, item.id, item.field, item.key) for item in change.along] == [
        (kind.object_type, ROW, field.name, key(kind, ROW))
    ]


@pytest.mark.parametrize(("plugin", "areas", "asked"), [(True, True, True), (False, True, False), (True, False, False)])
def test_the_records_of_the_plugin_are_looked_up(plugin: bool, areas: bool, asked: bool) -> None:  # noqa: FBT001
    """Those that refer to what the undo deletes, where NetBox has the plugin and the configuration its kinds."""
    vlan = KINDS["vlan"]
    new = fresh(vlan)
    plugins = PLUGIN if plugin else {}
    inventory = Inventory.begun(
        url=URL, netbox_version="4.7.3", plugins=plugins, clusters=("lab",), kinds={"vlan": (new,)}
    )
    policy = Policy(clusters=(), areas=Areas(sdn=areas))
    lookups = undo_lookups(created(vlan), inventory, policy)
    assert (Lookup(BINDING.name, "id__gt", "0") in lookups) is asked


def test_what_netbox_keeps_it_for() -> None:
    """A prefix in a VRF: NetBox would refuse the delete, so the plan says so instead."""
    kind, vrf = KINDS["prefix"], KINDS["vrf"]
    plan = undone(created(vrf), (vrf, fresh(vrf)), (kind, row(kind, kind.field("vrf"), ref("vrf", GONE))))
    assert plan.changes == ()
    (problem,) = plan.problems
    assert problem.code is ProblemCode.HOLDS_OTHERS
    assert "NetBox refuses that while ipam.prefix 'row' refers to it" in problem.message


def test_what_a_person_pointed_at_it_keeps_it() -> None:
    """A row of ours, and a field that we write, but not what we wrote."""
    kind = KINDS["vm-interface"]
    field = kind.field("untagged_vlan")
    new = fresh(KINDS["vlan"])
    theirs = row(kind, field, ref("vlan", GONE), last_applied=LastApplied({field.name: OTHER}))
    plan = undone(created(KINDS["vlan"]), (KINDS["vlan"], new), (kind, theirs))
    assert [problem.code for problem in plan.problems] == [ProblemCode.HOLDS_OTHERS]
    assert plan.changes == ()


def test_what_the_plan_itself_points_elsewhere_keeps_nothing() -> None:
    """Whoever pointed it at what goes: the same undo gives it another value."""
    kind, vlan = KINDS["vm-interface"], KINDS["vlan"]
    field = kind.field("untagged_vlan")
    theirs = row(kind, field, ref("vlan", GONE), last_applied=LastApplied({field.name: OTHER}))
    update = Update(
        address=kind.address(key(kind, ROW)),
        kind=kind.name,
        reason=Reason.CHANGED,
        name="row",
        cluster="lab",
        netbox_id=ROW,
        key=theirs.key,
        ownership_before=Ownership(theirs.key or Key(""), LastApplied({field.name: OTHER})),
        fields=(FieldChange(field=field.name, before=ref("vlan", OTHER), after=ref("vlan", GONE)),),
        last_applied=LastApplied({field.name: GONE}),
    )
    made, *_ = created(vlan).changes
    plan = undone(_done(made, update), (vlan, fresh(vlan)), (kind, theirs))
    assert plan.problems == ()
    assert {(change.kind, change.action) for change in plan.changes} == {
        ("vlan", Action.DELETE),
        ("vm-interface", Action.UPDATE),
    }


@pytest.mark.parametrize(
    ("kind", "asked"),
    [
        ("proxbox-node", Lookup("proxbox-replication", "proxmox_node", "7")),
        ("vm-interface", Lookup("proxbox-guest-interface", "vm_interface_id", "7")),
        ("l2vpn", Lookup("proxbox-sdn-vnet", "id__gt", "0")),
    ],
)
def test_each_question_has_a_filter_that_the_plugin_knows(kind: str, asked: Lookup) -> None:
    """By the name of the field, by its id, or for all rows where there is none."""
    inventory = Inventory.begun(url=URL, netbox_version="4.7.3", plugins=PLUGIN, clusters=("lab",), kinds={})
    assert asked in set(record_lookups(inventory, kind, 7, lambda _: True))
