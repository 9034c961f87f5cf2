"""A document is written whole whatever holds its models."""

from __future__ import annotations

from proxbox_plan.core.key import Key
from proxbox_plan.model.outcome import Outcome
from proxbox_plan.model.plan import NamedMachine, Plan
from tests.builders import busy_plan


def test_a_model_that_was_only_read_is_written() -> None:
    """Under a key that is more than text: pydantic builds what writes a class when one is made, not when it is read."""
    read = Plan.model_validate_json(busy_plan().to_json())
    outcome = Outcome.make(plan_id="1", plan_digest="2", netbox_url="3", complete=True, machines=read.machines)
    assert outcome.machines[Key("lab/qemu/104")] == NamedMachine(name="web104", node="pve1")
    assert '"lab/qemu/104"' in outcome.to_json()
