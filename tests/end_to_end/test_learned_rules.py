"""Rules are learned from a NetBox that people filled, and the first plan with them changes hardly what they set."""

from __future__ import annotations

from pathlib import Path

import pytest

from proxbox_plan.demo.cluster import ClusterDescription
from proxbox_plan.demo.netbox import FakeNetBoxThread
from proxbox_plan.documents import read_document
from proxbox_plan.model.plan import Action, Plan
from proxbox_plan.model.state import GUEST_TYPES, State
from tests.end_to_end.conftest import NETBOXES, SetUp
from tests.end_to_end.filled import PATHS, fill
from tests.end_to_end.stage import Stage

FIELDS = set(PATHS)


def staged(set_up: SetUp, guests: int = 120) -> tuple[Stage, State, set[tuple[int, str]]]:
    """Return a stage whose NetBox people filled, with the mistakes they made."""
    stage = set_up(ClusterDescription.seeded(7, guests=guests, nodes=3, name="lab"))
    state = stage.collect()
    return stage, state, fill(stage, state)


def unchanged(plan: Plan, state: State) -> set[int]:
    """Return the guests of which a plan neither changes nor preserves a value that rules give."""
    touched = {
        int(change.key.owner.last)
        for change in plan.changes
        if change.key is not None and change.kind in ("virtual-machine", "ip-address")
        for item in change.fields
        if item.field in FIELDS and change.key.sort in GUEST_TYPES
    }
    kept = {int(item.address.key.owner.last) for item in plan.preserved if item.field in FIELDS}
    guests = {guest.vmid for cluster in state.clusters for guest in cluster.guests if not guest.template}
    return guests - touched - kept


@pytest.mark.slow
def test_the_first_plan_keeps_what_people_set(fake: tuple[SetUp, FakeNetBoxThread]) -> None:
    """Of at least 95 % of the guests; the others are the mistakes, and each of them is listed."""
    stage, state, wrong = staged(fake[0])
    said = stage.run("rules", "suggest", "--state", "state.json", "-o", "rules.yaml", "--tests", "t.yaml", "--verbose")
    assert said.code == 0, said
    names = {guest.vmid: guest.name for cluster in state.clusters for guest in cluster.guests}
    listed = [line.strip().partition(":")[0] for line in said.err.splitlines() if line.startswith("  ")]
    assert sorted(listed) == sorted(str(names[vmid]) for vmid, _ in wrong)
    before = unchanged(stage.plan(), state)
    with (stage.folder / "proxbox.yaml").open("a") as file:
        file.write("\ninclude: [rules.yaml]\n")
    stage.good("validate", "--tests", "t.yaml")
    plan = stage.plan()
    guests = [guest for cluster in state.clusters for guest in cluster.guests if not guest.template]
    after = unchanged(plan, state)
    assert len(before) < 0.2 * len(guests)
    assert len(after) >= 0.95 * len(guests)
    assert {vmid for vmid, _ in wrong} | after == {guest.vmid for guest in guests}
    made = [change.address for change in plan.changes if change.action is Action.CREATE]
    assert [at for at in made if at.kind in ("virtual-machine", "ip-address") and at.key.sort in GUEST_TYPES] == []
    again = stage.run("rules", "suggest", "--state", "state.json")
    assert again.code == 0, again
    assert "rules: []" in again.out


@pytest.mark.parametrize("set_up", NETBOXES[1:], indirect=True)
def test_a_real_netbox_that_people_filled(set_up: SetUp) -> None:
    """`proxbox init --from-netbox` lists each mistake, and the first plan with its file keeps what all others have."""
    stage, state, wrong = staged(set_up, guests=80)
    names = {guest.vmid: guest.name for cluster in state.clusters for guest in cluster.guests if not guest.template}
    said = stage.run("init", "--from-netbox", "--ci", "none", "--defaults")
    assert said.code == 0, said
    listed = [line.strip().partition(":")[0] for line in said.err.splitlines() if line.startswith("  ")]
    assert sorted(listed) == sorted(str(names[vmid]) for vmid, _ in wrong)
    assert wrong
    with (stage.folder / "proxbox.yaml").open("a") as file:
        file.write("\ninclude: [rules.yaml]\n")
    stage.good("validate")
    plan = stage.plan()
    after = unchanged(plan, state)
    assert len(after) >= 0.95 * len(names)
    assert {vmid for vmid, _ in wrong} | after == set(names)
    made = [change.address for change in plan.changes if change.action is Action.CREATE]
    assert [at for at in made if at.kind in ("virtual-machine", "ip-address") and at.key.sort in GUEST_TYPES] == []


@pytest.mark.covering
def test_a_new_repository_begins_with_what_netbox_has(fake: tuple[SetUp, FakeNetBoxThread]) -> None:
    """`proxbox init --from-netbox` by an existing configuration; nothing is overwritten, also not the second time."""
    stage, _, _ = staged(fake[0], guests=60)
    config = (stage.folder / "proxbox.yaml").read_text()
    said = stage.run("init", "--from-netbox", "--ci", "none", "--defaults")
    assert said.code == 0, said
    assert "Wrote rules.yaml." in said.out
    assert "add `include: [rules.yaml]`" in said.err
    assert (stage.folder / "proxbox.yaml").read_text() == config
    with (stage.folder / "proxbox.yaml").open("a") as file:
        file.write("\ninclude: [rules.yaml]\n")
    assert "mapping test" in stage.good("validate")
    before = stage.netbox("virtualization/virtual-machines")
    again = stage.run("init", "--from-netbox", "--ci", "none", "--defaults")
    assert again.code == 1
    assert "rules.yaml exists" in again.err
    assert stage.netbox("virtualization/virtual-machines") == before


def test_a_configuration_that_cannot_reach_anything_yet(fake: tuple[SetUp, FakeNetBoxThread], tmp_path: Path) -> None:
    """It is written, and nothing is learned: its port and certificate are to be filled in before the next try."""
    stage, _, _ = staged(fake[0], guests=60)
    folder = tmp_path / "new"
    folder.mkdir()
    stage.folder = folder
    answers = ("--netbox-url", stage.netbox_url, "--host", stage.proxmox.host, "--token-id", stage.proxmox.token_id)
    said = stage.run("init", "--from-netbox", "--ci", "none", "--defaults", *answers)
    assert said.code == 1
    assert "Wrote proxbox.yaml." in said.out
    assert not (folder / "rules.yaml").exists()


def test_a_netbox_without_guests_teaches_nothing(fake: tuple[SetUp, FakeNetBoxThread]) -> None:
    """The error says what to look at."""
    stage = fake[0](ClusterDescription.seeded(7, guests=10, nodes=2, name="lab"))
    said = stage.run("rules", "suggest")
    assert said.code == 1
    assert "NetBox has none of the" in said.err
    assert "netbox_name" in said.err


def test_rules_never_replace_what_is_read(fake: tuple[SetUp, FakeNetBoxThread]) -> None:
    """Neither the configuration, nor the state, nor the other output."""
    stage = fake[0](ClusterDescription.seeded(7, guests=10, nodes=2, name="lab"))
    stage.collect()
    for arguments in (
        ("--out", "proxbox.yaml"),
        ("--state", "state.json", "--out", "state.json"),
        ("--out", "r.yaml", "--tests", "r.yaml"),
    ):
        said = stage.run("rules", "suggest", *arguments)
        assert said.code == 1, said
        assert "is the same file as" in said.err
    assert read_document(stage.folder / "state.json", State).clusters
