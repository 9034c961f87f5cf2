"""One apply, and what people may do to its objects in the middle."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from proxbox_plan.core.address import Address
from proxbox_plan.core.errors import RefusedError, StaleError, UsageError
from proxbox_plan.demo.netbox import Fault, RequestRecord
from proxbox_plan.model.outcome import Result
from proxbox_plan.model.plan import Action, CheckHit
from proxbox_plan.model.policy import CheckSeverity
from proxbox_plan.policy.permission import Consent
from tests.apply.lab import Lab
from tests.apply.results import DISKS, NICS, VMS, not_done, writes
from tests.cases import sample

LABELLED = CheckHit(
    name="careful",
    severity=CheckSeverity.REQUIRE,
    label="careful-ok",
    addresses=(Address("virtual-machine:lab/qemu/1"),),
)


def test_every_update_and_delete_carries_if_match(lab: Lab, tmp_path: Path) -> None:
    """One ETag for each object, in bulk; creations carry none. Every write carries the plan's id."""
    assert lab.apply(tmp_path, message="by a test").complete
    for record in writes(lab):
        stamps = record.headers.get("If-Match", "")
        assert stamps.count('W/"') == (0 if record.method == "POST" else record.rows)
        assert {row["changelog_message"] for row in record.body} == {f"proxbox plan {lab.plan.id} by a test"}


def test_an_object_edited_after_the_plan(lab: Lab, tmp_path: Path) -> None:
    """Refused before anything is written; with `skip` it is skipped with what depends on it, and stays as edited."""
    change = next(
        item
        for item in lab.plan.changes
        if item.kind == "virtual-machine" and item.action is Action.UPDATE and "#" not in item.address
    )
    lab.netbox.fake.handle("PATCH", f"{VMS}{change.netbox_id}/", {"comments": "a person"})
    with pytest.raises(StaleError, match=change.name):
        lab.apply(tmp_path)
    assert writes(lab) == []
    outcome = lab.apply(tmp_path, on_stale="skip")
    assert not_done(outcome)[change.address].result is Result.STALE
    sent = {row["id"] for record in writes(lab, VMS) if record.method != "POST" for row in record.body}
    assert change.netbox_id not in sent
    assert lab.netbox.fake.rows("virtualization.virtualmachine")[change.netbox_id or 0]["comments"] == "a person"


def edit_at_first(lab: Lab, method: str, path: str, edited: list[int], body: dict[str, Any]) -> Any:
    """Let a person edit an object of the first such request, right before NetBox handles it."""

    def faults(record: RequestRecord) -> Fault | None:
        if record.method == method and record.path == path and not edited:
            edited.append(record.body[0]["id"])
            lab.netbox.fake.handle("PATCH", f"{path}{edited[0]}/", body)
        return None

    return faults


@pytest.mark.parametrize(("method", "path"), sample((("PATCH", VMS), ("DELETE", DISKS), ("DELETE", NICS)), quick=2))
def test_an_object_edited_during_the_apply(lab: Lab, tmp_path: Path, method: str, path: str) -> None:
    """NetBox answers 412 for the whole batch: that object alone is skipped, though this run wrote to its guest."""
    edited: list[int] = []
    lab.reset(edit_at_first(lab, method, path, edited, {"description": "a person"}))
    outcome = lab.apply(tmp_path)
    stale = [item for item in not_done(outcome).values() if item.result is Result.STALE]
    assert lab.netbox.fake.handle("GET", f"{path}{edited[0]}/").body["description"] == "a person"
    if method == "DELETE":  # while an update of other fields takes nothing of the edit back
        assert [item.netbox_id for item in stale] == edited


def test_an_object_that_somebody_deletes_meanwhile(lab: Lab, tmp_path: Path) -> None:
    """An update of it did not land; a deletion of it did."""
    gone: list[int] = []

    def faults(record: RequestRecord) -> Fault | None:
        if record.method == "DELETE" and record.path == DISKS and not gone:
            gone.append(record.body[0]["id"])
            lab.netbox.fake.handle("DELETE", f"{DISKS}{gone[0]}/")
        return None

    lab.reset(faults)
    assert lab.apply(tmp_path).complete
    assert lab.content() == lab.after


@pytest.mark.parametrize("body", sample(([{"id": "x"}], [], [{"id": []}], {"id": 1}), quick=2))
def test_an_answer_that_names_other_objects(lab: Lab, tmp_path: Path, body: Any) -> None:
    """Says nothing about ours: they are looked up."""
    seen: list[int] = []

    def faults(record: RequestRecord) -> Fault | None:
        if record.method in ("POST", "PATCH") and record.path == VMS and not seen:
            seen.append(record.index)
            return Fault(status=200, body=body)
        return None

    lab.reset(faults)
    assert lab.apply(tmp_path).complete
    assert lab.content() == lab.after


def test_a_plan_is_begun_once(lab: Lab, tmp_path: Path) -> None:
    """After a stop only --resume goes on, even when nothing landed; another plan's journal is no reason to refuse."""
    assert lab.apply(tmp_path, max_retries=0, batch=10).complete
    with pytest.raises(UsageError, match="stopped part-way"):
        lab.apply(tmp_path)
    header = json.dumps({"plan_digest": "sha256:other", "netbox_url": lab.netbox.url})
    (tmp_path / "plan.journal.jsonl").write_text(header + "\n")
    lab.reset()
    assert lab.apply(tmp_path).complete


def test_a_plan_for_another_netbox_or_over_a_limit(lab: Lab, tmp_path: Path) -> None:
    """Is refused before anything is sent or locked."""
    plan = lab.plan
    binding = plan.binding
    for changed, error in (
        ({"binding": binding.model_copy(update={"netbox_url": "http://other"})}, StaleError),
        ({"binding": binding.model_copy(update={"netbox_version": "4.7.2"})}, StaleError),
        ({"applicable": False}, RefusedError),
        ({"checks": (LABELLED,)}, RefusedError),
    ):
        lab.plan = plan.model_copy(update=changed)
        try:
            with pytest.raises(error):
                lab.apply(tmp_path)
        finally:
            lab.plan = plan
    assert writes(lab) == []
    assert list(tmp_path.iterdir()) == []


def test_a_label_is_somebodys_word(lab: Lab, tmp_path: Path) -> None:
    """With it, the same plan is applied."""
    plan = lab.plan
    lab.plan = plan.model_copy(update={"checks": (LABELLED,)})
    try:
        assert lab.apply(tmp_path, consent=Consent(labels=("careful-ok",), ignore_limits=True)).complete
    finally:
        lab.plan = plan


def test_an_update_of_what_somebody_deletes_meanwhile(lab: Lab, tmp_path: Path) -> None:
    """Did not land; it is reported as deleted, and the rest lands."""
    gone: list[int] = []

    def faults(record: RequestRecord) -> Fault | None:
        if record.method == "PATCH" and record.path == VMS and not gone:
            gone.append(record.body[-1]["id"])
            lab.netbox.fake.handle("DELETE", f"{VMS}{gone[0]}/")
        return None

    lab.reset(faults)
    missing = not_done(lab.apply(tmp_path))
    assert any(item.netbox_id in (*gone, None) for item in missing.values())
    assert all(item.result is not Result.PENDING for item in missing.values())


def test_nothing_to_do_writes_nothing(lab: Lab, tmp_path: Path) -> None:
    """Not even a lock."""
    plan = lab.plan
    lab.plan = plan.model_copy(update={"changes": ()})
    try:
        assert lab.apply(tmp_path).complete
    finally:
        lab.plan = plan
    assert {record.method for record in lab.netbox.fake.requests} == {"GET"}
    assert list(tmp_path.iterdir()) == []


def test_a_netbox_that_refuses_every_precondition(lab: Lab, tmp_path: Path) -> None:
    """Though nothing was edited: it is reported and not sent for ever; what needs no precondition lands."""
    lab.reset(lambda record: Fault(status=412) if record.method == "PATCH" and record.path == VMS else None)
    outcome = lab.apply(tmp_path)
    refused = [item for item in outcome.results if item.result is Result.STALE]
    assert {item.kind for item in refused} == {"virtual-machine"}
    assert all("although nothing was edited" in item.message for item in refused)
    assert all(item.result is not Result.PENDING for item in outcome.results)
    assert not outcome.stopped


def test_guests_that_netbox_stamps_anew(lab: Lab, tmp_path: Path) -> None:
    """Because this apply changed what belongs to them: no other user did, and they are written all the same."""
    fake = lab.netbox.fake
    stamped: dict[str, list[int]] = {}

    def faults(record: RequestRecord) -> Fault | None:
        if record.path == VMS and record.method in ("PATCH", "DELETE") and record.method not in stamped:
            found = [row["id"] for row in record.body if record.method == "DELETE" or row.get("primary_ip4")]
            for number in found:
                fake.store.change("virtualization.virtualmachine", number, last_updated=fake.store.now())
            stamped.update({record.method: found} if found else {})
        return None

    lab.reset(faults)
    assert lab.apply(tmp_path).complete
    assert set(stamped) == {"PATCH", "DELETE"}
    assert lab.content() == lab.after
