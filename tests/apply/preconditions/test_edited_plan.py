"""A plan that was edited and sealed anew has a right digest: what it says is compared with what is known without it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from proxbox_plan.core.address import Address
from proxbox_plan.core.errors import NetBoxError, RefusedError, StaleError
from proxbox_plan.core.key import Key
from proxbox_plan.demo.netbox import Fault
from proxbox_plan.model.kind import KEY_FIELD
from proxbox_plan.model.last_applied import LastApplied, Ownership
from proxbox_plan.model.plan import Change, Create, Delete, FieldChange, Plan, Reason, Update
from proxbox_plan.model.policy import Check, Limits, Policy
from proxbox_plan.model.reference import Ref, refs_of
from proxbox_plan.policy.permission import Consent
from tests.apply.lab import CONFIGURED, Lab
from tests.apply.results import writes

FREE = CONFIGURED.replace(checks=(Check(name="no deletes", when='change.action == "delete"'),))


def machine(lab: Lab) -> Update:
    """Return an update of the memory of a virtual machine."""
    return next(
        change
        for change in lab.plan.changes
        if isinstance(change, Update) and any(item.field == "memory" for item in change.fields) and change.netbox_id
    )


def with_change(lab: Lab, change: Change) -> Plan:
    """Return the plan with a change in the place of the one of that address, or in the first place."""
    others = tuple(item for item in lab.plan.changes if item.address != change.address)
    return lab.plan.remade(changes=(change, *others))


def tried(lab: Lab, plan: Plan, folder: Path, **options: Any) -> None:
    """Apply an edited plan."""
    try:
        replace(lab, plan=plan).apply(folder, **options)
    finally:
        assert writes(lab) == []


def another_machine(lab: Lab) -> int:
    """Return a virtual machine of ours that the plan does not touch."""
    touched = {change.target_id for change in lab.plan.changes if change.kind == "virtual-machine"}
    return next(number for number in lab.netbox.fake.rows("virtualization.virtualmachine") if number not in touched)


def stamp(lab: Lab, label: str, number: int) -> str:
    """Return the time stamp of an object as lists have it."""
    path = {"virtualization.virtualmachine": "virtualization/virtual-machines", "tenancy.tenant": "tenancy/tenants"}
    return str(lab.netbox.fake.handle("GET", f"/api/{path[label]}/{number}/").body["last_updated"])


def other_target(lab: Lab) -> Plan:
    """Show one machine, and write to another one."""
    number = another_machine(lab)
    label = "virtualization.virtualmachine"
    return with_change(lab, machine(lab).replace(netbox_id=number, last_updated=stamp(lab, label, number)))


def other_key_too(lab: Lab) -> Plan:
    """Say also the other machine's key: the name that is shown is the one of the first machine."""
    number = another_machine(lab)
    label = "virtualization.virtualmachine"
    key = Key(lab.netbox.fake.rows(label)[number]["custom_fields"]["proxbox_key"])
    change = machine(lab)
    return with_change(
        lab,
        change.replace(
            address=Address.of("virtual-machine", key),
            key=key,
            ownership_before=Ownership(key, None),
            netbox_id=number,
            last_updated=stamp(lab, label, number),
        ),
    )


def other_before(lab: Lab) -> Plan:
    """Show that little changes: from the very value that NetBox does not have."""
    change = machine(lab)
    fields = tuple(replace(item, before=1) if item.field == "memory" else item for item in change.fields)
    return with_change(lab, change.replace(fields=fields))


def no_platform(lab: Lab) -> Plan:
    """Refer to an object that does not exist."""
    change = next(item for item in lab.plan.changes if any(ref.kind == "platform" for ref in references(item)))
    fields = tuple(
        replace(item, after={"kind": "platform", "id": 999999, "name": "x"}) if item.field == "platform" else item
        for item in change.fields
    )
    return with_change(lab, change.replace(fields=fields, depends_on=()))


def references(change: Change) -> Iterator[Ref]:
    """Yield what a change refers to."""
    return (ref for item in change.fields for ref in refs_of(item.after))


def other_shared_object(lab: Lab) -> Plan:
    """Show one of our custom fields, and extend the other one."""
    number, row = next(iter(lab.netbox.fake.rows("extras.customfield").items()))
    shown = lab.netbox.fake.handle("GET", f"/api/extras/custom-fields/{number}/").body
    types = sorted(shown["object_types"])
    (other,) = {"proxbox_key", "proxbox_applied"} - {row["name"]}
    change = Update(
        address=Address(f"custom-field:{other}"),
        kind="custom-field",
        reason=Reason.SUPPORT,
        name=other,
        netbox_id=number,
        last_updated=shown["last_updated"],
        fields=(FieldChange(field="object_types", before=types, after=[*types, "dcim.site"]),),
    )
    return with_change(lab, change)


@pytest.mark.parametrize(
    ("edit", "words"),
    [
        (no_platform, "refers to platform 'x', which no longer exists"),
        (other_shared_object, "is another object: it is called 'proxbox_"),
        (other_target, "is another object: it carries 'lab/"),
        (other_key_too, "is another object than the plan shows: it is called"),
        (other_before, "has another memory than the plan says"),
    ],
)
def test_what_is_shown_is_what_is_written_to(lab: Lab, tmp_path: Path, edit: Callable[[Lab], Plan], words: str) -> None:
    """Target, key, name and values before are those of the live object."""
    plan = edit(lab)
    forced = tuple(hit.replace(affected=hit.managed) for hit in plan.limits)
    with pytest.raises(StaleError, match=words):
        tried(lab, plan.remade(limits=forced), tmp_path)


def a_delete(lab: Lab, **values: Any) -> Delete:
    """Return a deletion of a virtual machine."""
    change = machine(lab)
    common = {name: getattr(change, name) for name in ("address", "kind", "name", "cluster", "netbox_id", "key")}
    owned = {"last_updated": change.last_updated, "ownership_before": change.ownership_before}
    return Delete(**{**common, **owned, "reason": Reason.GONE, **values})


def a_tenant(lab: Lab) -> Delete:
    """Return a deletion of a tenant."""
    made = lab.netbox.fake.handle("POST", "/api/tenancy/tenants/", {"name": "People", "slug": "people"}).body
    return Delete(
        address=Address("tenant:people"),
        kind="tenant",
        reason=Reason.GONE,
        name="People",
        netbox_id=made["id"],
        last_updated=made["last_updated"],
    )


def an_overwritten_tag(lab: Lab) -> Update:
    """Return an update of a tag of ours that is more than an extension."""
    number, row = next(iter(lab.netbox.fake.rows("extras.tag").items()))
    return Update(
        address=Address(f"tag:{row['slug']}"),
        kind="tag",
        reason=Reason.SUPPORT,
        name=row["name"],
        netbox_id=number,
        fields=(FieldChange(field="color", before=row["color"], after="000000"),),
    )


def a_stolen_machine(lab: Lab) -> Update:
    """Return an update of an object that is said to have no key."""
    return machine(lab).replace(ownership_before=None)


def an_address_of_another(lab: Lab) -> Update:
    """Return an update that the plan shows under the address of another machine."""
    return machine(lab).replace(address=Address("virtual-machine:lab/qemu/999999"))


def a_new_key(lab: Lab) -> Update:
    """Return an update that is a move."""
    return machine(lab).replace(key=Key("lab/qemu/999999"))


def a_field_that_is_only_read(lab: Lab) -> Create:
    """Return the creation of a VLAN group that says which VLAN ids people may use in it."""
    del lab
    key, values = Key("lab/vlan-group/777"), {"name": "Narrow", "slug": "narrow", "vid_ranges": [[1, 2]]}
    return Create(
        address=Address.of("vlan-group", key),
        kind="vlan-group",
        reason=Reason.NEW,
        name="Narrow",
        cluster="lab",
        key=key,
        fields=tuple(FieldChange(field=name, after=value) for name, value in values.items()),
        last_applied=LastApplied(values),
    )


@pytest.mark.parametrize(
    ("edit", "words"),
    [
        (a_field_that_is_only_read, "would write the field 'vid_ranges', which is only read"),
        (a_tenant, "would delete a shared object"),
        (lambda lab: a_delete(lab, ownership_before=None), "would delete an object without our key"),
        (lambda lab: a_delete(lab, reason=Reason.CHANGED), "a reason that deletes nothing"),
        (an_overwritten_tag, "may be extended only"),
        (a_stolen_machine, "may be extended only"),
        (an_address_of_another, "is of an object with another key: lab/"),
        (a_new_key, "would give an object another key"),
    ],
)
def test_what_no_plan_ever_does(lab: Lab, tmp_path: Path, edit: Callable[[Lab], Change], words: str) -> None:
    """Deletes of shared objects and of those without our key, and values of others overwritten."""
    with pytest.raises(RefusedError, match=words):
        tried(lab, with_change(lab, edit(lab)), tmp_path)


@pytest.mark.parametrize("reason", [Reason.GONE, Reason.PARENT_GONE, Reason.REPLACED])
def test_a_delete_that_the_configuration_does_not_have(lab: Lab, tmp_path: Path, reason: Reason) -> None:
    """`on_missing` of virtual machines is `decommission` unless it says otherwise."""
    with pytest.raises(RefusedError, match="`on_missing` of virtual-machine is not `delete`"):
        tried(lab, with_change(lab, a_delete(lab, reason=reason)), tmp_path, policy=CONFIGURED.replace(on_missing={}))


@pytest.mark.parametrize(
    ("wrong", "words"),
    [({"kind": "tag", "id": 1, "name": "x"}, "to an object of the kind 'tag'"), (1, "has no reference in ")],
    ids=["kind", "number"],
)
def test_a_reference_to_an_object_of_another_kind(lab: Lab, tmp_path: Path, wrong: Any, words: str) -> None:
    """The id would be taken for one of the field's own kind, and so would a bare number."""
    change = next(item for item in lab.plan.changes if isinstance(item, Create) and item.kind == "virtual-machine")
    fields = tuple(replace(item, after=wrong) if list(refs_of(item.after)) else item for item in change.fields)
    with pytest.raises(RefusedError, match=words):
        tried(lab, with_change(lab, change.replace(fields=fields, depends_on=())), tmp_path)


def test_without_a_configuration(lab: Lab, tmp_path: Path) -> None:
    """Through the API a plan may be applied without one: its limits and checks are those that the plan shows."""
    free = replace(lab, plan=lab.plan.remade(limits=()))
    assert free.apply(tmp_path, policy=None).complete


def test_a_netbox_that_does_not_count(lab: Lab, tmp_path: Path) -> None:
    """How many objects are managed decides what may change: without the number nothing does."""
    counts = f"cf_{KEY_FIELD}__isw"
    lab.reset(lambda record: Fault(status=200, body={"results": []}) if counts in record.query else None)
    with pytest.raises(NetBoxError, match="without a number of objects"):
        tried(lab, lab.plan, tmp_path)


def test_limits_are_computed_again(lab: Lab, tmp_path: Path) -> None:
    """The plan was made with --force-limit and shows what it exceeds; without that it is refused."""
    assert lab.plan.limits
    assert all(hit.forced for hit in lab.plan.limits)
    with pytest.raises(RefusedError, match="exceeds a change limit"):
        tried(lab, lab.plan.remade(limits=()), tmp_path)


@pytest.mark.parametrize("policy", [CONFIGURED, None])
def test_a_plan_does_not_permit_itself(lab: Lab, tmp_path: Path, policy: Policy | None) -> None:
    """Whoever edits it may call any limit forced: the apply is told so, too, or the plan is refused."""
    hit = lab.plan.limits[0].replace(affected=9999, managed=9999, allowed=9999, message="nothing to see")
    for limits in (lab.plan.limits, (hit, *lab.plan.limits[1:])):
        with pytest.raises(RefusedError, match="this apply was not told to ignore it") as refused:
            tried(lab, lab.plan.remade(limits=limits), tmp_path, policy=policy, consent=Consent())
        assert refused.value.hint == "Review the plan. If it is right, apply it with --force-limit."


def test_the_label_that_the_configuration_asks_for(lab: Lab, tmp_path: Path) -> None:
    """It does what `--force-limit` does; another one does not."""
    policy = CONFIGURED.replace(limits=Limits(label="many-changes"))
    with pytest.raises(RefusedError) as refused:
        tried(lab, lab.plan, tmp_path, policy=policy, consent=Consent(labels=("other",)))
    assert refused.value.hint.endswith("apply it with --force-limit or `--label many-changes`.")
    assert lab.apply(tmp_path, policy=policy, consent=Consent(labels=("many-changes",))).complete


@pytest.mark.parametrize("limits", ["fewer", "another cluster"])
def test_limits_that_are_shown_as_less(lab: Lab, tmp_path: Path, limits: str) -> None:
    """What is forced is what the plan shows, and no more."""
    hit = lab.plan.limits[0]
    other = hit.replace(affected=hit.affected - 1) if limits == "fewer" else hit.replace(cluster="other")
    with pytest.raises(RefusedError, match="exceeds a change limit"):
        tried(lab, lab.plan.remade(limits=(other, *lab.plan.limits[1:])), tmp_path)


def test_reasons_hide_nothing_from_the_limits(lab: Lab, tmp_path: Path) -> None:
    """A part goes along only with a parent that goes in the same plan; a deletion counts whatever its reason."""
    hidden = tuple(
        change.replace(reason=Reason.PARENT_GONE) if isinstance(change, Delete | Update) else change
        for change in lab.plan.changes
    )
    policy = CONFIGURED.replace(on_missing=dict.fromkeys(("virtual-machine", "vm-interface"), "delete"))
    with pytest.raises(RefusedError, match="exceeds a change limit"):
        tried(lab, lab.plan.remade(changes=hidden, limits=()), tmp_path, policy=policy)


@pytest.mark.parametrize("policy", [FREE])
def test_checks_are_computed_again(lab: Lab, tmp_path: Path, policy: Policy) -> None:
    """Whatever the plan says that they gave."""
    assert lab.plan.checks == ()
    with pytest.raises(RefusedError, match="denied by the check 'no deletes'"):
        tried(lab, lab.plan, tmp_path, policy=policy)


def test_the_bookkeeping_is_not_compared(lab: Lab, tmp_path: Path) -> None:
    """It decides nothing: it is what undo gives back, which has a review of its own."""
    change = machine(lab)
    assert change.ownership_before is not None
    owned = Ownership(change.ownership_before.key, LastApplied())
    changes = tuple(
        item.replace(ownership_before=owned) if item.address == change.address else item for item in lab.plan.changes
    )
    assert replace(lab, plan=lab.plan.remade(changes=changes)).apply(tmp_path).complete
