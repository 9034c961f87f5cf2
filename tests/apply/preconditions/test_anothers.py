"""Whether an undo puts a part on another guest than its own: a name alone is no proof that it means that."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from proxbox_plan.apply.preconditions.differences import _is_anothers
from proxbox_plan.core.address import Address
from proxbox_plan.core.key import Key
from proxbox_plan.model.last_applied import LastApplied
from proxbox_plan.model.plan import FieldChange, Reason, Update
from proxbox_plan.model.reference import Ref
from proxbox_plan.plan import KINDS

OTHER = Ref("virtual-machine", 9, "other")


def update(kind: str, key: str, *fields: FieldChange) -> Update:
    """Return a change of an undo."""
    return Update(
        address=Address.of(kind, Key(key)),
        kind=kind,
        reason=Reason.UNDO,
        name="x",
        netbox_id=1,
        last_updated="x",
        key=Key(key),
        fields=fields,
        last_applied=LastApplied(),
    )


@pytest.mark.parametrize(
    ("there", "goes_back", "expected"),
    [("lab/qemu/200", None, True), ("lab/node/pve1", None, False), ("lab/qemu/200", "lab/qemu/100", False)],
    ids=["another guest's", "no guest's", "its own guest goes back there, too"],
)
def test_a_part_on_another_guest(there: str, goes_back: str | None, *, expected: bool) -> None:
    """It is, unless that guest is made its own again by the same undo."""
    ref = {"kind": "virtual-machine", "id": 9, "name": "other"}
    part = update(
        "virtual-disk", "lab/qemu/100/disk/scsi0", FieldChange(field="virtual_machine", before=None, after=ref)
    )
    own = update("virtual-machine", goes_back) if goes_back else None
    looked: Any = SimpleNamespace(change=part)
    known: Any = SimpleNamespace(kinds=KINDS)
    assert _is_anothers(looked, OTHER, there, own, known) is expected
