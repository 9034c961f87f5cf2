"""An outcome counts as its plan does: one change per object, however many passes it took."""

from __future__ import annotations

import pytest

from proxbox_plan.core.address import Address
from proxbox_plan.model.outcome import ChangeResult, Outcome, Result
from proxbox_plan.model.plan import Action
from tests.builders import outcome

GUEST = "virtual-machine:lab/qemu/100"


def passes(*results: tuple[str, Result]) -> Outcome:
    """Return an outcome with these results, the message of each its own."""
    made = (
        ChangeResult(
            address=Address(address),
            kind="virtual-machine",
            action=Action.UPDATE,
            name="web",
            result=result,
            message=f"{result} by {address}",
        )
        for address, result in results
    )
    return outcome(results=tuple(made))


@pytest.mark.parametrize(
    ("first", "second", "worse"),
    [
        (Result.DONE, Result.FAILED, "failed by virtual-machine:lab/qemu/100#links"),
        (Result.FAILED, Result.BLOCKED, "failed by virtual-machine:lab/qemu/100"),
        (Result.DONE, Result.DONE, "done by virtual-machine:lab/qemu/100"),
    ],
)
def test_of_two_passes_the_one_that_went_worse_counts(first: Result, second: Result, worse: str) -> None:
    """The object is not as the plan said if either of them did not land."""
    done = passes((GUEST, first), ("virtual-machine:lab/qemu/101", Result.DONE), (f"{GUEST}#links", second))
    assert [(item.address, item.message) for item in done.by_object()] == [
        (GUEST, worse),
        ("virtual-machine:lab/qemu/101", "done by virtual-machine:lab/qemu/101"),
    ]
