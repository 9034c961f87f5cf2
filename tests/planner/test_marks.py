"""Our two custom fields are on the object types of what is wanted with our marks, and on no others."""

from __future__ import annotations

from proxbox_plan.model.plan import Action
from tests.planner.lab import disk, lab, now, vm, world
from tests.planner.world import World, fields_of, policy

MARKS = ("custom-field:proxbox_applied", "custom-field:proxbox_key")
DISK_TYPE = "virtualization.virtualdisk"


def types_of(made: World) -> set[str]:
    """Return the object types the key is on."""
    (found,) = (
        set(row.fields["object_types"]) for row in made.rows["custom-field"].values() if row.name == MARKS[1][13:]
    )
    return found


def test_what_nothing_is_wanted_of_gets_no_field() -> None:
    """There nothing can be ours, so that its list need not be read either."""
    made = World(lab(vm(disks=())), policy())
    made.apply()
    assert {"virtualization.virtualmachine", "dcim.device", "ipam.vlan"} <= types_of(made)
    assert not {DISK_TYPE, "ipam.vrf", "ipam.prefix", "dcim.macaddress"} & types_of(made)


def test_an_object_type_that_comes_up_later_is_added_before_what_needs_it() -> None:
    """NetBox refuses a key where the field is not."""
    made = World(lab(vm(disks=())), policy())
    made.apply()
    known = types_of(made)
    after = now(made, vm(disks=(disk(),)))
    plan = after.plan()
    changes = {change.address: change for change in plan.changes}
    for mark in MARKS:
        assert changes[mark].action is Action.UPDATE
        assert fields_of(plan, mark) == {"object_types": (sorted(known), sorted({*known, DISK_TYPE}))}
    assert set(MARKS) <= set(changes["virtual-disk:lab/qemu/100/disk/scsi0"].depends_on)
    after.apply(plan)
    assert after.plan().changes == ()


def test_what_is_wanted_no_more_keeps_its_field() -> None:
    """Its objects are ours until they are gone, and taking the field away would take their keys."""
    made = now(world(), vm(disks=()))
    plan = made.apply()
    assert not set(MARKS) & {change.address for change in plan.changes}
    assert DISK_TYPE in types_of(made)
