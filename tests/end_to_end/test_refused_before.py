"""What only NetBox knows, and has refused before, is no news: custom validators, protection rules, hidden objects."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from proxbox_plan.demo.cluster import ClusterServer
from proxbox_plan.demo.netbox.refusal import InvalidError
from proxbox_plan.demo.netbox.rules import check
from proxbox_plan.demo.netbox.thread import FakeNetBoxThread
from proxbox_plan.documents import read_document
from proxbox_plan.model.plan import Plan
from tests.end_to_end.stage import Stage
from tests.end_to_end.test_everyday_changes import one_guest

pytestmark = pytest.mark.covering

MACHINE = "virtual-machine:lab/qemu/900"
WORDS = "Names of machines begin with a letter of the department."


@pytest.fixture
def stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Give a NetBox whose validators take no machine called `app`, after a first apply."""
    usual = check.RULES["virtualization.virtualmachine"]

    def validator(store: Any, row_id: int | None, row: Any, old: Any) -> None:
        usual(store, row_id, row, old)
        if row["name"] == "app":
            raise InvalidError.of(WORDS, "name")

    monkeypatch.setitem(check.RULES, "virtualization.virtualmachine", validator)
    with FakeNetBoxThread() as netbox, ClusterServer(one_guest()) as proxmox:
        found = Stage(tmp_path, netbox.url, netbox.token, proxmox, fake=netbox.fake)
        found.plan()
        assert found.run("apply", "plan.json", "--outcome", "outcome.json").code == 5
        yield found


def test_it_is_told_apart(stage: Stage) -> None:
    """With NetBox's words, and what waits for it; there is nothing else, so nothing has changed."""
    said = stage.run("plan", "--state", "state.json", "--previous", "outcome.json", "--detailed-exitcode")
    assert said.code == 0, said
    plan = read_document(stage.folder / "plan.json", Plan)
    assert {str(change.address) for change in plan.changes} == set(map(str, plan.refused_before))
    assert WORDS in plan.refused_before[next(at for at in plan.refused_before if at == MACHINE)]
    assert "Refused by NetBox before, unchanged" in said.out
    assert f"{MACHINE}: " in said.out
    assert "refused before, unchanged" in said.out.splitlines()[-4] + said.out.splitlines()[-3]
    assert "refused by NetBox before, unchanged" in stage.good("show", "plan.json", "--format", "markdown")


def test_without_the_outcome_it_is_news(stage: Stage) -> None:
    """The digest of the changes is the same; that of the plan covers what a review is shown."""
    assert stage.run("plan", "--state", "state.json", "--detailed-exitcode").code == 2
    without = read_document(stage.folder / "plan.json", Plan)
    assert without.refused_before == {}
    stage.good("plan", "--state", "state.json", "--previous", "outcome.json")
    told = read_document(stage.folder / "plan.json", Plan)
    assert told.changes_digest == without.changes_digest
    assert told.digest != without.digest


def test_what_changed_since_is_news(stage: Stage) -> None:
    """Another value may be taken."""
    stage.configure(rest="mapping: {create_sites: true, tag_managed: false}")
    options = ("--previous", "outcome.json", "--detailed-exitcode", "--force-limit")
    assert stage.run("plan", "--state", "state.json", *options).code == 2
    plan = read_document(stage.folder / "plan.json", Plan)
    assert MACHINE not in set(map(str, plan.refused_before))


def test_an_outcome_that_is_none(stage: Stage) -> None:
    """It is an error with the file's name."""
    (stage.folder / "other.json").write_text("{}")
    said = stage.run("plan", "--state", "state.json", "--previous", "other.json")
    assert (said.code, "other.json" in said.err) == (1, True)
