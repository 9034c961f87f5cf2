"""Three-way per field: Proxmox's changes are applied, people's edits respected as the owner of the field says."""

from __future__ import annotations

from typing import Any

import pytest

from proxbox_plan.model.kind import Owner
from proxbox_plan.model.plan import Cause
from tests.plan.lab import container, now, vm, world
from tests.plan.world import fields_of, policy, summary

VM = "virtual-machine:lab/qemu/100"


def test_a_hard_fact_edited_in_netbox_is_put_back() -> None:
    """Proxmox owns how much memory there is."""
    made = world()
    made.edit("virtual-machine", "lab/qemu/100", memory=1)
    plan = made.plan()
    assert summary(plan) == [("update", VM, "edited-in-netbox")]
    assert fields_of(plan, VM) == {"memory": (1, 2048)}
    assert plan.changes[0].fields[0].cause is Cause.NETBOX


def test_a_tag_of_ours_that_a_person_took_away_comes_back() -> None:
    """It says what is managed; the cause is an edit in NetBox."""
    made = world()
    made.tag("virtual-machine", "lab/qemu/100")
    plan = made.plan()
    assert fields_of(plan, VM) == {"tags": ([], ["proxbox"])}
    assert plan.changes[0].fields[0].cause is Cause.NETBOX


@pytest.mark.parametrize(("field", "value"), [("description", "mine"), ("comments", "mine"), ("tenant", "x")])
def test_judgement_edited_in_netbox_stays(field: str, value: Any) -> None:
    """Trap 10: role, tenant, platform, description and comments belong to people once they touched them."""
    made = world(vm(description="a note"), container())
    if field == "tenant":
        value = {"kind": "tenant", "id": made.add("tenant", "Acme").id, "name": "Acme"}
    made.edit("virtual-machine", "lab/qemu/100", **{field: value})
    plan = made.plan()
    assert plan.changes == ()
    assert [item.field for item in plan.preserved] == ([] if field == "tenant" else [field])


def test_an_edited_role_stays() -> None:
    """Trap 10: a person's role is not overwritten."""
    made = world()
    role = made.add("device-role", "Router")
    made.edit("virtual-machine", "lab/qemu/100", role={"kind": "device-role", "id": role.id, "name": "Router"})
    assert made.plan().changes == ()


def test_judgement_follows_proxmox_while_nobody_touched_it() -> None:
    """A new note becomes the new description as long as no person wrote another."""
    made = now(world(vm(description="old")), vm(description="new"))
    assert fields_of(made.plan(), VM) == {"description": ("old", "new"), "comments": ("old", "new")}


def test_changed_on_both_sides_is_named_so() -> None:
    """When Proxmox and a person changed a field, the owner wins and the plan says that both did."""
    made = world()
    made.edit("virtual-machine", "lab/qemu/100", memory=1)
    made = now(made, vm(memory_mib=4096), container())
    assert summary(made.plan()) == [("update", VM, "changed-on-both-sides")]


def test_a_primary_address_that_a_person_deleted_was_changed_in_netbox() -> None:
    """F10: NetBox emptied the reference with it; Proxmox says what it said before."""
    made = world(vm())
    number = made.find("ip-address", "lab/qemu/100/net0/ip/10.0.1.100").id
    del made.rows["ip-address"][number]
    made.edit("virtual-machine", "lab/qemu/100", primary_ip4=None)
    (links,) = (change for change in made.plan().changes if change.address.is_second_pass)
    assert [(item.field, item.cause) for item in links.fields] == [("primary_ip4", Cause.NETBOX)]


def test_the_owner_of_a_field_can_be_configured() -> None:
    """`owners: {virtual-machine: {name: netbox}}` lets people rename."""
    made = world(owners={"virtual-machine": {"name": Owner.NETBOX}})
    made.edit("virtual-machine", "lab/qemu/100", name="mine")
    assert made.plan().changes == ()


def test_create_only_never_updates() -> None:
    """A create-only field is set once."""
    made = now(world(owners={"virtual-machine": {"memory": Owner.CREATE_ONLY}}), vm(memory_mib=9), container())
    assert made.plan().changes == ()


def test_tags_of_people_stay_and_ours_go_when_proxmox_drops_them() -> None:
    """Only tags we added are removed."""
    made = world(vm(tags=("prod", "web")), container())
    made.tag("virtual-machine", "lab/qemu/100", "proxbox", "prod", "web", "mine")
    made = now(made, vm(tags=("prod",)), container())
    assert fields_of(made.plan(), VM) == {"tags": (["mine", "prod", "proxbox", "web"], ["mine", "prod", "proxbox"])}


def test_an_ignored_object_is_never_touched() -> None:
    """The tag proxbox-ignore takes an object away from us."""
    made = world()
    made.tag("virtual-machine", "lab/qemu/100", "proxbox", "proxbox-ignore")
    assert now(made, vm(memory_mib=1), container()).plan().changes == ()


def test_a_protected_object_is_never_removed() -> None:
    """The tag proxbox-protect keeps an object and what hangs off it."""
    made = world()
    made.tag("virtual-machine", "lab/qemu/100", "proxbox", "proxbox-protect")
    assert now(made, container()).plan().changes == ()


def test_a_forgotten_object_loses_our_marks_and_nothing_else() -> None:
    """`forget` in the configuration releases an object."""
    made = world()
    made.policy = policy(forget=("virtual-disk:lab/qemu/100/*",))
    assert summary(made.apply()) == [("forget", "virtual-disk:lab/qemu/100/disk/scsi0", "forgotten-in-config")]
    assert made.plan().changes == ()
    assert "lab/qemu/100/disk/scsi0" not in made.keys("virtual-disk")


def test_a_long_note_is_remembered_by_its_hash() -> None:
    """A note of megabytes is not stored a second time in the bookkeeping."""
    made = world(vm(description="x" * 10_000))
    applied = made.find("virtual-machine", "lab/qemu/100").last_applied
    assert applied is not None
    assert applied.fields["comments"].startswith("sha256:")
    assert len(str(applied)) < 2_000
    assert made.plan().preserved == ()
    assert [line[2] for line in summary(now(made, vm(description="y" * 10_000)).plan())] == ["changed-in-proxmox"]
