"""One laboratory for all tests of the applier."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from proxbox_plan.demo.cluster import ClusterServer
from proxbox_plan.demo.netbox import FakeNetBoxThread
from proxbox_plan.model.state import State
from tests.apply.content import content
from tests.apply.lab import Lab, planned, states
from tests.apply.scene import Scene, cluster
from tests.end_to_end.stage import Stage


@pytest.fixture(scope="session")
def two_states() -> tuple[State, State]:
    """Collect the cluster of the laboratory before and after a week."""
    return states()


@pytest.fixture(scope="session")
def shared_lab(two_states: tuple[State, State], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """Sync the first state, plant what belongs to others, plan the second, and apply it once without faults."""
    with FakeNetBoxThread() as netbox:
        yield prepared(netbox, two_states, tmp_path_factory.mktemp("lab"))


def prepared(netbox: FakeNetBoxThread, two_states: tuple[State, State], folder: Path) -> Lab:
    """Make a laboratory of a new fake NetBox."""
    fake = netbox.fake
    first = Lab(netbox, planned(netbox, two_states[0]), fake.snapshot(), {})
    assert first.apply(folder).complete
    (folder / "plan.journal.jsonl").unlink()
    foreign = plant(netbox)
    lab = Lab(netbox, planned(netbox, two_states[1]), fake.snapshot(), foreign)
    fake.requests.clear()
    outcome = lab.apply(folder)
    assert outcome.complete, [result for result in outcome.results if result.message]
    lab.after, lab.sent = lab.content(), tuple(record.method for record in fake.requests)
    return lab


def plant(netbox: FakeNetBoxThread) -> dict[str, set[int]]:
    """Create objects of other people beside ours: on our guests, in our cluster, and on their own."""
    fake = netbox.fake
    machine = max(fake.rows("virtualization.virtualmachine"))
    made: dict[str, set[int]] = {}
    for label, path, body in (
        ("dcim.site", "dcim/sites", {"name": "Elsewhere", "slug": "elsewhere"}),
        ("extras.tag", "extras/tags", {"name": "theirs", "slug": "theirs"}),
        ("virtualization.clustertype", "virtualization/cluster-types", {"name": "Other", "slug": "other"}),
        ("ipam.ipaddress", "ipam/ip-addresses", {"address": "203.0.113.9/24", "description": "theirs"}),
        ("virtualization.vminterface", "virtualization/interfaces", {"virtual_machine": machine, "name": "theirs"}),
    ):
        answer = fake.handle("POST", f"/api/{path}/", body)
        assert answer.status == 201, answer
        made.setdefault(label, set()).add(answer.body["id"])
    return made


@pytest.fixture
def lab(shared_lab: Lab) -> Iterator[Lab]:
    """Give the laboratory as it was before the plan."""
    shared_lab.reset()
    yield shared_lab
    shared_lab.netbox.fake.faults = None


@pytest.fixture(scope="session")
def shared_scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """Plan a first sync, and apply it once undisturbed."""
    with ExitStack() as stack:
        netbox = stack.enter_context(FakeNetBoxThread(row_latency=0.001))
        server = stack.enter_context(ClusterServer(cluster()))
        stage = Stage(tmp_path_factory.mktemp("stage"), netbox.url, netbox.token, server)
        stage.plan()
        before = netbox.fake.snapshot()
        netbox.fake.requests.clear()
        stage.apply()
        yield Scene(stage, netbox, before, content(netbox.fake), len(netbox.fake.requests))


@pytest.fixture
def scene(shared_scene: Scene) -> Iterator[Scene]:
    """Give it without faults."""
    yield shared_scene
    shared_scene.netbox.fake.faults = None
