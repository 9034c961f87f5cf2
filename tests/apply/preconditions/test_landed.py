"""A resumed apply reads back what its journal claims: what is not ours ends it, and nothing is written."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from proxbox_plan.core.errors import StaleError
from proxbox_plan.demo.netbox import Fault
from proxbox_plan.model.plan import Action
from tests.apply.lab import Lab
from tests.apply.results import VMS, DownAfter, writes

AWAY = Fault(status=401, body={"detail": "no"})


def begin(lab: Lab, folder: Path, landed: int = 8) -> None:
    """Apply some of the plan."""
    lab.reset(DownAfter(landed, AWAY))
    outcome = lab.apply(folder, max_concurrent=1)
    assert 0 < sum(result.result == "done" for result in outcome.results) < len(outcome.results)
    lab.netbox.fake.faults = None


def refuse(lab: Lab, folder: Path) -> None:
    """Resume, and show that nothing was written."""
    lab.unlock(folder)
    lab.netbox.fake.requests.clear()
    before = lab.content()
    with pytest.raises(StaleError, match="NetBox is not the one this apply wrote to"):
        lab.apply(folder, resume=True)
    assert writes(lab) == []
    assert lab.content() == before


def test_what_was_written_is_there(lab: Lab, tmp_path: Path) -> None:
    """The same NetBox: it is finished."""
    begin(lab, tmp_path)
    assert lab.apply(tmp_path, resume=True).complete
    assert lab.content() == lab.after


def test_a_line_about_another_plan(lab: Lab, tmp_path: Path) -> None:
    """The journal is a file, and says of an object that this plan does not have: that proves and forbids nothing."""
    begin(lab, tmp_path)
    line = {"address": "tag:elsewhere", "kind": "tag", "action": "create", "name": "elsewhere", "result": "done"}
    with (tmp_path / "plan.journal.jsonl").open("a") as journal:
        journal.write(json.dumps({**line, "netbox_id": 1}) + "\n")
    assert lab.apply(tmp_path, resume=True).complete


def test_a_netbox_restored_from_a_backup(lab: Lab, tmp_path: Path) -> None:
    """From between the plan and the apply: its changelog has the plan's entry, and none of the objects."""
    begin(lab, tmp_path)
    lab.netbox.fake.restore(lab.before)
    refuse(lab, tmp_path)


def test_the_ids_belong_to_another_user_now(lab: Lab, tmp_path: Path) -> None:
    """After the restore a person created machines: NICs and disks of ours would land on them."""
    begin(lab, tmp_path)
    fake = lab.netbox.fake
    used = max(fake.rows("virtualization.virtualmachine"))
    fake.restore(lab.before)
    cluster = min(fake.rows("virtualization.cluster"))
    while max(fake.rows("virtualization.virtualmachine")) < used:
        name = f"theirs-{len(fake.rows('virtualization.virtualmachine'))}"
        assert fake.handle("POST", VMS, {"name": name, "cluster": cluster}).status == 201
    refuse(lab, tmp_path)


def test_an_object_that_lost_our_key(lab: Lab, tmp_path: Path) -> None:
    """It has the name it was given, and is not ours any more."""
    begin(lab, tmp_path, landed=12)
    fake = lab.netbox.fake
    made = max(fake.rows("virtualization.virtualmachine"))
    custom = fake.rows("virtualization.virtualmachine")[made]["custom_fields"]
    fake.store.change("virtualization.virtualmachine", made, custom_fields={**custom, "proxbox_key": None})
    refuse(lab, tmp_path)


def test_a_shared_object_is_known_by_its_content(lab: Lab, tmp_path: Path) -> None:
    """It carries no key: a tag with another name is another tag."""
    begin(lab, tmp_path)
    created = [change for change in lab.plan.changes if change.action is Action.CREATE and change.key is None]
    journal = (tmp_path / "plan.journal.jsonl").read_text()
    landed = next(change for change in created if f'"{change.address}"' in journal)
    fake = lab.netbox.fake
    label = {"vlan": "ipam.vlan", "tag": "extras.tag"}[landed.kind]
    number = max(fake.rows(label))
    fake.store.change(label, number, **({"vid": 4001} if landed.kind == "vlan" else {"name": "other", "slug": "other"}))
    refuse(lab, tmp_path)
