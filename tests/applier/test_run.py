"""One apply, and what NetBox or people may do to it in the middle."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from proxbox_plan.applier.run import Run
from proxbox_plan.demo.netbox import FakeNetBoxThread, Fault, RequestRecord
from proxbox_plan.errors import NetBoxError, RefusedError, StaleError, UsageError
from proxbox_plan.model.outcome import ChangeResult, Outcome, Result
from proxbox_plan.model.plan import Action
from proxbox_plan.model.state import State
from tests.applier.conftest import prepared
from tests.applier.lab import Lab, Waits

VMS = "/api/virtualization/virtual-machines/"
DISKS = "/api/virtualization/virtual-disks/"
NICS = "/api/virtualization/interfaces/"


def not_done(outcome: Outcome) -> dict[str, ChangeResult]:
    """Return what did not land, by address."""
    return {result.address: result for result in outcome.results if result.result is not Result.DONE}


def writes(lab: Lab, path: str = "") -> list[RequestRecord]:
    """Return the writes NetBox got, the lock's left out."""
    found = [record for record in lab.netbox.fake.requests if record.method != "GET"]
    return [record for record in found if record.path.startswith(path) and not _is_lock(record)]


def _is_lock(record: RequestRecord) -> bool:
    return "tags" in record.path and not isinstance(record.body, list)


def test_every_update_and_delete_carries_if_match(lab: Lab, tmp_path: Path) -> None:
    """One ETag for each object, in bulk; creations carry none. Every write carries the plan's id."""
    assert lab.apply(tmp_path, message="by a test").complete
    for record in writes(lab):
        stamps = record.headers.get("If-Match", "")
        assert stamps.count('W/"') == (0 if record.method == "POST" else record.rows)
        assert {row["changelog_message"] for row in record.body} == {f"proxbox plan {lab.plan.id} by a test"}


def test_a_rejected_object_and_what_waits_for_it(lab: Lab, tmp_path: Path) -> None:
    """Reported with NetBox's own words; the other objects of the batch land."""
    change = next(item for item in lab.plan.changes if item.kind == "vm-interface" and item.action is Action.CREATE)
    owner = change.address.replace("vm-interface", "virtual-machine").rpartition("/")[0]
    vm = next(item for item in lab.plan.changes if item.address == owner)
    name = next(field.after for field in vm.fields if field.field == "name")
    cluster = next(iter(lab.netbox.fake.rows("virtualization.cluster")))
    taken = lab.netbox.fake.handle("POST", VMS, {"name": name, "cluster": cluster})
    assert taken.status == 201
    outcome = lab.apply(tmp_path)
    missing = not_done(outcome)
    assert missing[owner].result is Result.FAILED
    assert "already exists" in missing[owner].message or "must be unique" in missing[owner].message
    assert missing[change.address] == missing[change.address].model_copy(
        update={"result": Result.BLOCKED, "message": f"waits for {owner}"}
    )
    guest = owner.partition(":")[2]
    assert all(guest in address for address in missing)
    assert not outcome.stopped


def test_an_object_edited_after_the_plan(lab: Lab, tmp_path: Path) -> None:
    """Refused before anything is written; with `skip` it is left out with what depends on it, and stays as edited."""
    change = next(
        item for item in lab.plan.changes
        if item.kind == "virtual-machine" and item.action is Action.UPDATE and "#" not in item.address
    )  # fmt: skip
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


@pytest.mark.parametrize(("method", "path"), [("PATCH", VMS), ("DELETE", DISKS), ("DELETE", NICS)])
def test_an_object_edited_during_the_apply(lab: Lab, tmp_path: Path, method: str, path: str) -> None:
    """NetBox answers 412 for the whole batch: that object alone is left out, though this run wrote to its guest."""
    edited: list[int] = []
    lab.reset(edit_at_first(lab, method, path, edited, {"description": "a person"}))
    outcome = lab.apply(tmp_path)
    stale = [item for item in not_done(outcome).values() if item.result is Result.STALE]
    if method == "DELETE":
        assert [item.netbox_id for item in stale] == edited
        assert lab.netbox.fake.store.tables[{DISKS: "virtualization.virtualdisk", NICS: "virtualization.vminterface"}[path]]
        assert lab.netbox.fake.handle("GET", f"{path}{edited[0]}/").body["description"] == "a person"
    else:  # an edit of another field of a guest this run wrote to: nothing of it is lost
        assert lab.netbox.fake.handle("GET", f"{path}{edited[0]}/").body["description"] == "a person"


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


def test_a_request_that_is_too_large(lab: Lab, tmp_path: Path) -> None:
    """Is halved until it fits, and no other one is as large again."""
    lab.reset(lambda record: Fault(status=413, body="<html>") if record.rows > 5 else None)
    assert lab.apply(tmp_path).complete
    assert lab.content() == lab.after
    refused = [record.rows for record in writes(lab) if record.rows > 5]
    assert len(refused) < 20


def test_an_object_that_breaks_netbox(lab: Lab, tmp_path: Path) -> None:
    """500 whenever it is among them: found by halving, reported, and the rest lands."""
    victim = next(item for item in lab.plan.changes if item.kind == "virtual-disk" and item.action is Action.CREATE)

    def faults(record: RequestRecord) -> Fault | None:
        mine = isinstance(record.body, list) and any(victim.key == _key(row) for row in record.body)
        return Fault(status=500, body={"error": "boom"}) if mine else None

    lab.reset(faults)
    outcome = lab.apply(tmp_path, max_retries=1)
    assert list(not_done(outcome)) == [victim.address]
    assert "500" in not_done(outcome)[victim.address].message
    assert not outcome.stopped


def _key(row: dict[str, Any]) -> str | None:
    return str((row.get("custom_fields") or {}).get("proxbox_key"))


def test_a_kind_the_token_may_not_write(lab: Lab, tmp_path: Path) -> None:
    """Is reported in NetBox's words; the rest lands."""
    refusal = Fault(status=403, body={"detail": "You do not have permission to perform this action."})
    lab.reset(lambda record: refusal if record.path == DISKS and record.method == "POST" else None)
    outcome = lab.apply(tmp_path)
    assert {item.kind for item in not_done(outcome).values()} == {"virtual-disk"}
    assert all("do not have permission" in item.message for item in not_done(outcome).values())
    assert not outcome.stopped


@pytest.mark.parametrize("status", [301, 401, 403, 404, 405, 418])
def test_what_concerns_all_that_is_left_stops_the_run(lab: Lab, tmp_path: Path, status: int) -> None:
    """A token that expired, a proxy that turned up: nothing more is sent, nothing counts as failed; resume finishes."""
    lab.reset(lambda record: Fault(status=status, body={"detail": "no"}) if record.index > 12 else None)
    outcome = lab.apply(tmp_path, max_concurrent=1)
    assert f"NetBox answered {status}" in outcome.stopped
    assert {item.result for item in not_done(outcome).values()} == {Result.PENDING}
    assert len([record for record in writes(lab) if record.index > 12]) == 1
    lab.netbox.fake.faults = None
    assert lab.apply(tmp_path, resume=True).complete
    assert lab.content() == lab.after


def test_an_outage_is_waited_for_with_a_bound(lab: Lab, tmp_path: Path) -> None:
    """With the default settings; the outcome names it, and what landed is what the journal says."""
    lab.reset(lambda record: Fault(status=503) if record.index > 14 else None)
    waits = Waits()
    outcome = lab.apply(tmp_path, sleep=waits, max_retries=5, retry_delay=2.0, max_concurrent=1)
    assert "503" in outcome.stopped
    assert 30 < sum(waits.asked) < 400
    landed = {item.address for item in outcome.results if item.result is Result.DONE}
    lines = (tmp_path / "plan.journal.jsonl").read_text().splitlines()[1:]
    assert {json.loads(line)["address"] for line in lines} == landed
    assert (tmp_path / "lock").exists()  # NetBox could not say that its lock is gone


def test_netbox_that_asks_to_wait_too_long(lab: Lab, tmp_path: Path) -> None:
    """Is not hurried and not waited for: the run stops at once."""
    lab.reset(lambda record: Fault(status=503, headers={"Retry-After": "3600"}) if record.index > 14 else None)
    waits = Waits()
    assert "503" in lab.apply(tmp_path, sleep=waits).stopped
    assert waits.asked == []


def test_a_stop_ends_every_wait(lab: Lab, tmp_path: Path) -> None:
    """SIGTERM during an outage: the run does not sit out its retries."""
    running: list[Run] = []

    async def forever(seconds: float) -> None:
        asyncio.get_running_loop().call_later(0.05, running[0].stop, "stopped by SIGTERM")
        await asyncio.sleep(600 + seconds)

    lab.reset(lambda record: Fault(status=503) if record.index > 14 else None)
    outcome = lab.apply(tmp_path, sleep=forever, started=running.append)
    assert outcome.stopped == "stopped by SIGTERM"


def test_a_stop_finishes_what_is_on_the_way(lab: Lab, tmp_path: Path) -> None:
    """Nothing more is sent; the batches under way have their results."""
    running: list[Run] = []
    seen: list[int] = []

    def faults(record: RequestRecord) -> Fault | None:
        if record.method == "POST" and record.path == VMS and not seen:
            seen.append(record.index)
            running[0].stop("enough")
        return None

    lab.reset(faults)
    outcome = lab.apply(tmp_path, max_concurrent=1, started=running.append)
    assert outcome.stopped == "enough"
    assert [record.method for record in lab.netbox.fake.requests if record.index > seen[0]] == ["DELETE"]
    machines = [item for item in outcome.results if item.kind == "virtual-machine" and item.action is Action.CREATE]
    assert sum(item.result is Result.DONE for item in machines) == 25
    assert lab.apply(tmp_path, resume=True).complete
    assert lab.content() == lab.after


def test_an_answer_that_names_other_objects(lab: Lab, tmp_path: Path) -> None:
    """Says nothing about ours: they are looked up."""
    seen: list[int] = []

    def faults(record: RequestRecord) -> Fault | None:
        if record.method in ("POST", "PATCH") and record.path == VMS and not seen:
            seen.append(record.index)
            return Fault(status=200, body=[])
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
    ):
        lab.plan = plan.model_copy(update=changed)
        try:
            with pytest.raises(error):
                lab.apply(tmp_path)
        finally:
            lab.plan = plan
    assert writes(lab) == []
    assert list(tmp_path.iterdir()) == []


@pytest.fixture(scope="module", params=["4.5.9", "4.6.1"])
def old_lab(
    request: pytest.FixtureRequest, two_states: tuple[State, State], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Lab]:
    """Give a laboratory with an older NetBox."""
    with FakeNetBoxThread(request.param) as netbox:
        yield prepared(netbox, two_states, tmp_path_factory.mktemp("old"))


@pytest.fixture
def old(old_lab: Lab) -> Lab:
    """Give it as it was before the plan."""
    old_lab.reset()
    return old_lab


def test_older_servers_without_if_match(old: Lab, tmp_path: Path) -> None:
    """The time stamps are compared right before each write, and the outcome says that this is weaker."""
    edited: list[int] = []

    def faults(record: RequestRecord) -> Fault | None:
        asked = record.method == "GET" and record.path == DISKS and "custom_fields" in record.query
        if asked and not edited:
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


def test_older_servers_under_faults(old: Lab, tmp_path: Path) -> None:
    """Lost answers are looked up there, too."""
    for index in range(2, old.requests, 9):
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
