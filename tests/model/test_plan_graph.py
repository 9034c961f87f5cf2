from __future__ import annotations

from typing import Any

import pytest

from proxbox_plan.core.errors import DocumentError
from proxbox_plan.mapping import KINDS
from proxbox_plan.model.plan import Action, Change
from proxbox_plan.model.plan.graph import PlanGraph
from tests.builders import change, changed, plan

VM, NIC = "virtual-machine:lab/qemu/100", "vm-interface:lab/qemu/100/net0"
TO_VM = {"kind": "virtual-machine", "name": "web", "address": VM}


def refused(*changes: Change) -> str:
    """Return why a plan of these changes is not taken."""
    with pytest.raises(DocumentError) as found:
        PlanGraph.of(plan(changes=changes), KINDS)
    assert found.value.hint == "Plan again with this version of proxbox-plan."
    return found.value.message


def nic(**fields: Any) -> Change:
    """Return the creation of an interface of the virtual machine."""
    sound: dict[str, Any] = {"fields": (changed("virtual_machine", None, TO_VM),), "depends_on": (VM,)}
    return change(NIC, **(sound | fields))


def links(**fields: Any) -> Change:
    """Return the second pass of the virtual machine."""
    sound: dict[str, Any] = {"depends_on": (VM,), "fields": (changed("primary_ip4", None, None),)}
    return change(f"{VM}#links", Action.UPDATE, **(sound | fields))


def test_a_sound_plan_is_taken() -> None:
    """Every change can be found by its address."""
    graph = PlanGraph.of(plan(changes=(change(VM), nic(), links())), KINDS)
    assert list(graph.changes) == [VM, NIC, f"{VM}#links"]


def test_a_kind_that_this_version_does_not_know() -> None:
    """It could not be written."""
    assert "is of kind 'rack', which this version does not know" in refused(change("rack:lab/1"))


def test_an_address_of_another_kind() -> None:
    """Who reads the address would look for another object."""
    assert "is of kind 'device', which is not the kind of its address" in refused(change(VM, kind="device"))


def test_a_field_that_this_version_does_not_know() -> None:
    """Custom fields and tags are known whatever they are called."""
    assert "has the field 'rack_face'" in refused(change(VM, fields=(changed("rack_face", None, "front"),)))
    sound = (changed("cf_owner", None, "Ops"), changed("tags", None, ["a"]))
    PlanGraph.of(plan(changes=(change(VM, fields=sound),)), KINDS)


def test_one_address_twice() -> None:
    """One of the two would be lost."""
    assert refused(change(VM), change(VM)) == f"The plan cannot be applied: {VM} is a duplicate entry"


def test_an_update_without_an_id() -> None:
    """Only the second pass of what the plan creates has none."""
    assert "has no netbox_id, and the plan does not create its object" in refused(change(VM, Action.UPDATE))
    assert "has no netbox_id, and the plan does not create its object" in refused(links(depends_on=()))
    assert f"does not depend on {VM}, which creates its object" in refused(change(VM), links(depends_on=()))


def test_a_second_pass_that_creates() -> None:
    """It would make the object twice."""
    assert "is a second pass that creates an object" in refused(change(f"{VM}#links"))


def test_a_change_that_depends_on_itself() -> None:
    """It would never be sent."""
    assert "depends on itself" in refused(change(VM, depends_on=(VM,)))


def test_a_dependency_that_is_not_there() -> None:
    """Whether it landed could not be known."""
    assert f"depends on {VM}, which is not in the plan" in refused(nic())


def test_a_reference_to_what_is_not_created() -> None:
    """It has no id, and would get none."""
    assert f"refers in 'virtual_machine' to {VM}, which the plan does not create" in refused(nic(depends_on=()))


def test_an_order_that_cannot_be_applied() -> None:
    """What a change depends on stands before it."""
    assert f"comes before {VM}, on which it depends" in refused(nic(), change(VM))


def test_a_cycle_is_named() -> None:
    """With everything that is in it, in the order of the dependencies."""
    a, b, c = (f"tag:{name}" for name in "abc")
    cycle = (change(a, depends_on=(b,)), change(b, depends_on=(c,)), change(c, depends_on=(a,)))
    assert f"is in a dependency cycle: {a} -> {b} -> {c} -> {a}" in refused(*cycle)


def test_a_change_too_early_in_a_diamond() -> None:
    """Two ways lead from it to what it needs first, and none leads back: its place is wrong, not what it depends on."""
    top = "cluster:lab/cluster"
    sides = ("device:lab/node/pve1", "device:lab/node/pve2")
    changes = (
        change(VM, depends_on=sides),
        change(sides[0], depends_on=(top,)),
        change(sides[1], depends_on=(top,)),
        change(top),
    )
    assert f"comes before {sides[0]}, on which it depends" in refused(*changes)
