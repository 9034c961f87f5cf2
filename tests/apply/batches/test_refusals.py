"""What NetBox refuses is taken apart: the good objects land, the bad ones are named."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from proxbox_plan.demo.netbox import Fault, RequestRecord
from proxbox_plan.model.outcome import Result
from proxbox_plan.model.plan import Action
from tests.apply.lab import Lab
from tests.apply.results import DISKS, VMS, DownAfter, not_done, writes
from tests.cases import sample


@pytest.mark.covering
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
    assert "must be unique" in missing[owner].message
    # D15: a constraint on the token hides objects from every plan
    assert "NetBox has one that this token may not see, or that was made since the plan" in missing[owner].message
    assert missing[change.address] == missing[change.address].model_copy(
        update={"result": Result.BLOCKED, "message": f"waits for {owner}"}
    )
    guest = owner.partition(":")[2]
    assert all(guest in address for address in missing)
    assert not outcome.stopped


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


@pytest.mark.parametrize("method", ["POST", "PATCH"])
def test_objects_the_token_may_not_write(lab: Lab, tmp_path: Path, method: str) -> None:
    """A permission with constraints: NetBox answers 403 and names them; they alone are reported, the rest lands."""
    refused: set[str | None] = set()

    def faults(record: RequestRecord) -> Fault | None:
        if record.path != VMS or record.method != method:
            return None
        if not refused:
            refused.add(_key(record.body[0]))
        places = [place for place, row in enumerate(record.body) if _key(row) in refused]
        if not places:
            return None
        name, value = ("index", places[0]) if method == "POST" else ("id", record.body[places[0]]["id"])
        errors = [{name: value, "errors": {"__all__": ["You do not have permission to perform this action."]}}]
        return Fault(status=403, body={"detail": "1 of some objects could not be written.", "errors": errors})

    lab.reset(faults)
    outcome = lab.apply(tmp_path)
    failed = [item for item in not_done(outcome).values() if item.result is Result.FAILED]
    assert {item.address.partition(":")[2] for item in failed} == refused
    assert all(item.message == "You do not have permission to perform this action." for item in failed)
    assert not outcome.stopped


@pytest.mark.covering
@pytest.mark.parametrize("status", sample((403, 301, 401, 404, 405, 418), quick=2))
def test_what_concerns_all_that_is_left_stops_the_run(lab: Lab, tmp_path: Path, status: int) -> None:
    """A token that expired, a proxy that turned up: nothing more is sent, nothing counts as failed; resume finishes."""
    lab.reset(DownAfter(2, Fault(status=status, body={"detail": "no"})))
    outcome = lab.apply(tmp_path, max_concurrent=1)
    assert f"NetBox answered {status}" in outcome.stopped
    assert {item.result for item in not_done(outcome).values()} == {Result.PENDING}
    assert len(writes(lab)) == 3
    lab.netbox.fake.faults = None
    assert lab.apply(tmp_path, resume=True).complete
    assert lab.content() == lab.after
