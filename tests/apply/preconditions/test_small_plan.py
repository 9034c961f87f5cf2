"""A small plan: what it costs to check everything before the first write."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from proxbox_plan.core.errors import StaleError
from proxbox_plan.demo.netbox import FakeNetBoxThread, Fault, RequestRecord
from proxbox_plan.model.inventory.changelog import PATH
from proxbox_plan.model.outcome import Result
from proxbox_plan.model.state import State
from tests.apply.conftest import prepared
from tests.apply.lab import Lab
from tests.apply.results import NICS, VMS, not_done, writes
from tests.apply.test_faults import BOTH, FAULTS, Make, try_all

LEAST = 8  # who it is, the lock, the changelog, two looks, two writes, the lock away


def changed(state: State) -> State:
    """Give one guest other memory, and a NIC of it another MTU."""
    cluster = state.clusters[0]
    place = next(index for index, guest in enumerate(cluster.guests) if guest.type == "qemu" and guest.nics)
    guest = cluster.guests[place]
    nics = (guest.nics[0].model_copy(update={"mtu": 1400}), *guest.nics[1:])
    other = guest.model_copy(update={"memory_mib": 3 * (guest.memory_mib or 1024), "nics": nics})
    guests = (*cluster.guests[:place], other, *cluster.guests[place + 1 :])
    return State.make(clusters=(cluster.model_copy(update={"guests": guests}),))


@pytest.fixture(scope="module")
def shared_small(two_states: tuple[State, State], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """Give a laboratory whose plan changes one guest."""
    with FakeNetBoxThread() as netbox:
        yield prepared(netbox, (two_states[0], changed(two_states[0])), tmp_path_factory.mktemp("small"))


@pytest.fixture
def small(shared_small: Lab) -> Lab:
    """Give it as it was before the plan."""
    shared_small.reset()
    return shared_small


@pytest.mark.covering
def test_no_request_too_many(small: Lab, tmp_path: Path) -> None:
    """What NetBox logged since the plan is one request; the guest is looked at, and so is the NIC."""
    assert small.apply(tmp_path).complete
    asked = [(record.method, record.path) for record in small.netbox.fake.requests]
    assert len(asked) == LEAST
    assert sorted(asked[2:5]) == [("GET", PATH), ("GET", NICS), ("GET", VMS)]
    assert sorted(asked[5:7]) == [("PATCH", NICS), ("PATCH", VMS)]


@pytest.mark.parametrize("path", [VMS, NICS])
def test_an_object_edited_after_the_plan(small: Lab, tmp_path: Path, path: str) -> None:
    """Whichever it is: nothing is written, nothing is left to resume, and the same plan is refused again."""
    kind = "virtual-machine" if path == VMS else "vm-interface"
    change = next(item for item in small.plan.changes if item.kind == kind)
    small.netbox.fake.handle("PATCH", f"{path}{change.target_id}/", {"description": "a person"})
    before = small.content()
    for _ in range(2):
        with pytest.raises(StaleError, match=change.name):
            small.apply(tmp_path)
    assert small.content() == before
    assert not (tmp_path / "plan.journal.jsonl").exists()
    assert not (tmp_path / "lock").exists()


def test_one_that_somebody_deletes(small: Lab, tmp_path: Path) -> None:
    """An object that is gone is no longer as it was planned."""
    change = next(item for item in small.plan.changes if item.kind == "virtual-machine")
    small.netbox.fake.handle("DELETE", f"{VMS}{change.target_id}/")
    with pytest.raises(StaleError):
        small.apply(tmp_path)
    assert not (tmp_path / "plan.journal.jsonl").exists()


def test_one_that_netbox_refuses(small: Lab, tmp_path: Path) -> None:
    """What is refused for itself is reported, and the rest lands."""

    def faults(record: RequestRecord) -> Fault | None:
        refused = record.method == "PATCH" and record.path == VMS
        return Fault(status=400, body=[{"memory": ["too much"]}]) if refused else None

    small.reset(faults)
    outcome = small.apply(tmp_path)
    small.netbox.fake.faults = None
    left = not_done(outcome)
    assert [(item.kind, item.result) for item in left.values()] == [("virtual-machine", Result.FAILED)]
    assert len(outcome.results) == len(small.plan.changes)


def test_a_plan_of_one_change(small: Lab, tmp_path: Path) -> None:
    """One request for the changelog and one for the object, and nothing is sent twice."""
    one = replace(small, plan=small.plan.remade(changes=small.plan.changes[:1]))
    assert one.apply(tmp_path).complete
    assert len(writes(one)) == 1
    assert [record.method for record in one.netbox.fake.requests] == ["GET", "POST", "GET", "GET", "PATCH", "DELETE"]


@pytest.mark.slow
@BOTH
@pytest.mark.parametrize("name", FAULTS)
def test_every_request_goes_wrong(small: Lab, tmp_path: Path, name: str, make: Make) -> None:
    """Whatever request it is, the end is the same as if nothing had."""
    try_all(small, tmp_path, make, FAULTS[name], range(LEAST))
