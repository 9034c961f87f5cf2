"""Ways around a rule that holds, found by attack: each is closed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from proxbox_plan.core.errors import RefusedError
from proxbox_plan.model.plan import Action
from proxbox_plan.model.policy import ClusterPolicy, Mode
from proxbox_plan.plan import KINDS, make_undo
from proxbox_plan.policy.permitted import check_permitted
from tests.mapping import test_plugin_kinds as plugin_kinds
from tests.mapping.test_backed_up import backup, settled
from tests.mapping.test_backed_up import made as backed_up
from tests.plan.lab import disk, now, vm, world
from tests.plan.test_review import VM, classes, held, ruled


def test_a_held_machine_does_not_move_with_its_cluster() -> None:
    """NetBox writes the site of all machines of a cluster with its scope, so the cluster stays where it is."""
    elsewhere = (ClusterPolicy(name="lab", site="DC2"),)
    made = ruled(world(vm(100), vm(101)), {"when": {"guest": "vm-100"}, "class": "hold"}, clusters=elsewhere)
    assert held(made)["cluster:lab/cluster"] == f"belongs to {VM}, which is held"
    assert made.plan().changes == ()
    assert made.plan().held
    observed = ruled(world(vm(100)), clusters=elsewhere, mode={"virtual-machine": Mode.OBSERVE})
    assert observed.plan().changes == ()
    new = ruled(now(world(vm(100)), vm(100), vm(101)), {"when": {"guest": "vm-101"}, "class": "hold"})
    new.policy = new.policy.replace(clusters=elsewhere)  # who is not there yet is moved by no one
    assert "cluster:lab/cluster" not in held(new)


@pytest.mark.parametrize("when", [{"tag": "freeze"}, {"guest": "APP"}], ids=str)
def test_a_machine_that_is_adopted_is_judged_by_what_netbox_says_of_it(when: dict[str, str]) -> None:
    """It has no key yet, and the name and tags that people gave it."""
    made = world(vm(101))
    cluster = made.find("cluster", "lab/cluster")
    row = made.add("virtual-machine", "APP", cluster=made.ref("cluster", cluster.id), status="active")
    made.rows["virtual-machine"][row.id] = row.replace(tags=("freeze",))
    made = now(made, vm(100, name="app"), vm(101))
    assert classes(made)[VM] == "review"
    found = classes(ruled(made, {"when": when, "class": "hold"}, {"class": "auto"}))
    assert set(found.values()) == {"hold"}


def test_a_machine_that_made_room_is_judged_by_its_own_name() -> None:
    """When its time has come, it is not deleted as a part of the guest that has its vmid now."""
    stages = {"virtual-machine": {"decommission": "now", "delete": "30d"}}
    other = vm(100, name="app", uuid="other", vmgenid="other")
    made = now(world(vm(100, name="frozen"), vm(101), on_missing=stages), other, vm(101))
    made.apply()
    made.now = "2026-12-02T12:00:00Z"
    due = made.plan().changes
    assert {change.action for change in due} == {Action.DELETE}
    ruled(made, {"when": {"guest": "frozen*"}, "class": "hold"}, {"class": "auto"})
    assert set(classes(made).values()) == {"hold"}
    ruled(made, {"when": {"guest": "app"}, "class": "hold"}, {"class": "auto"})
    assert set(classes(made).values()) == {"auto"}


@pytest.mark.parametrize(
    "ref",
    [
        {"kind": "virtual-machine", "name": "vm-100", "id": 1},
        {"kind": "virtual-machine", "name": "vm-100", "id": 1, "address": VM},
    ],
    ids=["by its id", "by its address"],
)
def test_nothing_is_put_on_a_held_machine_under_the_key_of_another(ref: dict[str, Any]) -> None:
    """A plan that was edited so is refused: rules are asked by the key of a change."""
    made = now(world(vm(100), vm(101)), vm(100), vm(101, disks=(disk(), disk("scsi1"))))
    plan = ruled(made, {"when": {"guest": "vm-100"}, "class": "hold"}).plan()
    (change,) = plan.changes
    fields = tuple(replace(item, after=ref) if item.field == "virtual_machine" else item for item in change.fields)
    check_permitted(plan, KINDS, made.policy, made.now)
    with pytest.raises(RefusedError, match="would be put on virtual-machine 'vm-100', which it does not belong to"):
        check_permitted(plan.remade(changes=(change.replace(fields=fields),)), KINDS, made.policy, made.now)


def test_what_belongs_to_a_held_guest_under_a_key_of_its_own() -> None:
    """Backups that are new, changed and gone are the guest's, though they are not below it; in an undo, too."""
    made = backed_up((vm(),), backup(2, notes="kept"), backup(3), now=settled(vm(), backup(1), backup(2)))
    ruled(made, {"when": {"guest": "vm-101"}, "class": "hold"}, {"class": "auto"})
    assert set(classes(made).values()) == {"auto"}
    hold = {"when": {"guest": "vm-100"}, "class": "hold"}
    plan = ruled(made, hold).plan()
    assert plan.changes == ()
    assert sorted(item.change.action for item in plan.held) == ["create", "delete", "update"]
    outcome = ruled(made).outcome(made.plan())
    undo = make_undo(outcome, made.inventory, "sha256:config", ruled(made, hold).policy)
    assert (undo.changes, len(undo.held)) == ((), 3)


def test_a_template_is_judged_by_its_guest() -> None:
    """The plugin's row of it has a key of its own; who holds the guest holds that, too."""
    made = ruled(plugin_kinds.settled(), {"when": {"guest": "debian*"}, "class": "hold"}, {"class": "auto"})
    plugin_kinds.change(made, plugin_kinds.of_guest(900, memory_mib=4096))
    assert held(made) == {"proxbox-template:lab/template/qemu/900": "`review[0]`"}
