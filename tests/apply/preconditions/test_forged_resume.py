"""A journal that was forged switches nothing off: `--resume` of an apply that never began is checked like any other."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from proxbox_plan.apply.locks.holder import holder
from proxbox_plan.core.errors import ProxboxError, RefusedError, StaleError
from proxbox_plan.core.key import Key
from proxbox_plan.demo.netbox import FakeNetBoxThread, Fault
from proxbox_plan.model.last_applied import Ownership
from proxbox_plan.model.plan import Change, Create, Delete, FieldChange, Plan, Reason, Update
from proxbox_plan.model.policy import Limits
from proxbox_plan.model.state import State
from proxbox_plan.plan import KINDS
from proxbox_plan.policy.permission import Consent
from tests.apply.lab import CONFIGURED, Lab, planned
from tests.apply.preconditions.test_edited_plan import machine
from tests.apply.results import VMS, DownAfter, writes
from tests.cases import sample

AWAY = Fault(status=401, body={"detail": "no"})
KIND = KINDS["virtual-machine"]


def journal(folder: Path, plan: Plan, *landed: tuple[Change, int], **header: Any) -> None:
    """Write a journal of a plan, as if its apply had begun."""
    lines: list[dict[str, Any]] = [{"plan_digest": plan.digest, "netbox_url": plan.binding.netbox_url, **header}]
    for change, number in landed:
        said = {name: getattr(change, name) for name in ("address", "kind", "action", "name")}
        lines.append({**said, "result": "done", "netbox_id": number, "message": "", "last_updated": "2026-01-01"})
    (folder / "plan.journal.jsonl").write_text("".join(f"{json.dumps(line)}\n" for line in lines))


def refused(lab: Lab, plan: Plan, folder: Path, error: type[ProxboxError], words: str, **options: Any) -> None:
    """Resume an apply of a plan, which is refused before it writes."""
    lab.netbox.fake.requests.clear()
    with pytest.raises(error, match=words):
        replace(lab, plan=plan).apply(folder, resume=True, **options)
    assert writes(lab) == []


def test_limits_hold(lab: Lab, tmp_path: Path) -> None:
    """Of a plan that shows no limit, and of one that was not forced by whoever applies it."""
    plan = lab.plan.remade(limits=())
    journal(tmp_path, plan)
    refused(lab, plan, tmp_path, RefusedError, "exceeds a change limit: ")
    journal(tmp_path, lab.plan)
    refused(lab, lab.plan, tmp_path, RefusedError, "this apply was not told to ignore it", consent=Consent())


def updates(lab: Lab, count: int) -> list[Update]:
    """Return updates of some of our machines."""
    change = machine(lab)
    rows = list(lab.netbox.fake.rows(KIND.object_type).items())[:count]
    keys = [Key(row["custom_fields"]["proxbox_key"]) for _, row in rows]
    return [
        change.replace(
            address=KIND.address(key),
            key=key,
            name=row["name"],
            netbox_id=number,
            last_updated=lab.netbox.fake.handle("GET", f"{VMS}{number}/").body["last_updated"],
            ownership_before=Ownership(key, None),
            fields=tuple(replace(item, before=row["memory"]) for item in change.fields if item.field == "memory"),
            depends_on=(),
        )
        for key, (number, row) in zip(keys, rows, strict=True)
    ]


def test_objects_that_a_journal_creates(lab: Lab, tmp_path: Path) -> None:
    """Said to be new, they would make a small group of a large one, where any number may be updated."""
    changes = updates(lab, 12)
    new = [
        Create(address=item.address, kind=KIND.name, reason=Reason.NEW, name=item.name, cluster="lab", key=item.key)
        for item in changes[7:]
    ]
    plan = lab.plan.remade(changes=(*changes[:7], *new), limits=())
    ids = [item.netbox_id or 0 for item in changes[7:]]
    journal(tmp_path, plan, *zip(new, ids, strict=True))
    refused(lab, plan, tmp_path, RefusedError, "7 of 12 managed virtual-machine objects")


def test_objects_that_a_journal_deleted(lab: Lab, tmp_path: Path) -> None:
    """Said to have gone with their parents, they would make the share of what is updated a small one."""
    changes = updates(lab, 7)
    keys = [Key(f"lab/qemu/{90000 + place}") for place in range(50)]
    gone = [
        Delete(
            address=KIND.address(key),
            kind=KIND.name,
            reason=reason,
            name="ghost",
            cluster="lab",
            netbox_id=10**6 + place,
            key=key,
            ownership_before=Ownership(key, None),
        )
        for place, key in enumerate(keys)
        for reason in (Reason.GONE if place == 0 else Reason.PARENT_GONE,)
    ]
    plan = lab.plan.remade(changes=(*changes, *gone), limits=())
    journal(tmp_path, plan, *((item, item.netbox_id) for item in gone))
    refused(lab, plan, tmp_path, RefusedError, "exceeds a change limit: ")


@pytest.mark.covering
@pytest.mark.parametrize("recorded", [True, False])
@pytest.mark.parametrize("landed", sample(range(6), quick=2))
def test_an_apply_that_began_within_its_limits_is_finished(
    lab: Lab,
    tmp_path: Path,
    landed: int,
    recorded: bool,  # noqa: FBT001 # a parameter of a test
) -> None:
    """It is held to the number of objects when it began: four of 24 disks go, and seven more with their guests."""
    deletes = [change for change in lab.plan.changes if isinstance(change, Delete)]
    kept = {change.address for change in deletes}
    changes = tuple(
        change.replace(depends_on=tuple(item for item in change.depends_on if item in kept)) for change in deletes
    )
    begun = replace(lab, plan=lab.plan.remade(changes=changes, limits=()))
    options: dict[str, Any] = {
        "policy": CONFIGURED.replace(limits=Limits(percent=20)),
        "consent": Consent(),
        "batch": 7,
    }
    lab.netbox.fake.faults = DownAfter(landed, AWAY)
    assert not begun.apply(tmp_path, max_concurrent=1, **options).complete
    lab.netbox.fake.faults = None
    lab.unlock(tmp_path)
    if not recorded:  # killed before the first line
        journal(tmp_path, begun.plan)
    assert begun.apply(tmp_path, resume=True, **options).complete


@pytest.mark.parametrize("header", sample([{}, {"changelog": None}, {"changelog": 10**9}, {"changelog": -1}], quick=2))
@pytest.mark.parametrize(("form", "kind"), [(Update, "virtual-machine"), (Delete, "virtual-disk")])
def test_what_a_person_edited_since(
    lab: Lab, tmp_path: Path, header: dict[str, Any], form: type[Any], kind: str
) -> None:
    """Whatever the first line says: the objects have the time stamps of the plan, or this apply is shown to be why."""
    change = next(item for item in lab.plan.changes if isinstance(item, form) and item.kind == kind and item.target_id)
    body = {"description": "a person"}
    assert lab.netbox.fake.handle("PATCH", f"{KINDS[kind].path}{change.target_id}/", body).status == 200
    journal(tmp_path, lab.plan, **header)
    refused(lab, lab.plan, tmp_path, StaleError, change.name)


def test_a_guest_of_which_something_was_written(lab: Lab, tmp_path: Path) -> None:
    """A journal that claims a change of one part does not permit to write over an edit of the guest itself."""
    change = machine(lab)
    rows = lab.netbox.fake.rows("virtualization.vminterface")
    number, row = next((number, row) for number, row in rows.items() if row["virtual_machine"] == change.netbox_id)
    key = Key(row["custom_fields"]["proxbox_key"])
    part = Update(
        address=KINDS["vm-interface"].address(key),
        kind="vm-interface",
        reason=Reason.CHANGED,
        name=f"{change.name} {row['name']}",
        cluster="lab",
        key=key,
        netbox_id=number,
        last_updated="2026-01-01T00:00:00Z",
        ownership_before=Ownership(key, None),
        fields=(FieldChange(field="name", before="other", after=row["name"]),),
    )
    plan = lab.plan.remade(changes=(*lab.plan.changes, part))
    assert lab.netbox.fake.handle("PATCH", f"{VMS}{change.netbox_id}/", {"description": "a person"}).status == 200
    journal(tmp_path, plan, (part, number))
    refused(lab, plan, tmp_path, StaleError, change.name)


@pytest.fixture
def applied(two_states: tuple[State, State], tmp_path: Path) -> Iterator[Lab]:
    """Give a NetBox with a plan that was applied completely, and nothing beside it."""
    with FakeNetBoxThread() as netbox:
        netbox.fake.handle("POST", "/api/dcim/sites/", {"name": "Somewhere", "slug": "somewhere"})
        lab = Lab(netbox, planned(netbox, two_states[0]), netbox.fake.snapshot(), {})
        assert lab.apply(tmp_path).complete
        (tmp_path / "plan.journal.jsonl").unlink()
        yield lab


def a_lock(lab: Lab, folder: Path) -> None:
    """Leave a lock, as a run that was killed does."""
    left = holder(folder.name, lab.plan.id, lambda: datetime.now(UTC))
    (folder / "lock").write_text(left.model_dump_json())


def a_true_line(lab: Lab, folder: Path) -> None:
    """Claim one change that did land."""
    number = min(lab.netbox.fake.rows("dcim.manufacturer"))
    change = next(item for item in lab.plan.changes if item.kind == "manufacturer")
    journal(folder, lab.plan, (change, number))


LEFT = {
    "a lock": a_lock,
    "a header": lambda lab, folder: journal(folder, lab.plan),
    "a true line": a_true_line,
}


@pytest.mark.covering
@pytest.mark.parametrize("left", LEFT.values(), ids=LEFT)
def test_a_plan_that_was_applied_completely(applied: Lab, tmp_path: Path, left: Any) -> None:
    """It is not resumed to bring back what people deleted; while all is as it was written, nothing is to be done."""
    left(applied, tmp_path)
    applied.netbox.fake.requests.clear()
    assert applied.apply(tmp_path, resume=True).complete
    assert writes(applied) == []
    number = min(applied.netbox.fake.rows(KIND.object_type))
    assert applied.netbox.fake.handle("DELETE", f"{VMS}{number}/").status == 204
    (tmp_path / "plan.journal.jsonl").unlink()
    left(applied, tmp_path)
    refused(applied, applied.plan, tmp_path, RefusedError, "is already applied completely")
