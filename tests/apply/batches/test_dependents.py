"""What NetBox deletes or empties along with an object: as the plan says, and nothing that came since."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from proxbox_plan.core.address import Address
from proxbox_plan.demo.netbox import FakeNetBoxThread, Fault, RequestRecord
from proxbox_plan.model.outcome import Result
from proxbox_plan.model.plan import Delete
from proxbox_plan.model.relation import Effect
from proxbox_plan.model.state import NodeInterface
from tests.apply.conftest import prepared
from tests.apply.lab import Lab
from tests.apply.results import VMS, not_done
from tests.plan.lab import lab as state_of
from tests.plan.lab import nic, node, vm

BOND = Address("interface:lab/node/pve1/net/bond0")
PORTS = tuple(NodeInterface(name=name, type="eth", active=True) for name in ("nic0", "nic1"))


@pytest.fixture(scope="module")
def shared_bonded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """Give a laboratory whose plan deletes a bond and a NIC, and changes the memory of the guest."""
    before = state_of(vm(nics=(nic(100), nic(100, 1))))
    after = state_of(vm(memory_mib=4096), nodes=(node(interfaces=PORTS), node("pve2", 2)))
    with FakeNetBoxThread() as netbox:
        yield prepared(netbox, (before, after), tmp_path_factory.mktemp("bonded"))


@pytest.fixture
def bonded(shared_bonded: Lab) -> Lab:
    """Give it as it was before the plan."""
    shared_bonded.reset()
    return shared_bonded


def bond_of(lab: Lab) -> Delete:
    """Return the deletion of the bond."""
    return next(change for change in lab.plan.changes if isinstance(change, Delete) and change.address == BOND)


@pytest.mark.covering
def test_an_object_that_only_loses_its_reference_stays(bonded: Lab, tmp_path: Path) -> None:
    """The ports of a bond that goes are no part of it: the plan says that they lose it, and they are there after."""
    ports = [item for item in bond_of(bonded).along if item.effect is Effect.EMPTIED and item.field == "lag"]
    assert ports
    assert bonded.apply(tmp_path).complete
    rows = bonded.netbox.fake.rows("dcim.interface")
    assert [rows[item.id or 0]["lag"] for item in ports] == [None] * len(ports)


def test_what_came_while_the_apply_ran_keeps_its_object(bonded: Lab, tmp_path: Path) -> None:
    """A person writes into the journal of the bond after everything was checked: right before the delete it is seen."""
    target = bond_of(bonded).netbox_id

    def faults(record: RequestRecord) -> Fault | None:
        if record.method == "PATCH" and record.path == VMS:
            note = {"assigned_object_type": "dcim.interface", "assigned_object_id": target, "comments": "spare part"}
            assert bonded.netbox.fake.handle("POST", "/api/extras/journal-entries/", note).status == 201
        return None

    bonded.reset(faults)
    left = not_done(bonded.apply(tmp_path))
    assert left[BOND].result is Result.STALE
    assert left[BOND].message.startswith("not deleted: since the plan was made, ")
    assert target in bonded.netbox.fake.rows("dcim.interface")
