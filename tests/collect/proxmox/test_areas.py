"""Areas that are switched on: each is read once, fails for itself alone, and holds no secret."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from proxbox_plan.collect.proxmox import tasks
from proxbox_plan.collect.proxmox.run import collect
from proxbox_plan.demo.cluster import (
    LOGIN_PAGE,
    ClusterDescription,
    ClusterServer,
    DemoBackup,
    DemoSnapshot,
    DemoTask,
    make_backup,
)
from proxbox_plan.demo.cluster.features import DAY, MOMENT
from proxbox_plan.model.policy.areas import TaskArea
from proxbox_plan.model.state import COMPLETE, NOT_READ, Cluster, Coverage, Incomplete
from tests.cases import sample
from tests.collect.proxmox.areas import EVERYTHING, NOTHING, collected, describe, guest, node, storage
from tests.collect.proxmox.impatience import FOR_EVER, impatient
from tests.collect.proxmox.renewed import renewed

VM, CONTAINER = 102, 100


@pytest.fixture
def server(shared: ClusterServer) -> ClusterServer:
    """Return the server as new."""
    return renewed(shared, describe())


def _rules(cluster: Cluster) -> Coverage:
    assert cluster.firewall is not None
    return cluster.firewall.coverage


def _group(cluster: Cluster) -> Coverage:
    assert cluster.firewall is not None
    return next((group.coverage for group in cluster.firewall.groups if group.name == "webserver"), COMPLETE)


def _set(cluster: Cluster) -> Coverage:
    assert cluster.firewall is not None
    return next((ipset.coverage for ipset in cluster.firewall.ipsets if ipset.name == "mgmt"), COMPLETE)


def _networks(cluster: Cluster) -> Coverage:
    assert cluster.sdn is not None
    return cluster.sdn.coverage


def _node_rules(cluster: Cluster) -> Coverage:
    rules = node(cluster, "pve1").firewall
    assert rules is not None
    return rules.coverage


def _guest_rules(cluster: Cluster) -> Coverage:
    rules = guest(cluster, VM).firewall
    assert rules is not None
    return rules.coverage


PARTS: dict[str, tuple[str, Callable[[Cluster], Coverage]]] = {
    "backups": ("/nodes/pve1/storage/local/content", lambda found: storage(found, "local").backups_coverage),
    "shared backups": ("/nodes/*/storage/nas/content", lambda found: storage(found, "nas").backups_coverage),
    "snapshots": (f"/nodes/*/qemu/{VM}/snapshot", lambda found: guest(found, VM).coverage.snapshots),
    "tasks": ("/nodes/pve1/tasks", lambda found: node(found, "pve1").coverage.tasks),
    "replications": ("/cluster/replication", lambda found: found.coverage.replications),
    "backup jobs": ("/cluster/backup", lambda found: found.coverage.backup_jobs),
    "cpu models": ("/cluster/qemu/custom-cpu-models", lambda found: found.coverage.cpu_models),
    "groups": ("/cluster/firewall/groups", _rules),
    "rules of a group": ("/cluster/firewall/groups/webserver", _group),
    "rules": ("/cluster/firewall/rules", _rules),
    "ip sets": ("/cluster/firewall/ipset", _rules),
    "ip set": ("/cluster/firewall/ipset/mgmt", _set),
    "aliases": ("/cluster/firewall/aliases", _rules),
    "options": ("/cluster/firewall/options", _rules),
    "node rules": ("/nodes/pve1/firewall/rules", _node_rules),
    "guest rules": (f"/nodes/*/qemu/{VM}/firewall/rules", _guest_rules),
    "guest options": (f"/nodes/*/qemu/{VM}/firewall/options", _guest_rules),
    "controllers": ("/cluster/sdn/controllers", _networks),
    "zones": ("/cluster/sdn/zones", _networks),
    "vnets": ("/cluster/sdn/vnets", _networks),
    "subnets": ("/cluster/sdn/vnets/evnet/subnets", _networks),
    "fabrics": ("/cluster/sdn/fabrics/all", _networks),
    "route maps": ("/cluster/sdn/route-maps/entries", _networks),
    "prefix lists": ("/cluster/sdn/prefix-lists/nets/entries", _networks),
}
FAULTS: dict[str, tuple[dict[str, Any], Incomplete]] = {
    "403": ({"status": 403, "reason": "Permission check failed"}, Incomplete.FORBIDDEN),
    "500": ({"status": 500, "reason": "internal error"}, Incomplete.SERVER_ERROR),
    "501": ({"status": 501, "reason": "not implemented"}, Incomplete.SERVER_ERROR),
    "595": ({"status": 595, "reason": "Connection refused"}, Incomplete.UNREACHABLE),
    "596": ({"status": 596, "reason": "Connection timed out"}, Incomplete.TIMEOUT),
    "login page": ({"body": LOGIN_PAGE}, Incomplete.BAD_ANSWER),
    "null": ({"data": None}, Incomplete.BAD_ANSWER),
    "text": ({"data": "<script>"}, Incomplete.BAD_ANSWER),
    "wrong rows": ({"data": [{"\x1b[2J": 1}, 7, None]}, Incomplete.BAD_ANSWER),
    "truncated": ({"truncate": True}, Incomplete.BAD_ANSWER),
}


def coverages(cluster: Cluster) -> dict[str, Coverage]:
    """Return how far each of the parts can be trusted."""
    return {name: of(cluster) for name, (_, of) in PARTS.items()}


def test_a_healthy_cluster_is_complete(server: ClusterServer) -> None:
    """Every area is there, and nothing was asked twice or otherwise than by GET."""
    cluster = collected(server)
    assert set(coverages(cluster).values()) == {COMPLETE}
    asked = [(request.path, request.query) for request in server.requests]
    assert len(asked) == len(set(asked))
    assert {request.method for request in server.requests} == {"GET"}


CASES = [
    *sample(((part, "403") for part in PARTS), quick=8),
    *sample(((part, "wrong rows") for part in PARTS if part != "snapshots"), quick=0),
    *sample((("snapshots", fault) for fault in FAULTS if fault != "403"), quick=6),
]


@pytest.mark.parametrize(("part", "fault"), CASES)
@pytest.mark.covering
def test_a_part_that_cannot_be_read(server: ClusterServer, part: str, fault: str) -> None:
    """It is incomplete, with its path; the areas beside it, the guests and the nodes are whole."""
    pattern, of = PARTS[part]
    fields, reason = FAULTS[fault]
    server.faults.add(pattern, **fields)
    cluster = collected(server)
    broken = of(cluster)
    assert broken.reason is reason
    assert pattern.rpartition("*")[2] in broken.detail
    beside = {name for name, coverage in coverages(cluster).items() if not coverage.complete}
    assert {PARTS[name][1](cluster) for name in beside} == {broken}
    assert (cluster.coverage.guests, cluster.coverage.nodes) == (COMPLETE, COMPLETE)
    assert all(found.coverage.config.complete for found in cluster.guests)


def test_storages_that_cannot_be_read(server: ClusterServer) -> None:
    """There is no listing of backups then; everything else is read."""
    server.faults.add("/storage", status=403, reason="no")
    cluster = collected(server)
    assert (cluster.storages, cluster.coverage.storages.reason) == ((), Incomplete.FORBIDDEN)
    assert (cluster.coverage.backup_jobs, _networks(cluster)) == (COMPLETE, COMPLETE)


def test_a_part_that_takes_too_long(server: ClusterServer) -> None:
    """A timeout is a reason like any other."""
    pattern, of = PARTS["zones"]
    server.faults.add(pattern, hang=FOR_EVER)
    with impatient(pattern):
        assert of(collected(server)).reason is Incomplete.TIMEOUT


def test_areas_that_are_off_are_not_asked_for(server: ClusterServer) -> None:
    """Neither guests' insides nor anything beside them."""
    cluster = collected(server, NOTHING)
    parts = {request.path.rpartition("/")[2] for request in server.requests}
    assert parts == {"version", "permissions", "acl", "status", "nodes", "resources", "config"}
    assert {*cluster.coverage} >= {("storages", NOT_READ), ("backup_jobs", NOT_READ), ("replications", NOT_READ)}
    assert {found.coverage.network for found in cluster.nodes} == {NOT_READ}
    assert {found.coverage.addresses for found in cluster.guests} == {NOT_READ}


def test_backups_need_storages_but_do_not_switch_them_on(server: ClusterServer) -> None:
    """The definitions are read for the backups' sake; they are not what was asked for."""
    cluster = collected(server, EVERYTHING.model_copy(update={"storages": False}))
    assert cluster.coverage.storages == NOT_READ
    assert storage(cluster, "nas").backups


def test_a_shared_storage_is_listed_once_and_again_where_it_failed(server: ClusterServer) -> None:
    """From one node; from the next when the first could not."""
    collected(server)
    assert [server.asked(f"/nodes/pve{number}/storage/nas/content") for number in (1, 2, 3)] == [1, 0, 0]
    server.faults.add("/nodes/pve1/storage/nas/content", status=500, reason="mount failed")
    found = storage(collected(server), "nas")
    assert server.asked("/nodes/pve2/storage/nas/content") == 1
    assert found.backups_coverage == COMPLETE
    assert found.backups


def test_dead_nodes_and_storages(server: ClusterServer, lab: ClusterDescription) -> None:
    """A local storage is incomplete, a shared one is not, unless no node is left."""
    lab.take_node_offline("pve1")
    cluster = collected(server)
    assert storage(cluster, "local").backups_coverage.reason is Incomplete.NODE_OFFLINE
    assert storage(cluster, "nas").backups_coverage == COMPLETE
    lab.take_node_offline("pve2")
    cluster = collected(server)
    assert storage(cluster, "nas").backups_coverage.reason is Incomplete.NODE_OFFLINE
    assert node(cluster, "pve1").coverage.tasks.reason is Incomplete.NODE_OFFLINE
    assert not any(request.path.startswith("/nodes/pve1/") for request in server.requests)


@pytest.mark.parametrize("privileges", [("Datastore.Allocate",), ("Datastore.AllocateSpace", "VM.Backup")])
def test_who_may_see_backups(server: ClusterServer, lab: ClusterDescription, privileges: tuple[str, ...]) -> None:
    """Who manages the storage, or who may make backups of all guests."""
    base = tuple(each for each in lab.privileges if each not in {"Datastore.AllocateSpace", "VM.Backup"})
    lab.privileges = (*base, *privileges)
    assert storage(collected(server), "nas").backups_coverage == COMPLETE
    lab.privileges = (*base, privileges[0].replace("Datastore.Allocate", "Datastore.AllocateX"))
    assert storage(collected(server), "nas").backups_coverage.reason is Incomplete.FORBIDDEN


def test_backups_come_and_go(server: ClusterServer, lab: ClusterDescription) -> None:
    """On a Proxmox Backup Server, verified; on a local storage, with its node."""
    made = make_backup(lab.guests[VM], "pbs", MOMENT)
    lab.add_backup(made)
    local = make_backup(lab.guests[CONTAINER], "local", MOMENT)
    lab.add_backup(local)
    cluster = collected(server)
    backups = {found.volume: found for each in cluster.storages for found in each.backups}
    on_server = backups[made.volume]
    assert (on_server.vmid, on_server.type, on_server.format) == (VM, "qemu", "pbs-vm")
    assert (on_server.created, on_server.verification, on_server.node) == (MOMENT, "ok", None)
    assert backups[local.volume].node == lab.guests[CONTAINER].node
    lab.remove_backup(made.volume)
    assert made.volume not in [found.volume for found in storage(collected(server), "pbs").backups]


def test_odd_backups(server: ClusterServer) -> None:
    """Names that say everything, names that say nothing, sizes that are a guess, rows of other kinds."""
    always = {"content": "backup", "ctime": "1767225600", "format": "vma"}
    rows = [
        {"volid": "nas:backup/vzdump-lxc-107-2026_01_01-00_00_00.tar.zst", "approximate-size": 5, **always},
        {"volid": "nas:backup/ct/108/2026-01-01T00:00:00Z", "size": 6, **always},
        {"volid": "nas:backup/by-hand.vma", "vmid": 0, "size": "7", **always},
        {"volid": "nas:iso/debian.iso", "content": "iso"},
    ]
    server.faults.add("/nodes/*/storage/nas/content", data=rows)
    found = storage(collected(server), "nas")
    assert [(each.vmid, each.type, each.created, each.size_bytes) for each in found.backups] == [
        (None, None, 1767225600, 7),
        (108, "lxc", 1767225600, 6),
        (107, "lxc", 1767225600, 5),
    ]
    assert found.backups_coverage == COMPLETE


@pytest.mark.parametrize(
    "row",
    sample(
        (
            {"volid": "other:backup/x", "content": "backup"},
            {"volid": "nas:backup/x", "ctime": 10**30},
            {"volid": "nas:backup/x", "size": -1},
            {"volid": "", "content": "backup"},
            {"volid": "nas:backup/x", "size": 1, "format": "vma"},
            {"volid": "nas:backup/x", "ctime": 1, "format": "vma"},
            {"volid": "nas:backup/x", "ctime": 1, "size": 1},
            {"volid": "nas:backup/x", "verification": "ok"},
        ),
        quick=3,
    ),
    ids=str,
)
@pytest.mark.covering
def test_a_backup_nobody_understands_makes_its_storage_incomplete(server: ClusterServer, row: dict[str, Any]) -> None:
    """The good rows stay."""
    good = {"volid": "nas:backup/good", "ctime": 1, "size": 1, "format": "vma"}
    server.faults.add("/nodes/*/storage/nas/content", data=[row, good])
    found = storage(collected(server), "nas")
    assert [each.volume for each in found.backups] == ["nas:backup/good"]
    assert found.backups_coverage.reason is Incomplete.BAD_ANSWER


def test_snapshots_come_and_go(server: ClusterServer, lab: ClusterDescription) -> None:
    """One that is being made or deleted is neither there nor gone."""
    lab.add_snapshot(VM, DemoSnapshot("one", 0))
    lab.add_snapshot(VM, DemoSnapshot("two", MOMENT, parent="one", description="text\n"))
    found = guest(collected(server), VM)
    assert [(each.name, each.created, each.parent, each.description) for each in found.snapshots][-2:] == [
        ("one", None, None, ""),
        ("two", MOMENT, "one", "text"),
    ]
    assert found.coverage.snapshots == COMPLETE
    lab.remove_snapshot(VM, "one")
    lab.add_snapshot(VM, DemoSnapshot("half", MOMENT, state="prepare"))
    found = guest(collected(server), VM)
    assert "half" not in [each.name for each in found.snapshots]
    assert found.coverage.snapshots.reason is Incomplete.HALF_MADE


def test_tasks_are_those_of_guests_within_their_days(server: ClusterServer, lab: ClusterDescription) -> None:
    """Newest first, with the token that ran them; other tasks and older ones are omitted."""
    lab.tasks = ()
    for days, kind, about in ((1, "vzdump", "102"), (9, "qmstart", "102"), (40, "qmstop", "102"), (1, "aptupdate", "")):
        started = MOMENT - days * DAY
        lab.add_task(DemoTask("pve1", kind, about, started, started + 5, "backup@pve!nightly"))
    found = node(collected(server), "pve1").tasks
    assert [(task.type, task.vmid, task.user) for task in found] == [
        ("vzdump", 102, "backup@pve!nightly"),
        ("qmstart", 102, "backup@pve!nightly"),
    ]
    few = EVERYTHING.model_copy(update={"tasks": TaskArea(days=5)})
    assert [task.type for task in node(collected(server, few), "pve1").tasks] == ["vzdump"]


def test_many_tasks_are_read_page_by_page(server: ClusterServer, lab: ClusterDescription) -> None:
    """As many pages as there are, and no more than are wanted."""
    lab.tasks = tuple(
        DemoTask("pve1", "qmstart", "102", MOMENT - number, MOMENT - number, pid=number) for number in range(1, 1204)
    )
    wanted = EVERYTHING.model_copy(update={"tasks": TaskArea(most=5000)})
    found = node(collected(server, wanted), "pve1")
    assert (len(found.tasks), server.asked("/nodes/pve1/tasks"), found.coverage.tasks) == (1203, 3, COMPLETE)
    server.requests.clear()
    some = node(collected(server, EVERYTHING.model_copy(update={"tasks": TaskArea(most=10)})), "pve1")
    assert (len(some.tasks), server.asked("/nodes/pve1/tasks")) == (10, 1)
    assert some.tasks == found.tasks[:10]


def test_an_archive_without_end_is_given_up(server: ClusterServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that always has another full page does not keep us for ever."""
    monkeypatch.setattr(tasks, "MOST_PAGES", 4)
    row = {"upid": "UPID:x", "type": "aptupdate", "id": "", "user": "root@pam", "starttime": MOMENT}
    row |= {"pid": 1, "pstart": 1, "endtime": MOMENT, "status": "OK"}
    server.faults.add("/nodes/pve1/tasks", data=[row] * 500)
    found = node(collected(server), "pve1")
    assert found.coverage.tasks.reason is Incomplete.BAD_ANSWER
    assert server.asked("/nodes/pve1/tasks") == 4


def test_a_task_that_is_not_finished_is_none_of_the_archive(server: ClusterServer) -> None:
    """Proxmox writes how it ended for each: an answer without that is not whole."""
    task = {"type": "qmstart", "id": "102", "user": "root@pam", "starttime": MOMENT, "pid": 1, "pstart": 1}
    whole = {**task, "upid": "UPID:whole", "endtime": MOMENT, "status": "OK"}
    server.faults.add("/nodes/pve1/tasks", data=[{**task, "upid": "UPID:odd"}, whole])
    wanted = EVERYTHING.model_copy(update={"tasks": TaskArea(days=3650)})
    found = node(collected(server, wanted), "pve1")
    assert ([task.upid for task in found.tasks], found.coverage.tasks.complete) == (["UPID:whole"], False)


def test_the_next_run_of_a_job_changes_nothing(server: ClusterServer) -> None:
    """It moves on by itself: a job of every quarter of an hour would give another state each time."""
    row = {"id": "backup-1", "type": "vzdump", "schedule": "*/15", "storage": "local", "all": 1}
    server.faults.add("/cluster/backup", data=[{**row, "next-run": 1_764_000_000}], times=1)
    before = collected(server)
    server.faults.add("/cluster/backup", data=[{**row, "next-run": 1_764_000_900}])
    assert before.backup_jobs
    assert collected(server) == before


def test_jobs_of_old_versions(server: ClusterServer) -> None:
    """A start time and days in place of a schedule, option lines in place of tables."""
    row = {"id": "c0ffee:1", "starttime": "00:00", "dow": "sat,sun", "vmid": 100, "exclude": "7, 8", "mode": "stop"}
    row |= {"prune-backups": "keep-last=3", "fleecing": "enabled=1,storage=nas", "performance": "max-workers=4"}
    server.faults.add("/cluster/backup", data=[row])
    (job,) = collected(server).backup_jobs
    assert (job.schedule, job.vmids, job.exclude, job.enabled) == ("sat,sun 00:00", (100,), (7, 8), True)
    assert (job.retention, job.fleecing_storage, job.io_workers) == ((("keep-last", 3),), "nas", 4)


def test_how_a_replication_fares_is_unknown_when_its_node_does_not_say(server: ClusterServer) -> None:
    """The job is there all the same."""
    assert {job.fail_count for job in collected(server).replications} == {0, 2}
    server.faults.add("/nodes/*/replication", status=500, reason="no")
    cluster = collected(server)
    assert {job.fail_count for job in cluster.replications} == {None}
    assert cluster.coverage.replications == COMPLETE


def test_where_a_node_is(server: ClusterServer, lab: ClusterDescription) -> None:
    """Versions before 9.2 are not asked; who does not say is nowhere in particular."""
    assert node(collected(server), "pve2").location == lab.nodes["pve2"].location != ""
    server.faults.add("/nodes/pve2/config", status=403, reason="no")
    assert node(collected(server), "pve2").location == ""
    lab.version = "8.4.1"
    server.requests.clear()
    cluster = collected(server)
    assert server.asked("/nodes/pve1/config") == 0
    assert set(coverages(cluster).values()) == {COMPLETE}


def test_the_same_cluster_gives_the_same_bytes(server: ClusterServer) -> None:
    """Whatever the order of the answers, at two moments of one day."""
    connection = server.connection("lab")
    first = collect([connection], areas=EVERYTHING, clock=lambda: MOMENT)
    second = collect([connection], areas=EVERYTHING, clock=lambda: MOMENT + 3600)
    assert first.collected != second.collected
    assert first.to_json() == second.replace(collected=first.collected).to_json()


def test_no_secret_gets_into_the_state(server: ClusterServer, lab: ClusterDescription) -> None:
    """Passwords, keys and keyrings stand beside what we read; they are not read."""
    opens = ("pl4nted-password", "pl4nted-keyring", "pl4nted-master", "pl4nted-key")
    password, keyring, master, key = opens
    rows = [
        {
            "storage": "nas",
            "type": "cifs",
            "content": "backup",
            "password": password,
            "keyring": keyring,
            "encryption-key": key,
            "master-pubkey": master,
            "options": f"pass={password}",
        }
    ]
    server.faults.add("/storage", data=rows)
    lab.change(VM, cloud_init=True, extra={"cipassword": password, "sshkeys": key, "cicustom": f"user={keyring}"})
    cluster = collected(server)
    assert guest(cluster, VM).cloud_init is not None
    text = cluster.model_dump_json()
    for secret in (*opens, "sshkeys", "cipassword", "ssh-ed25519", server.token_secret):
        assert secret not in text


def test_a_storage_without_a_name_to_list_it_by(server: ClusterServer) -> None:
    """A name that cannot be part of a path costs that storage's listing only."""
    server.faults.add("/storage", data=[{"storage": "..", "type": "dir", "path": "/x", "content": "backup"}])
    assert storage(collected(server), "..").backups_coverage.reason is Incomplete.BAD_ANSWER


def test_a_backup_is_named_like_its_storage_names_it(lab: ClusterDescription) -> None:
    """The demo's own helper: its names are the real ones."""
    made: DemoBackup = make_backup(lab.guests[CONTAINER], "nas", MOMENT)
    assert made.volume == f"nas:backup/vzdump-{lab.guests[CONTAINER].type}-100-2026_11_20-00_00_00.tar.zst"
    assert made.storage == "nas"
