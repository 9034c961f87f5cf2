"""A plan that was forged: what no plan has is refused before anything is written, whatever its digests say."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from proxbox_plan.core.address import Address
from proxbox_plan.core.errors import DocumentError, ProxboxError, RefusedError
from proxbox_plan.core.key import Key
from proxbox_plan.model.inventory.dependents import Dependent
from proxbox_plan.model.last_applied import LastApplied, Ownership
from proxbox_plan.model.plan import Adopt, Change, Create, Delete, FieldChange, Plan, Reason, Update
from proxbox_plan.model.relation import Effect
from tests.apply.lab import CONFIGURED, Lab
from tests.apply.preconditions.test_edited_plan import a_delete, machine, tried, with_change

MACHINE = "virtual-machine"


def in_place(lab: Lab, change: Change) -> Plan:
    """Return the plan with a change in the place of the one of its address."""
    return lab.plan.remade(
        changes=tuple(change if item.address == change.address else item for item in lab.plan.changes)
    )


def first(lab: Lab, form: type[Any], kind: str) -> Any:
    """Return the first change of a kind."""
    return next(item for item in lab.plan.changes if isinstance(item, form) and item.kind == kind)


def another_key(lab: Lab) -> Plan:
    """Create what was reviewed, under the key of another guest."""
    return in_place(lab, first(lab, Create, "virtual-disk").replace(key=Key("lab/qemu/999999/disk/scsi0")))


def our_field(name: str) -> Callable[[Lab], Plan]:
    """Return an edit that writes one of our custom fields as if it were another user's."""

    def edit(lab: Lab) -> Plan:
        change = machine(lab)
        return in_place(lab, change.replace(fields=(*change.fields, FieldChange(field=f"cf_{name}", after="x"))))

    return edit


def a_tenant(lab: Lab) -> Plan:
    """Create what is looked up only."""
    fields = (FieldChange(field="name", after="Evil"), FieldChange(field="slug", after="evil"))
    made = Create(address=Address("tenant:evil"), kind="tenant", reason=Reason.SUPPORT, name="Evil", fields=fields)
    return with_change(lab, made)


def a_site(lab: Lab) -> Plan:
    """Create a site, which the configuration forbids."""
    fields = (FieldChange(field="name", after="Evil"), FieldChange(field="slug", after="evil"))
    made = Create(address=Address("site:evil"), kind="site", reason=Reason.SUPPORT, name="Evil", fields=fields)
    return with_change(lab, made)


def a_custom_field(lab: Lab) -> Plan:
    """Create a custom field beside the two of ours."""
    fields = (FieldChange(field="name", after="evil"), FieldChange(field="type", after="text"))
    address = Address("custom-field:evil")
    return with_change(
        lab, Create(address=address, kind="custom-field", reason=Reason.SUPPORT, name="evil", fields=fields)
    )


def a_second_pass_of_another(lab: Lab) -> Plan:
    """Overwrite the object of a person in the second pass of one that is adopted."""
    made = [
        lab.netbox.fake.handle("POST", "/api/virtualization/virtual-machines/", {"name": name, "cluster": 1}).body
        for name in ("ghost", "people")
    ]
    common: dict[str, Any] = {"kind": MACHINE, "cluster": "lab", "key": Key("lab/qemu/9001")}
    adopted = Adopt(
        **common,
        address=Address("virtual-machine:lab/qemu/9001"),
        reason=Reason.MATCHED,
        name="ghost",
        netbox_id=made[0]["id"],
        last_updated=made[0]["last_updated"],
        last_applied=LastApplied(),
    )
    second = Update(
        **common,
        address=adopted.address.second_pass,
        reason=Reason.CYCLE,
        name="people",
        netbox_id=made[1]["id"],
        last_updated=made[1]["last_updated"],
        fields=(FieldChange(field="description", before="", after="taken"),),
    )
    return lab.plan.remade(changes=(adopted, second))


def another_cluster(lab: Lab) -> Plan:
    """Write to an object that another configuration manages."""
    change = machine(lab)
    key = Key("other/qemu/1")
    return with_change(
        lab,
        change.replace(
            address=Address.of(MACHINE, key), key=key, ownership_before=Ownership(key, None), depends_on=(), fields=()
        ),
    )


def a_mixed_undo(lab: Lab) -> Plan:
    """Delete a machine as an undo among changes that are none: `on_missing` does not count for that."""
    return with_change(lab, a_delete(lab, reason=Reason.UNDO))


def taken_along(lab: Lab) -> Plan:
    """Say that an address and a note of people go along with an interface."""
    change = first(lab, Delete, "vm-interface")
    more = Dependent(kind=change.kind, on=change.netbox_id, model="ipam.ipaddress", id=1, name="203.0.113.9/24")
    return in_place(lab, change.replace(along=(*change.along, more)))


def emptied_without_key(lab: Lab) -> Plan:
    """Do not say whose field is emptied with an interface, as if no observed cluster were concerned."""
    change = first(lab, Delete, "vm-interface")
    more = Dependent(
        kind=change.kind,
        on=change.netbox_id,
        model="dcim.interface",
        id=1,
        name="vmbr0",
        effect=Effect.EMPTIED,
        field="bridge",
    )
    return in_place(lab, change.replace(along=(*change.along, more)))


@pytest.mark.parametrize(
    ("edit", "error", "words"),
    [
        (another_key, RefusedError, "would get another key: lab/qemu/999999/disk/scsi0"),
        (our_field("proxbox_key"), RefusedError, "has the field 'cf_proxbox_key'"),
        (our_field("proxbox_applied"), RefusedError, "has the field 'cf_proxbox_applied'"),
        (a_tenant, RefusedError, "would create a tenant, which is looked up only"),
        (a_site, RefusedError, "would create a site, which the configuration has only with"),
        (a_custom_field, RefusedError, "is of a custom field that is not ours"),
        (a_second_pass_of_another, RefusedError, "which may be extended only"),
        (another_cluster, RefusedError, "is of a cluster that the configuration does not have"),
        (a_mixed_undo, RefusedError, "is an undo in a plan that is none"),
        (taken_along, RefusedError, "would take along ipam.ipaddress '203.0.113.9/24'"),
        (emptied_without_key, RefusedError, "would take along dcim.interface 'vmbr0'"),
    ],
)
def test_what_no_plan_has(
    lab: Lab, tmp_path: Path, edit: Callable[[Lab], Plan], error: type[ProxboxError], words: str
) -> None:
    """Keys, bookkeeping, kinds that are looked up only, second passes, undoes and what goes along."""
    policy = CONFIGURED.replace(create_sites=edit is not a_site)
    with pytest.raises(error, match=words):
        tried(lab, edit(lab), tmp_path, policy=policy)


def test_a_dependency_that_was_removed(lab: Lab, tmp_path: Path) -> None:
    """What refers to an object that the plan creates comes after it: else an apply would end half-way."""
    changes = tuple(change.replace(depends_on=()) for change in lab.plan.changes)
    with pytest.raises(DocumentError, match="which the plan creates, and does not depend on it"):
        tried(lab, lab.plan.remade(changes=changes), tmp_path)


@pytest.mark.parametrize("edit", [another_key, taken_along])
def test_another_difference_has_another_digest(lab: Lab, edit: Callable[[Lab], Plan]) -> None:
    """Which key an object gets, and what goes along with a delete, is what `--expect` is for."""
    assert edit(lab).changes_digest != lab.plan.changes_digest
