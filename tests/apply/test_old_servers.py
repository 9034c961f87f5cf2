"""NetBox before 4.7 names the first error only, and before 4.6 knows no If-Match."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from proxbox_plan.core.errors import NetBoxError
from proxbox_plan.demo.netbox import FakeNetBoxThread, Fault, RequestRecord
from proxbox_plan.model.outcome import Result
from proxbox_plan.model.plan import Action
from proxbox_plan.model.state import State
from tests.apply.conftest import prepared
from tests.apply.lab import Lab
from tests.apply.results import DISKS, VMS, not_done
from tests.netbox_requests import hold


@pytest.fixture(scope="module", params=["4.5.10", pytest.param("4.6.8", marks=pytest.mark.slow)])
def old_lab(
    request: pytest.FixtureRequest, two_states: tuple[State, State], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Lab]:
    """Give a laboratory with an older NetBox."""
    with FakeNetBoxThread(request.param) as netbox:
        yield prepared(netbox, two_states, tmp_path_factory.mktemp("old"))
        hold(netbox.fake)


@pytest.fixture
def old(old_lab: Lab) -> Lab:
    """Give it as it was before the plan."""
    old_lab.reset()
    return old_lab


@pytest.mark.slow
def test_older_servers_without_if_match(old: Lab, tmp_path: Path) -> None:
    """The time stamps are compared right before each write, and the outcome says that this is weaker."""
    edited: list[int] = []
    looks = count()

    def faults(record: RequestRecord) -> Fault | None:
        asked = record.method == "GET" and record.path == DISKS and record.query.startswith("id=")
        if asked and next(looks) == 1:  # the first is before anything is written
            edited.append(int(record.query.split("id=")[1].split("&")[0]))
            old.netbox.fake.handle("PATCH", f"{DISKS}{edited[0]}/", {"description": "a person"})
        return None

    old.reset(faults if old.plan.binding.netbox_version.startswith("4.5") else None)
    outcome = old.apply(tmp_path)
    words = {item.message for item in outcome.results if item.action is not Action.CREATE}
    if old.plan.binding.netbox_version.startswith("4.5"):
        assert [item.netbox_id for item in not_done(outcome).values()][:1] == edited
        assert any("knows no If-Match" in text for text in words)
        assert old.netbox.fake.rows("virtualization.virtualdisk")[edited[0]]["description"] == "a person"
    else:
        assert words == {""}


@pytest.mark.slow
def test_older_servers_name_the_first_error_only(old: Lab, tmp_path: Path) -> None:
    """The batch is halved until the bad objects are found; all good ones land."""
    cluster = next(iter(old.netbox.fake.rows("virtualization.cluster")))
    wanted = [item for item in old.plan.changes if item.kind == "virtual-machine" and item.action is Action.CREATE]
    bad = [wanted[1].address, wanted[7].address]
    for change in (wanted[1], wanted[7]):
        name = next(field.after for field in change.fields if field.field == "name")
        assert old.netbox.fake.handle("POST", VMS, {"name": name, "cluster": cluster}).status == 201
    missing = not_done(old.apply(tmp_path))
    assert sorted(address for address, item in missing.items() if item.result is Result.FAILED) == sorted(bad)
    assert all(item.result in (Result.FAILED, Result.BLOCKED) for item in missing.values())


@pytest.mark.covering
def test_guests_with_a_primary_address_are_deleted(two_states: tuple[State, State], tmp_path: Path) -> None:
    """NetBox itself clears the address of a guest first: the changelog has no message, but the id of our request."""
    with FakeNetBoxThread("4.3.7") as netbox:
        lab = prepared(netbox, two_states, tmp_path)
        gone = {
            item.target_id
            for item in lab.plan.changes
            if (item.kind, item.action) == ("virtual-machine", Action.DELETE)
        }
        assert any(lab.before.rows["virtualization.virtualmachine"][number or 0]["primary_ip4"] for number in gone)
        assert not gone & netbox.fake.rows("virtualization.virtualmachine").keys()


@pytest.mark.slow
def test_older_servers_under_faults(old: Lab, tmp_path: Path) -> None:
    """Lost answers are looked up there, too."""
    for index in range(2, len(old.sent), 9):
        folder = tmp_path / str(index)
        folder.mkdir()
        for drop in ("before", "after"):
            old.reset(lambda record, at=index, how=drop: Fault(drop=how) if record.index == at else None)  # type: ignore[misc]
            run = folder / drop
            run.mkdir()
            try:
                complete = old.apply(run).complete
            except NetBoxError:
                complete = False
            old.netbox.fake.faults = None
            assert complete or old.apply(run, resume=True).complete
            assert old.content() == old.after
