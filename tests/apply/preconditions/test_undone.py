"""An undo whose deletes nothing proves: the changelog cannot be read."""

from __future__ import annotations

import pytest

from proxbox_plan.api.event_loop import run
from proxbox_plan.apply.preconditions.undone import check_undone
from proxbox_plan.core.errors import NetBoxError, RefusedError
from proxbox_plan.demo.netbox import Fault
from proxbox_plan.model.inventory.changelog import PATH
from proxbox_plan.model.plan import Delete, Reason
from proxbox_plan.plan import KINDS
from tests.apply.lab import Lab, client


def check(lab: Lab, fault: Fault | None) -> None:
    """Check the deletes of the plan as those of an undo, of a NetBox whose changelog answers with a fault."""
    deletes = [change.replace(reason=Reason.UNDO) for change in lab.plan.changes if isinstance(change, Delete)]
    lab.reset(lambda record: fault if record.path == PATH else None)

    async def ask() -> None:
        async with client(lab.netbox) as netbox:
            await check_undone(netbox, KINDS, deletes)

    run(ask())


def test_a_changelog_that_can_be_read(lab: Lab) -> None:
    """The apply before created what the plan deletes."""
    check(lab, None)


def test_a_changelog_that_the_token_may_not_read(lab: Lab) -> None:
    """Nothing shows who created the objects, so they stay; the hint says what may be the reason."""
    with pytest.raises(RefusedError, match="does not show that an apply of proxbox-plan created it") as refused:
        check(lab, Fault(status=403))
    assert "or the token may not view it" in (refused.value.hint or "")


def test_a_changelog_that_fails(lab: Lab) -> None:
    """That is an error of NetBox, and no verdict on the undo."""
    with pytest.raises(NetBoxError):
        check(lab, Fault(status=400, body={"detail": "no"}))
