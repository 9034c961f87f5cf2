"""Ways around a rule that holds, found by attack: each is closed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from proxbox_plan.core.errors import RefusedError
from proxbox_plan.plan import KINDS
from proxbox_plan.policy.permitted import check_permitted
from tests.plan.lab import disk, now, vm, world
from tests.plan.test_review import VM, ruled


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
