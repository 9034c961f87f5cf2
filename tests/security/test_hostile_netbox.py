"""A NetBox full of hostile values, and one that answers nonsense: reports stay harmless, plans stay sane."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from proxbox_plan.demo.cluster import ClusterDescription
from proxbox_plan.demo.netbox import FakeNetBoxThread, Fault
from proxbox_plan.demo.netbox.server import RequestRecord
from proxbox_plan.documents import read_document
from proxbox_plan.model.plan import Action, Plan
from tests.end_to_end.conftest import SetUp
from tests.end_to_end.stage import Stage
from tests.security.harmless import check_json, check_markdown, check_text
from tests.security.hostile import EMPTY, TEXTS

Fake = tuple[SetUp, FakeNetBoxThread]
MACHINES = "virtualization/virtual-machines"
EDITABLE = tuple(text for text in TEXTS if text.strip() and text not in EMPTY and "\x00" not in text)


def synced(set_up: SetUp, guests: int = 6) -> Stage:
    """Return a stage on which everything is in NetBox."""
    stage = set_up(ClusterDescription.seeded(1, guests=guests, nodes=1, name="lab"))
    stage.plan()
    stage.apply()
    return stage


def test_what_people_write_into_netbox(fake: Fake) -> None:
    """Names, notes, tags, owners: put back or kept as configured, shown harmlessly, and settled after one apply."""
    stage = synced(fake[0], guests=len(EDITABLE))
    rows = stage.netbox(MACHINES)
    for row, text in zip(rows, EDITABLE, strict=False):
        word = text.encode("utf-8", "replace").decode()
        fields = {"name": word[:60], "comments": word * 2, "description": word[:190], "memory": 1}
        stage.ask("PATCH", f"{MACHINES}/{row['id']}/", fields)
    stage.good("collect")
    said = stage.run("plan", "--state", "state.json", "--save-inventory", "inventory.json", "--force-limit")
    check_text(said.out + said.err)
    for name in ("plan.json", "inventory.json"):
        check_text(stage.good("show", name, "--verbose"))
        check_markdown(stage.good("show", name, "--markdown"))
        check_json(stage.good("show", name, "--json"))
    check_text(stage.good("drift", "--verbose"))
    check_markdown(stage.good("drift", "--markdown"))
    said = stage.run("apply", "plan.json", "--verbose")
    assert said.code == 0
    check_text(said.out + said.err)
    assert stage.plan().changes == ()


def nested(depth: int) -> Any:
    """Return a list in a list in a list."""
    value: Any = "x"
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize(
    "marks",
    [
        {"proxbox_applied": nested(200)}, {"proxbox_applied": {"name": nested(600)}}, {"proxbox_applied": 7},
        {"proxbox_applied": {"name": 7, "status": {"a": []}, "memory": "x", "cluster": {"id": "x", "kind": 5}}},
        {"proxbox_applied": None}, {"proxbox_applied": {"x" * 10_000: "\x1b[2J"}}, {"proxbox_applied": "\x1b[2J"},
        {"proxbox_key": "lab/qemu/\x1b[2J"}, {"proxbox_key": "lab/"}, {"proxbox_key": "lab/qemu/999999999999999999999"},
        {"proxbox_key": "lab/lxc/../../x"}, {"proxbox_key": None}, {"proxbox_key": ""},
    ],
    ids=lambda marks: json.dumps(marks)[:50],
)  # fmt: skip
def test_marks_that_somebody_edited(fake: Fake, marks: dict[str, Any]) -> None:
    """Our custom fields are open to everybody: whatever is in them, there is a plan, and no bug."""
    stage = synced(fake[0])
    machine = stage.netbox(MACHINES)[0]
    stage.ask("PATCH", f"{MACHINES}/{machine['id']}/", {"custom_fields": marks})
    stage.good("collect")
    said = stage.run("plan", "--state", "state.json", "--save-inventory", "inventory.json", "--force-limit")
    assert "bug" not in said.err, said
    assert said.code == 0, said
    check_text(said.out + said.err)
    check_text(stage.good("show", "plan.json", "--verbose"))
    check_markdown(stage.good("show", "plan.json", "--markdown"))


Change = Callable[[dict[str, Any]], object]


def _set(name: str, value: Any) -> Change:
    return lambda row: row.__setitem__(name, value)


MUTATIONS: tuple[tuple[str, Change], ...] = (
    ("no id", lambda row: row.pop("id", None)),
    ("text id", _set("id", "seven")),
    ("null id", _set("id", None)),
    ("boolean id", _set("id", True)),  # noqa: FBT003
    ("no name", lambda row: row.pop("name", None)),
    ("name is a list", _set("name", [["x"]])),
    ("name is a number", _set("name", 7)),
    ("null custom fields", _set("custom_fields", None)),
    ("custom fields are a list", _set("custom_fields", ["x"])),
    ("null tags", _set("tags", None)),
    ("tags are numbers", _set("tags", [7])),
    ("tags without slugs", _set("tags", [{"name": "x"}])),
    ("status is a list", _set("status", ["active"])),
    ("status has no value", _set("status", {"label": "x"})),
    ("cluster is a text", _set("cluster", "lab")),
    ("cluster id is a text", _set("cluster", {"id": "lab", "name": 7})),
    ("memory is a text", _set("memory", "many")),
    ("memory is endless", _set("memory", 1e400)),
    ("vcpus is no number", _set("vcpus", "NaN")),
    ("last_updated is a number", _set("last_updated", 7)),
    ("everything is null", lambda row: row.update(dict.fromkeys(row))),
    ("nothing", lambda row: row.clear()),
)


