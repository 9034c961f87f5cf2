"""Which NetBox it is, and whether the plan was applied there: what its changelog says, in one request."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from proxbox_plan.apply.preconditions import history
from proxbox_plan.apply.preconditions.history import UNVERIFIED
from proxbox_plan.core.errors import NetBoxError, RefusedError, StaleError
from proxbox_plan.demo.netbox import FakeNetBoxThread, Fault, RequestRecord
from proxbox_plan.model.inventory.changelog import PATH
from proxbox_plan.model.state import State
from proxbox_plan.report.format import Format
from proxbox_plan.report.rendering import render
from tests.apply.lab import Lab, planned
from tests.apply.results import DownAfter, writes
from tests.cases import sample

LOG = "core.objectchange"


def newest(lab: Lab) -> int:
    """Return the entry that the plan was made at."""
    assert lab.plan.binding.changelog is not None
    return lab.plan.binding.changelog.entry


def test_the_changelog_costs_one_request(lab: Lab, tmp_path: Path) -> None:
    """It answers both questions, and where the apply begins."""
    assert lab.apply(tmp_path).complete
    asked = [record for record in lab.netbox.fake.requests if record.path == PATH and "id__gte" in record.query]
    assert len(asked) == 1


def test_another_entry_in_its_place(lab: Lab, tmp_path: Path) -> None:
    """NetBox was restored from a backup, and others worked on: the id was given again."""
    lab.netbox.fake.store.change(LOG, newest(lab), request_id="another")
    with pytest.raises(StaleError, match="not the NetBox that the plan was made for"):
        lab.apply(tmp_path)
    assert writes(lab) == []


def test_an_older_copy(lab: Lab, tmp_path: Path) -> None:
    """A staging copy behind the same name, or a restored backup, from before the plan."""
    lab.netbox.fake.store.put(LOG, newest(lab), None)
    for resume in (False, True):
        with pytest.raises(StaleError, match="not the NetBox that the plan was made for"):
            lab.apply(tmp_path, resume=resume)
    assert writes(lab) == []


@pytest.mark.parametrize("body", [["no page"], {"results": "no list"}])
def test_a_changelog_that_is_none(lab: Lab, tmp_path: Path, body: Any) -> None:
    """A proxy answers in place of NetBox: what the plan is bound to cannot be verified."""
    lab.reset(lambda record: Fault(status=200, body=body) if record.path == PATH else None)
    with pytest.raises(NetBoxError, match="without a list of entries"):
        lab.apply(tmp_path)
    assert writes(lab) == []


def test_a_token_that_may_not_read_the_changelog(lab: Lab, tmp_path: Path) -> None:
    """What the plan is bound to cannot be verified."""
    lab.reset(lambda record: Fault(status=403) if record.path == PATH else None)
    with pytest.raises(StaleError, match="may not read the changelog"):
        lab.apply(tmp_path)
    assert writes(lab) == []


def test_a_plan_that_saw_no_entry_is_bound_to_none(lab: Lab, tmp_path: Path) -> None:
    """A new NetBox, or a token that may not read the changelog: the other checks remain."""
    unbound = lab.plan.binding.replace(changelog=None)
    free = replace(lab, plan=lab.plan.remade(binding=unbound))
    free.reset(lambda record: Fault(status=403) if record.path == PATH else None)
    outcome = free.apply(tmp_path)
    assert outcome.results
    assert outcome.warning == UNVERIFIED
    for format_ in (Format.TEXT, Format.MARKDOWN, Format.HTML):
        assert UNVERIFIED in render(outcome, format_)


@pytest.mark.parametrize("resume", [False, True])
def test_a_plan_that_was_edited_to_be_bound_to_none(lab: Lab, tmp_path: Path, resume: bool) -> None:  # noqa: FBT001
    """The token may read the changelog, and could when the plan was made: it has entries from before."""
    plan = lab.plan.remade(binding=lab.plan.binding.replace(changelog=None))
    if resume:
        journal = json.dumps({"plan_digest": plan.digest})
        (tmp_path / "plan.journal.jsonl").write_text(f"{journal}\n")
    with pytest.raises(StaleError, match="names no entry of the changelog, which has older ones"):
        replace(lab, plan=plan).apply(tmp_path, resume=resume)
    assert writes(lab) == []


@pytest.mark.parametrize("version", sample(["4.7.3", "4.3.7"]))
@pytest.mark.covering
def test_a_netbox_that_nothing_was_written_to(two_states: tuple[State, State], tmp_path: Path, version: str) -> None:
    """Its changelog is empty but for our own locks; what the apply wrote before it was stopped does not count."""
    with FakeNetBoxThread(version) as netbox:
        new = Lab(netbox, planned(netbox, two_states[0]), netbox.fake.snapshot(), {})
        assert new.plan.binding.changelog is None
        netbox.fake.faults = lambda record: Fault(status=400, body={}) if record.path == PATH else None
        with pytest.raises(NetBoxError):
            new.apply(folder_of(tmp_path, "first"), max_retries=0)
        netbox.fake.faults = DownAfter(4, Fault(status=401, body={"detail": "no"}))
        assert not new.apply(tmp_path).complete
        netbox.fake.faults = None
        new.unlock(tmp_path)
        assert new.apply(tmp_path, resume=True).complete


def test_a_netbox_that_a_person_wrote_to_first(two_states: tuple[State, State], tmp_path: Path) -> None:
    """Whether that was before the plan cannot be told."""
    with FakeNetBoxThread() as netbox:
        new = Lab(netbox, planned(netbox, two_states[0]), netbox.fake.snapshot(), {})
        netbox.fake.handle("POST", "/api/extras/tags/", {"name": "blue", "slug": "blue"})
        with pytest.raises(StaleError, match="names no entry of the changelog"):
            new.apply(tmp_path)


@pytest.fixture(scope="module", params=["4.7.3", "4.3.7"])
def shared_fresh(request: pytest.FixtureRequest, two_states: tuple[State, State]) -> Iterator[Lab]:
    """Give an empty NetBox and a plan that creates everything; before 4.4 its changelog has no messages."""
    with FakeNetBoxThread(request.param) as netbox:
        netbox.fake.handle("POST", "/api/dcim/sites/", {"name": "Somewhere", "slug": "somewhere"})
        yield Lab(netbox, planned(netbox, two_states[0]), netbox.fake.snapshot(), {})


@pytest.fixture
def fresh(shared_fresh: Lab) -> Lab:
    """Give it as it was before the plan."""
    shared_fresh.reset()
    return shared_fresh


def folder_of(path: Path, name: str) -> Path:
    """Return a new folder: a clean checkout, without a journal and an outcome."""
    path.joinpath(name).mkdir()
    return path / name


def delete_all(lab: Lab) -> None:
    """Delete what the plan created, as a person may."""
    fake = lab.netbox.fake
    for number in list(fake.rows("virtualization.virtualmachine")):
        assert fake.handle("DELETE", f"/api/virtualization/virtual-machines/{number}/").status == 204


@pytest.mark.covering
def test_a_plan_is_applied_once_from_wherever(fresh: Lab, tmp_path: Path) -> None:
    """What people deleted since is not brought back by the plan that created it."""
    assert fresh.apply(folder_of(tmp_path, "first")).complete
    delete_all(fresh)
    left = fresh.content()
    with pytest.raises(RefusedError, match="already applied, according to NetBox"):
        fresh.apply(folder_of(tmp_path, "second"))
    assert fresh.content() == left


def test_also_when_much_was_logged_since(fresh: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """More than a page: then NetBox is asked for the entries of this plan, of which there are none at first."""
    monkeypatch.setattr(history, "MOST", 10)
    for number in range(10):
        fresh.netbox.fake.handle("PATCH", "/api/dcim/sites/1/", {"description": str(number)})
    assert fresh.apply(folder_of(tmp_path, "first")).complete
    delete_all(fresh)
    with pytest.raises(RefusedError, match="already applied, according to NetBox"):
        fresh.apply(folder_of(tmp_path, "second"))


def test_one_that_was_refused_before_it_wrote_is_not_applied(fresh: Lab, tmp_path: Path) -> None:
    """Though it held the lock."""
    machines = [change for change in fresh.plan.changes if change.kind == "virtual-machine"]
    assert machines

    def no_list(record: RequestRecord) -> Fault | None:
        return Fault(status=400, body={"detail": "no"}) if record.path == PATH else None

    fresh.netbox.fake.faults = no_list
    with pytest.raises(Exception, match="400"):
        fresh.apply(folder_of(tmp_path, "first"), max_retries=0)
    fresh.netbox.fake.faults = None
    assert fresh.apply(folder_of(tmp_path, "second")).complete


@pytest.mark.covering
def test_one_that_stopped_is_resumed(fresh: Lab, tmp_path: Path) -> None:
    """Its own entries are in the changelog; without its journal it is not begun a second time."""
    first = folder_of(tmp_path, "first")
    fresh.reset(DownAfter(4, Fault(status=401, body={"detail": "no"})))
    assert not fresh.apply(first).complete
    fresh.netbox.fake.faults = None
    fresh.unlock(first)
    with pytest.raises(RefusedError, match="already applied, according to NetBox"):
        fresh.apply(folder_of(tmp_path, "second"))
    assert fresh.apply(first, resume=True).complete
