"""A guest that is back after its vmid was another guest's: its machine is revived, and no third one is made."""

from __future__ import annotations

from typing import Any

import pytest

from proxbox_plan.model.state import Guest
from tests.plan.lab import now, seen, vm, world
from tests.plan.world import World, fields_of, summary

RESTORED = "22222222-0000-4000-8000-000000000100"  # a vmgenid is made anew by a restore


def other(**fields: Any) -> Guest:
    """Return another guest with the vmid 100."""
    uuid, vmgenid = "99999999-0000-4000-8000-000000000100", "99999999-1111-4000-8000-000000000100"
    sound: dict[str, Any] = {"name": "other", "uuid": uuid, "vmgenid": vmgenid, "addresses": seen(100, "10.0.1.9/24")}
    return vm(100, **(sound | fields))


def replaced() -> tuple[World, int]:
    """Return a world in which another guest took the vmid, and the id of the first guest's machine."""
    made = world(vm(100))
    number = made.find("virtual-machine", "lab/qemu/100").id
    made.edit("virtual-machine", "lab/qemu/100", comments="see the wiki")
    made = now(made, other())
    made.settle()
    assert made.rows["virtual-machine"][number].key == "lab/qemu/100~00000000"
    return made, number


def machines(made: World) -> dict[int, tuple[str, str, str | None]]:
    """Return name, status and key of the machines, by id."""
    rows = made.rows["virtual-machine"].values()
    return {row.id: (row.fields["name"], row.fields["status"], row.key) for row in rows}


@pytest.mark.parametrize("vmgenid", [vm(100).vmgenid, RESTORED])
def test_it_is_back_under_its_vmid(vmgenid: str) -> None:
    """E12: the two change places: its own machine is active again with all on it, the other one is set apart."""
    made, number = replaced()
    made = now(made, vm(100, vmgenid=vmgenid))
    plan = made.apply()
    assert ("move", "virtual-machine:lab/qemu/100", "back-in-proxmox") in summary(plan)
    found = machines(made)
    assert found.pop(number) == ("vm-100", "active", "lab/qemu/100")
    assert [(status, key) for _, status, key in found.values()] == [("decommissioning", "lab/qemu/100~99999999")]
    assert made.rows["virtual-machine"][number].fields["comments"] == "see the wiki"
    assert made.plan().changes == ()


def test_it_is_back_under_another_vmid() -> None:
    """The guest that has its vmid stays as it is."""
    made, number = replaced()
    made = now(made, other(), vm(107, name="vm-100", uuid=vm(100).uuid, vmgenid=RESTORED))
    plan = made.apply()
    assert fields_of(plan, "virtual-machine:lab/qemu/107")["status"] == ("decommissioning", "active")
    assert machines(made)[number] == ("vm-100", "active", "lab/qemu/107")
    assert len(machines(made)) == 2
    assert made.plan().changes == ()


@pytest.mark.parametrize("how", ["protected", "in use", "another uuid"])
def test_a_machine_that_is_not_free(how: str) -> None:
    """One that people protect or use again is theirs, and another uuid is another guest: a new machine is made."""
    made, number = replaced()
    key = "lab/qemu/100~00000000"
    if how == "protected":
        made.tag("virtual-machine", key, "proxbox-protect")
    if how == "in use":
        made.edit("virtual-machine", key, status="active")
    uuid = vm(100).uuid if how != "another uuid" else "33333333-0000-4000-8000-000000000107"
    made = now(made, other(), vm(107, uuid=uuid, vmgenid=RESTORED))
    made.apply()
    assert made.rows["virtual-machine"][number].key == key
    assert len(machines(made)) == 3
    assert made.plan().changes == ()
