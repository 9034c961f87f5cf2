from __future__ import annotations

import pytest

from proxbox_plan.core.address import Address
from proxbox_plan.model.reference import Ref

KNOWN, PLANNED = Ref("device", 7, "pve1"), Ref("device", None, "pve1", Address("device:lab/node/pve1"))


@pytest.mark.parametrize(("ref", "written"), [
    (KNOWN, {"kind": "device", "name": "pve1", "id": 7}),
    (PLANNED, {"kind": "device", "name": "pve1", "address": "device:lab/node/pve1"}),
])  # fmt: skip
def test_a_reference_is_read_as_it_was_written(ref: Ref, written: dict[str, object]) -> None:
    """Only what is known of it is in a document."""
    assert ref.to_json() == written
    assert Ref.from_json(written) == ref
