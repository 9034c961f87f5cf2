"""A journal that was forged claims what no run wrote: it is refused, and nothing is written."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from proxbox_plan.core.errors import StaleError
from proxbox_plan.model.plan import Change, Create, Delete, Update
from tests.apply.lab import Lab
from tests.apply.preconditions.test_edited_plan import machine
from tests.apply.results import writes


def claim(lab: Lab, folder: Path, change: Change, netbox_id: int | None) -> None:
    """Write a journal that says that a change landed."""
    header = {"plan_digest": lab.plan.digest, "netbox_url": lab.netbox.url, "changelog": None}
    said = {name: getattr(change, name) for name in ("address", "kind", "action", "name")}
    entry = {**said, "result": "done", "netbox_id": netbox_id, "message": "", "last_updated": None}
    (folder / "plan.journal.jsonl").write_text(f"{json.dumps(header)}\n{json.dumps(entry)}\n")


def test_an_update_that_was_never_made(lab: Lab, tmp_path: Path) -> None:
    """The object has the time stamp of the plan, and not the values: it would count as done, and the outcome lie."""
    change = machine(lab)
    claim(lab, tmp_path, change, change.netbox_id)
    with pytest.raises(StaleError, match="NetBox is not the one this apply wrote to"):
        lab.apply(tmp_path, resume=True)
    assert writes(lab) == []


@pytest.mark.parametrize(
    ("form", "netbox_id"), [(Create, None), (Update, None), (Update, 1), (Delete, None), (Delete, 999999)]
)
def test_an_id_that_no_run_wrote(lab: Lab, tmp_path: Path, form: type[Any], netbox_id: int | None) -> None:
    """No id, or not that of the object which the change is of: a delete would count as done and never be sent."""
    change = next(
        item
        for item in lab.plan.changes
        if isinstance(item, form) and item.key and not item.address.is_second_pass and item.target_id != 1
    )
    claim(lab, tmp_path, change, netbox_id)
    with pytest.raises(StaleError, match="NetBox is not the one this apply wrote to"):
        lab.apply(tmp_path, resume=True)
    assert writes(lab) == []
