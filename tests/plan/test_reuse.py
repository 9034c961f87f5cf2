"""A vmid that another guest has now, where nothing but names and MAC addresses tells two guests apart."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from proxbox_plan.model.plan import Plan
from proxbox_plan.model.state import Guest
from tests.plan.lab import container, lab, nic, now, vm, world
from tests.plan.world import World, policy

CONTAINER = "virtual-machine:lab/lxc/200"


def other(**fields: Any) -> Guest:
    """Return a container with another name and other MAC addresses."""
    slot = nic(201, name="eth0", model="veth", addresses=("10.0.2.9/24",))
    return container(200, **{"name": "other", "nics": (slot,), **fields})


def replaced(plan: Plan) -> bool:
    """Whether the object makes room for that of another guest."""
    return any(change.address == f"{CONTAINER}@replaced" or "replaced" in change.reason for change in plan.changes)


@pytest.mark.parametrize("version", ["4.2.9", "4.7.3"])
def test_another_container(version: str) -> None:
    """Its name and all of its MAC addresses differ: the old object keeps what people wrote on it."""
    made = World(lab(vm(), container()), policy(), version=version)
    made.settle()
    made.edit("virtual-machine", "lab/lxc/200", comments="the accounts are on it")
    then = now(made, vm(), other())
    assert replaced(then.plan())
    then.apply()
    new = then.find("virtual-machine", "lab/lxc/200")
    assert (new.fields["name"], new.fields.get("comments") or "") == ("other", "")
    assert then.plan().changes == ()


SAME = {
    "renamed": {"name": "other", "nics": container().nics},
    "other NICs": {"name": container().name},
    "one NIC of two is the same": {"nics": (*container().nics, nic(201, 1, name="eth1", model="veth"))},
    "no NIC": {"nics": ()},
}


@pytest.mark.parametrize("fields", SAME.values(), ids=SAME)
def test_the_same_container(fields: dict[str, Any]) -> None:
    """What a person may do to a container makes no other one of it."""
    assert not replaced(now(world(), vm(), other(**fields)).plan())


def test_who_has_the_name_keeps_it() -> None:
    """A new guest with a lower vmid takes no name from one that NetBox has under it."""
    made = world(vm(200, name="web"))
    then = replace(made, state=lab(vm(100, name="web"), vm(200, name="web")))
    assert not [change for change in then.plan().changes if change.address == "virtual-machine:lab/qemu/200"]
    then.apply()
    names = {key: then.find("virtual-machine", key).fields["name"] for key in ("lab/qemu/100", "lab/qemu/200")}
    assert names == {"lab/qemu/100": "web (100)", "lab/qemu/200": "web"}
    assert then.plan().changes == ()
