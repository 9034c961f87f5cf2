"""What a resumed apply is shown to have written: by the changelog, else by the guest it belongs to."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from proxbox_plan.api.event_loop import run
from proxbox_plan.apply.preconditions.traces import unproven
from proxbox_plan.core.errors import NetBoxError
from proxbox_plan.core.key import Key
from proxbox_plan.demo.netbox import FakeNetBoxThread, Fault
from proxbox_plan.model.inventory.changelog import PATH
from proxbox_plan.model.plan import Change
from proxbox_plan.plan import KINDS
from tests.apply.lab import Lab, client


@pytest.fixture(scope="module")
def old() -> Iterator[FakeNetBoxThread]:
    """Give a NetBox whose changelog has no messages."""
    with FakeNetBoxThread("4.3.7") as netbox:
        yield netbox


def parts(lab: Lab) -> tuple[Change, Change, Change]:
    """Return two changes of parts of one guest, and one of another guest, of objects that NetBox has."""
    owners: dict[Key, dict[tuple[str, int], Change]] = {}
    for change in lab.plan.changes:
        if change.key is not None and change.target_id is not None:
            owners.setdefault(change.key.owner, {}).setdefault((change.kind, change.target_id), change)
    first, second, *_ = next(list(found.values()) for found in owners.values() if len(found) > 1)
    own = first.key.owner if first.key is not None else None
    other = next(change for owner, found in owners.items() if owner != own for change in found.values())
    return first, second, other


def left(lab: Lab, netbox: FakeNetBoxThread, written: Change, *moved: Change) -> list[Change]:
    """Return the changes that are not proven to be ours, when one was read back with what the journal says."""
    proven = {(written.kind, written.target_id or 0)}

    async def ask() -> list[Change]:
        async with client(netbox) as reader:
            return await unproven(reader, KINDS, lab.plan, moved, proven, {written.address}, None)

    return run(ask())


def test_what_the_changelog_shows_to_be_ours(lab: Lab, tmp_path: Path) -> None:
    """Whatever requests of the plan wrote, read back or not; what no one wrote is not."""
    first, second, other = parts(lab)
    assert left(lab, lab.netbox, first, second, other) == [second, other]
    assert lab.apply(tmp_path).complete
    assert left(lab, lab.netbox, first, second, other) == []


def test_a_changelog_without_messages(lab: Lab, old: FakeNetBoxThread) -> None:
    """Before NetBox 4.4: what is read back is ours, and so is what belongs to the same guest, which is stamped anew."""
    first, second, other = parts(lab)
    assert left(lab, old, first, first, second, other) == [other]


def test_a_changelog_that_the_token_may_not_read(lab: Lab) -> None:
    """It tells nothing either."""
    first, second, other = parts(lab)
    lab.reset(lambda record: Fault(status=403) if record.path == PATH else None)
    assert left(lab, lab.netbox, first, first, second, other) == [other]


def test_a_changelog_that_fails(lab: Lab) -> None:
    """Any other answer is an error: nothing is known, and nothing is written."""
    first, second, _ = parts(lab)
    lab.reset(lambda record: Fault(status=400, body={"detail": "no"}) if record.path == PATH else None)
    with pytest.raises(NetBoxError):
        left(lab, lab.netbox, first, second)
