"""What each sort of change knows about its object."""

from __future__ import annotations

import pytest

from proxbox_plan.model.plan import Action
from tests.builders import change


def test_an_object_that_is_created_has_nothing_in_netbox_yet() -> None:
    """No id, and no time of its last change."""
    found = change(action=Action.CREATE)
    assert (found.target_id, found.planned_stamp) == (None, None)


@pytest.mark.parametrize("action", [action for action in Action if action is not Action.CREATE])
def test_an_object_that_exists_is_as_it_was_planned(action: Action) -> None:
    """Its id, and the time of its last change, by which it is seen whether it was edited since."""
    found = change(action=action).replace(netbox_id=7, last_updated="2026-01-02T03:04:05Z")
    assert (found.target_id, found.planned_stamp) == (7, "2026-01-02T03:04:05Z")
