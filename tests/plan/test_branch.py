"""A plan for a branch of NetBox holds nothing that NetBox would write to main."""

from __future__ import annotations

import pytest

from proxbox_plan.core.errors import RefusedError
from proxbox_plan.model.branch import Branch, BranchView
from proxbox_plan.model.plan import Plan
from proxbox_plan.plan import make_plan
from tests.plan.lab import container, now, vm, world
from tests.plan.world import World

BRANCH = Branch(name="proxmox", schema_id="abcdefgh")


def planned(made: World, *outside: str) -> Plan:
    """Plan for a branch that cannot hold some kinds."""
    view = BranchView(branch=BRANCH, outside=outside)
    return make_plan(made.state, made.inventory.remade(view=view), made.policy, "sha256:config")


def changed() -> World:
    """Return a world with one change, of a virtual machine."""
    return now(world(), vm(memory_mib=4096), container())


def test_what_a_branch_can_hold_is_planned_for_it() -> None:
    """The plan is bound to the branch."""
    plan = planned(changed(), "custom-field")
    assert [change.kind for change in plan.changes] == ["virtual-machine"]
    assert plan.binding.branch == BRANCH


def test_what_a_branch_cannot_hold_is_refused() -> None:
    """The error names the changes and the commands that apply them to main first."""
    with pytest.raises(RefusedError, match=r"cannot hold 1 of the changes.*virtual-machine:lab/qemu/100") as refused:
        planned(changed(), "virtual-machine")
    assert "proxbox plan --target virtual-machine --out first.json" in refused.value.hint
