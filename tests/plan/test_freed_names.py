"""The name of a machine that is deleted as its guest is gone: a new guest gets it at once, unless the machine stays."""

from __future__ import annotations

from typing import Any

import pytest

from proxbox_plan.model.inventory.dependents import Dependent
from proxbox_plan.model.kind import OnMissing
from proxbox_plan.model.policy import Policy
from proxbox_plan.model.state import ClusterCoverage
from tests.plan.lab import incomplete, lab, unread, vm
from tests.plan.test_found_again import MACHINE, NetBox, agreed
from tests.plan.world import policy

DELETE: dict[str, Any] = {"on_missing": {MACHINE: OnMissing.DELETE}}
OLD = "lab/qemu/100"


def started() -> NetBox:
    """Return a NetBox that has a guest called web."""
    return agreed(vm(100, name="web"), vm(120), **DELETE)


def name_of_new(made: NetBox) -> str:
    """Return the name under which the new guest is planned, in a plan that NetBox takes; nothing is left to do then."""
    made.apply()
    assert made.plan().changes == ()
    return made.find(MACHINE, "lab/qemu/101").name


def test_the_first_of_several_new_guests_has_it() -> None:
    """Of two with the name the one with the lower vmid."""
    made = started()
    made.state = lab(vm(101, name="Web"), vm(102, name="web"), vm(120))
    assert name_of_new(made) == "Web"
    assert made.find(MACHINE, "lab/qemu/102").name == "web (102)"


@pytest.mark.parametrize("how", ["tagged", "a part is tagged", "in use", "protected in Proxmox", "decommissioned"])
def test_a_machine_that_stays_keeps_its_name(how: str) -> None:
    """The new guest has its vmid in its name, as ever."""
    made = started()
    if how == "tagged":
        made.tag(MACHINE, OLD, "proxbox", "proxbox-protect")
    if how == "a part is tagged":
        made.tag("virtual-disk", f"{OLD}/disk/scsi0", "proxbox-protect")
    if how == "in use":
        number = made.find(MACHINE, OLD).id
        made.dependents.append(Dependent(kind=MACHINE, on=number, model="ipam.service", id=7, name="https"))
    if how == "protected in Proxmox":
        made.again(vm(100, name="web", tags=("proxbox-protect",)), vm(120))
    if how == "decommissioned":
        made.policy = policy()
    made.state = lab(vm(101, name="web"), vm(120))
    assert name_of_new(made) == "web (101)"


@pytest.mark.parametrize("how", ["the list is cut", "not read", "older", "forgotten", "set apart"])
def test_a_machine_that_is_not_proven_gone_keeps_its_name(how: str) -> None:
    """In doubt the name is taken."""
    made = started()
    guests = [vm(101, name="web"), vm(120)]
    state = lab(*guests)
    if how == "the list is cut":
        state = lab(*guests, coverage=ClusterCoverage(guests=incomplete()))
    if how == "not read":
        state = lab(*guests, unread(vm(100)))
    if how == "older":
        row = made.find(MACHINE, OLD)
        assert row.last_applied is not None
        made.rewrite(MACHINE, OLD, last_applied=row.last_applied.__class__(row.last_applied.fields, since="2999"))
    if how == "forgotten":
        made.policy = Policy.model_validate(made.policy.model_dump() | {"forget": [f"{MACHINE}:{OLD}"]})
    if how == "set apart":
        made.rewrite(MACHINE, OLD, key=f"{OLD}~00000000")
    made.state = state.remade(collected={"lab": "2026-11-30T00:00:00Z"})
    names = [change.name for change in made.plan().changes if change.address == f"{MACHINE}:lab/qemu/101"]
    assert names == ["web (101)"]


def test_the_mac_address_that_netbox_made_keeps_no_machine() -> None:
    """From NetBox 4.7 on it makes one of its own for every interface."""
    made = started()
    number = made.find("vm-interface", f"{OLD}/net0").id
    mac = vm(100).nics[0].mac or ""
    made.dependents.append(Dependent(kind="vm-interface", on=number, model="dcim.macaddress", id=9, name=mac))
    made.state = lab(vm(101, name="web"), vm(120))
    plan = made.plan()
    assert [change.name for change in plan.changes if change.address == f"{MACHINE}:lab/qemu/101"] == ["web"]
