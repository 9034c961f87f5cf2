"""Whatever rows NetBox answers with: an inventory and a plan, or an error in words."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from functools import cache
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proxbox_plan.clients.netbox.client import NetBox
from proxbox_plan.core.errors import ProxboxError
from proxbox_plan.demo.cluster import ClusterDescription, ClusterServer
from proxbox_plan.demo.netbox import FakeNetBox, FakeNetBoxThread
from proxbox_plan.model.plan import Action, Plan
from proxbox_plan.model.policy import ClusterPolicy, Policy
from proxbox_plan.model.state import State
from proxbox_plan.plan import make_plan
from proxbox_plan.report.markdown import document as markdown
from proxbox_plan.report.text import document as text
from tests.apply.lab import inventory_for
from tests.cases import Cases
from tests.end_to_end.stage import Stage
from tests.examples import examples
from tests.fuzz.mutation import mutated

Break = Callable[[str, list[dict[str, Any]]], list[Any]]
POLICY = Policy(clusters=(ClusterPolicy(name="lab", site="DC1"),), create_sites=True)


class Answering:
    """Reads from an embedded NetBox without HTTP, and breaks what it answers."""

    def __init__(self, fake: FakeNetBox, broken: Break) -> None:
        """Take the NetBox, and what breaks a list of it."""
        self.url = "http://netbox.invalid"
        self.version = (4, 7)
        self.version_text = "4.7.3"
        self.plugins: dict[str, str] = {}
        self.moment = "2026-11-21T07:30:00Z"
        self._fake = fake
        self._broken = broken

    async def get(self, path: str, query: Any = None) -> Any:
        """Answer one GET."""
        return self._fake.handle("GET", path, query=_lists(query or {})).body

    async def rows(self, path: str, query: Any = None) -> AsyncIterator[Any]:
        """Answer a list, broken."""
        body = cast("dict[str, Any]", await self.get(path, {**(query or {}), "limit": 1000}))
        for row in self._broken(path, json.loads(json.dumps(body["results"]))):
            yield row


def _lists(query: dict[str, Any]) -> dict[str, list[str]]:
    return {name: [str(value)] if isinstance(value, str | int) else list(value) for name, value in query.items()}


@cache
def synced() -> tuple[FakeNetBox, State]:
    """Return a NetBox on which a small cluster was synced, and the state of it a little later."""
    cluster = ClusterDescription.seeded(1, guests=5, nodes=1, name="lab")
    with TemporaryDirectory() as folder, FakeNetBoxThread() as netbox, ClusterServer(cluster) as proxmox:
        stage = Stage(Path(folder), netbox.url, netbox.token, proxmox)
        stage.plan()
        stage.apply()
        for vmid in list(cluster.guests)[:2]:
            cluster.change(vmid, memory=4096, name=f"renamed{vmid}")
        return netbox.fake, stage.collect()


def plan(broken: Break) -> Plan:
    """Read the inventory and plan against it."""
    fake, state = synced()
    netbox = cast("NetBox", Answering(fake, broken))
    made = make_plan(state, asyncio.run(inventory_for(netbox, state, POLICY)), POLICY, "sha256:00")
    assert markdown.render(made)
    assert text.render(made, verbose=True)
    assert Plan.model_validate_json(made.to_json()) == made
    return made


@pytest.mark.covering
def test_whole_answers_give_a_plan() -> None:
    """The way the others are broken: two updates."""
    assert {change.action for change in plan(lambda _, rows: rows).changes} == {Action.UPDATE}


Change = Callable[[dict[str, Any]], object]


def _set(name: str, value: Any) -> Change:
    return lambda row: row.__setitem__(name, value)


CHANGES: tuple[tuple[str, Change], ...] = (
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
    ("memory is endless", _set("memory", float("inf"))),
    ("vcpus is no number", _set("vcpus", "NaN")),
    ("last_updated is a number", _set("last_updated", 7)),
    ("everything is null", lambda row: row.update(dict.fromkeys(row))),
    ("nothing", lambda row: row.clear()),
)
KINDS = ("virtual-machines", "tags", "ip-addresses", "custom-fields")


@pytest.mark.slow
def test_a_row_of_another_shape() -> None:
    """An error in words, or a plan."""
    with Cases() as case:
        for kind, (what, change) in product(KINDS, CHANGES):
            with case(kind, what), suppress(ProxboxError):
                plan(_first_of(kind, change))


def _first_of(kind: str, change: Change) -> Break:
    """Return what changes the first row of a kind."""

    def broken(path: str, rows: list[dict[str, Any]]) -> list[Any]:
        if path.endswith(f"/{kind}/") and rows:
            change(rows[0])
        return rows

    return broken


@pytest.mark.parametrize("row", [None, 7, "x", [], [[]], {}])
def test_a_row_that_is_none(row: Any) -> None:
    """Not even an object."""
    with pytest.raises(ProxboxError, match="is not valid"):
        plan(lambda path, rows: [*rows, row] if "virtual-machines" in path else rows)


def test_a_list_that_repeats_itself() -> None:
    """A server whose pages start over again would keep us busy for ever."""
    with pytest.raises(ProxboxError, match="is not valid"):
        plan(lambda _, rows: rows * 2)


@pytest.mark.covering
@settings(max_examples=examples(150))
@given(st.data())
def test_any_answer_ends_in_words(data: st.DataObject) -> None:
    """Members of any type, missing, doubled and nested, in one list."""
    kind = data.draw(st.sampled_from(KINDS))

    def broken(path: str, rows: list[dict[str, Any]]) -> list[Any]:
        return cast("list[Any]", data.draw(mutated(rows))) if path.endswith(f"/{kind}/") and rows else rows

    with suppress(ProxboxError):
        plan(broken)
