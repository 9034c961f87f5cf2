"""What --resume finds, and what it does not."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from proxbox_plan.apply.locks.holder import holder
from proxbox_plan.core.errors import DocumentError, RefusedError, UsageError
from proxbox_plan.model.outcome import Result
from proxbox_plan.model.plan import Action
from tests.apply.lab import Lab
from tests.apply.preconditions.test_landed import begin
from tests.apply.results import writes


def test_a_journal_of_another_plan(lab: Lab, tmp_path: Path) -> None:
    """There is nothing to resume: nothing is sent, and the journal stays for the plan it is of."""
    journal = tmp_path / "plan.journal.jsonl"
    journal.write_text(json.dumps({"plan_digest": "sha256:other", "netbox_url": lab.netbox.url}) + "\n")
    with pytest.raises(DocumentError, match="belongs to another plan") as refused:
        lab.apply(tmp_path, resume=True)
    assert refused.value.hint == "Apply the plan without --resume."
    assert writes(lab) == []
    assert journal.exists()


def test_nothing_is_left_of_an_apply(lab: Lab, tmp_path: Path) -> None:
    """Without a journal and a lock nothing is resumed: a plan that was applied is not applied again by asking so."""
    assert lab.apply(tmp_path).complete
    (tmp_path / "plan.journal.jsonl").unlink()
    lab.netbox.fake.requests.clear()
    with pytest.raises(RefusedError, match="is already applied, according to NetBox's changelog"):
        lab.apply(tmp_path, resume=True)
    assert writes(lab) == []


def test_an_apply_whose_journal_was_lost(lab: Lab, tmp_path: Path) -> None:
    """NetBox is asked what landed: an update whose values are there is done, though its object is not as planned."""
    assert lab.apply(tmp_path).complete
    (tmp_path / "plan.journal.jsonl").unlink()
    left = holder(tmp_path.name, lab.plan.id, lambda: datetime.now(UTC))
    (tmp_path / "lock").write_text(left.model_dump_json())  # which shows that there was a run
    results = {item.address: item for item in lab.apply(tmp_path, resume=True, on_stale="skip").results}
    updates = [item for item in lab.plan.changes if item.action is Action.UPDATE and not item.address.is_second_pass]
    assert updates
    assert {results[item.address].result for item in updates} == {Result.DONE}
    assert lab.content() == lab.after


def test_a_run_that_was_killed(lab: Lab, tmp_path: Path) -> None:
    """It left its lock file, and its journal says how far it came: that, and how to go on, is told."""
    begin(lab, tmp_path)
    assert (tmp_path / "lock").exists()
    lab.netbox.fake.requests.clear()
    with pytest.raises(UsageError, match="An earlier apply of this plan stopped part-way") as refused:
        lab.apply(tmp_path)
    assert "--resume" in refused.value.hint
    assert writes(lab) == []
