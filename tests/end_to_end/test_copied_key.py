"""A person copies an object while an apply creates it: the copy is theirs, also when the apply looks for duplicates."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from proxbox_plan.demo.netbox import FakeNetBox, FakeNetBoxThread, Fault, RequestRecord
from tests.end_to_end.conftest import SetUp
from tests.end_to_end.test_everyday_changes import one_guest

MACHINES = "virtualization/virtual-machines"


@dataclass
class Copying:
    """Loses the answer to the creation of the machines; then a person copies one, with its custom fields."""

    fake: FakeNetBox
    lost: bool = False
    copied: bool = False

    def __call__(self, record: RequestRecord) -> Fault | None:
        """Act on one request."""
        if record.method != "POST":
            return None
        if record.path.endswith("/virtual-machines/") and not self.lost:
            self.lost = True
            return Fault(drop="after")
        if record.path.endswith("/virtual-disks/") and not self.copied:
            self.copied = True
            table = self.fake.store.tables["virtualization.virtualmachine"]
            source = next(row for row in table.rows.values() if row["name"] == "app")
            body = {"name": "theirs", "cluster": source["cluster"], "comments": "precious"}
            number = self.fake.handle("POST", f"/api/{MACHINES}/", body).body["id"]
            # NetBox looks whether a key is taken before it writes one: two requests at once may both pass.
            table.put(number, {**table.rows[number], "custom_fields": source["custom_fields"]})
        return None


@pytest.mark.slow
def test_a_copy_is_not_deleted(fake: tuple[SetUp, FakeNetBoxThread]) -> None:
    """It differs from what was created, so it is no second answer to the same request."""
    stage = fake[0](one_guest())
    stage.plan()
    fake[1].fake.faults = copying = Copying(fake[1].fake)
    stage.run("apply", "plan.json")
    assert copying.copied
    assert [row["comments"] for row in stage.netbox(MACHINES, name="theirs")] == ["precious"]
