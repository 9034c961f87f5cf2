"""Branches of NetBox (plugin netbox-branching): planned for, applied to, looked at, and merged after a dry run."""

from __future__ import annotations

import time

import pytest

from proxbox_plan.demo.cluster import ClusterDescription
from proxbox_plan.documents import read_document
from proxbox_plan.model.outcome import Outcome
from proxbox_plan.model.plan import Delete, Plan
from tests.end_to_end.conftest import SetUp
from tests.end_to_end.stage import Stage, addresses
from tests.ssh_keys import new_key, signers
from tests.testbed_command import run_testbed

BRANCHES = "plugins/branching/branches"
MACHINES = "virtualization/virtual-machines"
FIRST = min(ClusterDescription.seeded(3, guests=3, nodes=1, name="lab").guests)

pytestmark = pytest.mark.parametrize("set_up", [pytest.param("real", marks=pytest.mark.netbox)], indirect=True)


@pytest.fixture
def cluster() -> ClusterDescription:
    """Give a cluster of three guests."""
    return ClusterDescription.seeded(3, guests=3, nodes=1, name="lab")


@pytest.fixture
def empty(set_up: SetUp, cluster: ClusterDescription) -> Stage:
    """Give a NetBox without anything, and with a worker that makes and merges branches."""
    made = set_up(cluster)
    run_testbed("work")
    made.good("collect")
    return made


@pytest.fixture
def stage(empty: Stage) -> Stage:
    """Give a NetBox whose custom fields are there: they cannot be made in a branch."""
    empty.good("plan", "--state", "state.json", "--target", "custom-field", "--out", "fields.json")
    empty.good("apply", "fields.json")
    return empty


@pytest.fixture
def synced(stage: Stage) -> Stage:
    """Give a NetBox whose main data agrees with the cluster."""
    stage.good("plan", "--state", "state.json")
    stage.apply()
    return stage


def planned(stage: Stage, *words: str, out: str = "again.json") -> Plan:
    """Collect and plan, for main or a branch."""
    stage.good("collect")
    stage.good("plan", "--state", "state.json", "--out", out, *words)
    return read_document(stage.folder / out, Plan)


def branches(stage: Stage) -> dict[str, str]:
    """Return the status of each branch, by name."""
    return {row["name"]: row["status"]["value"] for row in stage.netbox(BRANCHES)}


def wait_for_jobs(stage: Stage) -> None:
    """Wait until NetBox's worker rests: indexing a branch that is dropped deadlocks, and one gets a 500."""
    until = time.monotonic() + 60
    while any(queue["jobs"] or queue["started_jobs"] for queue in stage.netbox("core/background-queues")):
        assert time.monotonic() < until, "the worker does not come to an end"
        time.sleep(0.1)


def test_plan_apply_look_and_merge(stage: Stage) -> None:
    """Nothing is in main before the merge, everything after it; then a plan for main is empty."""
    plan = planned(stage, "--branch", "sync", out="plan.json")
    assert "branch sync" in stage.good("show", "plan.json")
    assert branches(stage) == {}, "a plan writes nothing"
    stage.good("apply", "plan.json")
    assert (branches(stage), stage.netbox(MACHINES)) == ({"sync": "ready"}, [])
    assert planned(stage, "--branch", "sync").changes == (), "the branch agrees with Proxmox"
    assert len(planned(stage).changes) == len(plan.changes), "main does not"
    said = stage.run("apply", "plan.json", "--branch", "sync", "--merge")
    assert (said.code, "Merged the branch sync into main, after a dry run." in said.err) == (0, True), said
    assert (branches(stage), len(stage.netbox(MACHINES))) == ({"sync": "merged"}, 3)
    assert planned(stage).changes == ()
    assert "The branch sync is already merged." in stage.run("apply", "plan.json", "--merge").err
    late = stage.run("plan", "--state", "state.json", "--branch", "sync")
    assert (late.code, "The branch 'sync' is merged" in late.err) == (3, True), late


def test_changes_deletions_and_undo_in_a_branch(synced: Stage, cluster: ClusterDescription) -> None:
    """What is in main already is changed and deleted in a branch, taken back there, and done again and merged."""
    before = [(row["id"], row["name"]) for row in synced.netbox(MACHINES)]
    cluster.rename(FIRST, "renamed")
    cluster.remove_disk(101, "scsi2")  # a container without its rootfs would be no knowledge
    plan = planned(synced, "--branch", "week-1", out="plan.json")
    assert {action for action, _ in addresses(plan)} >= {"update", "delete"}
    synced.apply()
    outcome = read_document(synced.folder / "plan.outcome.json", Outcome)
    assert outcome.branch is not None
    assert outcome.branch.schema_id is not None
    synced.good("undo", "plan.outcome.json")
    synced.good("apply", "undo.json")
    assert addresses(planned(synced, "--branch", "week-1", out="plan.json")) == addresses(plan)
    assert [(row["id"], row["name"]) for row in synced.netbox(MACHINES)] == before
    synced.good("apply", "plan.json", "--merge")
    assert "renamed" in {row["name"] for row in synced.netbox(MACHINES)}
    assert planned(synced).changes == ()


def test_what_people_attach_in_main_keeps_the_object(synced: Stage, cluster: ClusterDescription) -> None:
    """The branch does not know of it, but a merge would delete it: it is refused, and main stays as it is."""
    slot = max(cluster.guests[FIRST].nics)
    cluster.remove_nic(FIRST, slot)
    plan = planned(synced, "--branch", "sync", out="plan.json")
    (port,) = [change for change in plan.changes if isinstance(change, Delete) and change.kind == "vm-interface"]
    synced.apply()
    mac = {"mac_address": "02:00:00:00:00:99", "assigned_object_type": "virtualization.vminterface"}
    made = synced.ask("POST", "dcim/mac-addresses/", mac | {"assigned_object_id": port.netbox_id})
    said = synced.run("apply", "plan.json", "--merge")
    assert (said.code, "dcim.macaddress '02:00:00:00:00:99'" in said.err) == (4, True), said
    assert synced.ask("GET", f"dcim/mac-addresses/{made['id']}/")["assigned_object_id"] == port.netbox_id
    synced.ask("DELETE", f"dcim/mac-addresses/{made['id']}/")
    synced.good("apply", "plan.json", "--merge")
    assert planned(synced).changes == ()


def test_a_guest_that_is_protected_in_main(synced: Stage, cluster: ClusterDescription) -> None:
    """The branch has the tags that the guest had before: its parts are not merged away."""
    slot = max(cluster.guests[FIRST].nics)
    cluster.remove_nic(FIRST, slot)
    planned(synced, "--branch", "sync", out="plan.json")
    synced.apply()
    row = next(row for row in synced.netbox(MACHINES) if row["name"] == cluster.guests[FIRST].name)
    before = synced.netbox("virtualization/interfaces")
    tag = {"name": "proxbox-protect", "slug": "proxbox-protect"}
    synced.ask("POST", "extras/tags/", tag)
    kept = [{"slug": item["slug"]} for item in row["tags"]]
    synced.ask("PATCH", f"{MACHINES}/{row['id']}/", {"tags": [*kept, {"slug": tag["slug"]}]})
    said = synced.run("apply", "plan.json", "--merge")
    assert said.code == 4, said
    assert "removes what is protected in main: " in said.err
    assert f"vm-interface '{row['name']} " in said.err
    assert synced.netbox("virtualization/interfaces") == before
    synced.ask("PATCH", f"{MACHINES}/{row['id']}/", {"tags": kept})
    synced.good("apply", "plan.json", "--merge")


def test_main_was_changed_since(synced: Stage, cluster: ClusterDescription) -> None:
    """Both changed one field: the merge is refused and names it, main stays as it is."""
    name = cluster.guests[FIRST].name
    cluster.rename(FIRST, "from-proxmox")
    planned(synced, "--branch", "sync", out="plan.json")
    synced.apply()
    row = next(row for row in synced.netbox(MACHINES) if row["name"] == name)
    synced.ask("PATCH", f"{MACHINES}/{row['id']}/", {"name": "from-a-person"})
    said = synced.run("apply", "plan.json", "--merge")
    assert said.code == 3, said
    assert "The branch 'sync' has conflicts" in said.err
    assert "name" in said.err.partition("(")[2]
    assert "from-a-person" in {row["name"] for row in synced.netbox(MACHINES)}


def test_what_has_no_branches_is_refused(empty: Stage) -> None:
    """Custom fields would be made in main: the plan says so, and how to go on."""
    said = empty.run("plan", "--state", "state.json", "--branch", "sync")
    assert said.code == 3, said
    assert "NetBox keeps custom-field outside of all branches" in said.err
    assert "proxbox plan --target custom-field" in said.err
    assert not (empty.folder / "plan.json").exists()


def test_another_branch_of_that_name(stage: Stage) -> None:
    """Deleted and made again since the plan: what was reviewed is not what is there."""
    planned(stage, "--branch", "sync", "--exclude", "virtual-disk", out="first.json")
    stage.good("apply", "first.json")
    planned(stage, "--branch", "sync", out="plan.json")
    wait_for_jobs(stage)
    for row in stage.netbox(BRANCHES):
        stage.ask("DELETE", f"{BRANCHES}/{row['id']}/")
    for what in ("no longer exists", "is not the one the plan was made for"):
        said = stage.run("apply", "plan.json")
        assert (said.code, what in said.err) == (4, True), said
        if not branches(stage):
            stage.ask("POST", f"{BRANCHES}/", {"name": "sync"})


def test_a_plan_for_main_is_not_applied_to_a_branch(stage: Stage) -> None:
    """Nor merged."""
    planned(stage, out="plan.json")
    for words in (("--branch", "sync"), ("--merge",)):
        said = stage.run("apply", "plan.json", *words)
        assert (said.code, "proxbox plan --branch" in said.err) == (1, True), said
    assert branches(stage) == {}


def test_a_merge_asks_for_the_approvals_of_an_apply(stage: Stage, tmp_path_factory: pytest.TempPathFactory) -> None:
    """It writes to main what was applied to the branch: also by itself, once the apply is done."""
    keys = tmp_path_factory.mktemp("keys")
    (stage.folder / "signers").write_text(signers(alice=new_key(keys, "alice"), bob=new_key(keys, "bob")))
    stage.configure(rest="mapping: {create_sites: true}\napply: {require_approvals: 1, allowed_signers: signers}")
    planned(stage, "--branch", "sync", out="plan.json")
    stage.good("approve", "plan.json", "--key", str(keys / "alice"), "-o", "a.json")
    given = ("--approval", "a.json", "--author", "bob@example.com")
    assert stage.run("apply", "plan.json").code == 3
    assert branches(stage) == {}, "no branch is made without"
    stage.good("apply", "plan.json", *given)
    refused = stage.run("apply", "plan.json", "--merge")
    assert (refused.code, branches(stage)) == (3, {"sync": "ready"}), refused
    stage.good("apply", "plan.json", "--merge", *given)
    assert branches(stage) == {"sync": "merged"}
