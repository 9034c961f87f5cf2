"""Checks of a Proxmox cluster: on the recordings of real ones, and on a demo cluster that can be made to fail."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from proxbox_plan.collect.proxmox.privileges.required import REQUIRED, required_for
from proxbox_plan.collect.proxmox.run import collect_cluster
from proxbox_plan.demo.cluster import ClusterDescription, ClusterServer
from proxbox_plan.doctor.finding import CheckResult, Status
from proxbox_plan.doctor.proxmox import check_cluster
from proxbox_plan.doctor.roles import least_privileges, role_commands
from proxbox_plan.model.policy.areas import Areas, TaskArea
from proxbox_plan.model.state import Incomplete
from proxbox_plan.report.text.state import missing_parts
from tests.recordings import NORD, recording

EVERYTHING = Areas(snapshots=True, backups=True, tasks=TaskArea(), firewall=True, sdn=True, cpu_models=True)
DEFAULT = Areas()
LEAST = least_privileges(required_for(EVERYTHING, 9))


def found_in(
    server: ClusterServer, areas: Areas = DEFAULT, now: float | None = None, netbox: str | None = None
) -> Mapping[str, CheckResult]:
    """Return what is found, by check."""
    findings, _ = check_cluster(server.connection("lab"), areas, time.time() if now is None else now, netbox)
    return {finding.check: finding for finding in findings}


def bad(found: Mapping[str, CheckResult]) -> dict[str, Status]:
    """Return the checks that did not end well."""
    return {name: finding.status for name, finding in found.items() if finding.status is not Status.OK}


def cluster(privileges: list[str]) -> ClusterDescription:
    """Return a small cluster whose token has these privileges."""
    made = ClusterDescription.seeded(1, guests=4, nodes=1, name="lab")
    made.privileges = tuple(privileges)
    return made


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("pve-9.2-cluster-auditor", {"clock": Status.WARNING}),
        ("pve-9.2-standalone-auditor", {"clock": Status.WARNING}),
        ("pve-8.4-cluster-auditor", {"clock": Status.WARNING, "privilege VM.Monitor on /vms": Status.WARNING}),
    ],
)
def test_an_auditor_has_what_is_needed(name: str, expected: dict[str, Status]) -> None:
    """PVEAuditor on `/` is enough for what is on by default; before version 9 it may not ask the guest agent."""
    with ClusterServer(recording(name)) as server:
        assert bad(found_in(server)) == expected


@pytest.mark.parametrize(
    ("netbox", "areas", "status", "text"),
    [
        ("https://netbox.example", DEFAULT, Status.WARNING, "in which subnets"),
        ("http://netbox.example:8000/netbox", EVERYTHING, Status.WARNING, "a v1 token, which NetBox 5.0"),
        ("https://other.example", EVERYTHING, Status.OK, "another NetBox than ours"),
        (None, EVERYTHING, Status.OK, "writes to http://netbox.example/api"),
    ],
)
def test_an_ipam_that_writes_to_a_netbox(netbox: str | None, areas: Areas, status: Status, text: str) -> None:
    """It is named, also while SDN is not synced, and its token is not said."""
    with ClusterServer(recording(NORD)) as server:
        found = found_in(server, areas, netbox=netbox)
    assert (found["ipam nb"].status, text in found["ipam nb"].message) == (status, True)
    assert "ipam pve" not in found
    assert "geheimesToken123" not in str(found)


@pytest.mark.parametrize(
    "rows", [None, [{"ipam": "nb", "type": "netbox", "url": "https://[nothing"}, {"type": "netbox"}]]
)
def test_ipams_that_cannot_be_read(rows: list[dict[str, str]] | None) -> None:
    """Are no finding: its privileges are one."""
    with ClusterServer(cluster(LEAST)) as server:
        fault: dict[str, Any] = {"status": 403} if rows is None else {"data": rows}
        server.faults.add("/cluster/sdn/ipams", **fault)
        assert [name for name in found_in(server) if name.startswith("ipam")] == []


def test_a_token_without_rights_lacks_all_of_them() -> None:
    """Each with what is not seen without it, and where to find the remedy."""
    with ClusterServer(recording("pve-9.2-cluster-norights")) as server:
        found = found_in(server)
    lacking = {name for name, status in bad(found).items() if status is Status.FAILED}
    assert lacking >= {"privilege VM.Audit on /vms", "privilege Sys.Audit on /"}
    assert "may not view guests" in found["privilege VM.Audit on /vms"].message
    assert "least role" in found["privilege VM.Audit on /vms"].hint


def test_the_least_role_is_enough_for_everything() -> None:
    """The collector proves every list complete with it, and the checks find nothing lacking."""
    with ClusterServer(cluster(LEAST)) as server:
        assert bad(found_in(server, EVERYTHING)) == {}
        read = collect_cluster(server.connection("lab"), areas=EVERYTHING)
    assert [subject for subject, coverage in missing_parts(read) if coverage.reason is Incomplete.FORBIDDEN] == []


@pytest.mark.parametrize("privilege", LEAST)
def test_it_is_the_least(privilege: str) -> None:
    """Without any one of its privileges a check says so."""
    with ClusterServer(cluster([name for name in LEAST if name != privilege])) as server:
        found = bad(found_in(server, EVERYTHING))
    needs = [need for need in required_for(EVERYTHING, 9) if privilege in need.privileges]
    lacking = sorted(f"privilege {need.least} on {need.tree}" for need in needs)
    uncertain = sorted(name for name in found if name not in lacking)
    # Without Sys.Audit on /access the access list is filtered, so that nothing proves what else is visible.
    proven = {f"privilege {need.least} on {need.tree}" for need in required_for(EVERYTHING, 9) if not need.alone}
    assert uncertain == (sorted(proven - set(lacking)) if privilege == "Sys.Audit" else [])
    assert {found[name] for name in uncertain} <= {Status.WARNING}
    assert set(found) >= set(lacking)


def test_no_access_on_a_pool_is_reported() -> None:
    """The guests and storages in it are hidden: whatever else the token may do."""
    with ClusterServer(cluster(LEAST)) as server:
        row = {"path": "/pool/prod", "propagate": 1, "roleid": "NoAccess", "type": "group", "ugid": "readers"}
        server.faults.add("/access/acl", data=[row])
        found = found_in(server)
    hidden = {"privilege VM.Audit on /vms", "privilege Datastore.Audit on /storage", "privilege Pool.Audit on /pool"}
    assert set(bad(found)) == hidden | {"privilege VM.GuestAgent.Audit on /vms"}
    assert "NoAccess on /pool/prod" in found["privilege VM.Audit on /vms"].message


def test_a_filtered_access_list_is_reported() -> None:
    """As one thing that is lacking; what follows from it is uncertain."""
    with ClusterServer(cluster(LEAST)) as server:
        reported = dict.fromkeys(("/", "/nodes", "/pool", "/sdn", "/storage", "/vms"), dict.fromkeys(LEAST, 1))
        server.faults.add("/access/permissions", data=reported)
        found = found_in(server)
    failed = {name for name, status in bad(found).items() if status is Status.FAILED}
    assert failed == {"privilege Sys.Audit on /access"}
    assert "uncertain whether the token may view guests" in found["privilege VM.Audit on /vms"].message


def test_backups_can_be_seen_by_who_manages_the_storages() -> None:
    """One right instead of two."""
    areas = Areas(backups=True)
    rest = [need.least for need in required_for(Areas(), 9)]
    with ClusterServer(cluster([*rest, "Datastore.Allocate"])) as server:
        assert bad(found_in(server, areas)) == {}
    with ClusterServer(cluster([*rest, "VM.Backup"])) as server:
        assert list(bad(found_in(server, areas))) == ["privilege Datastore.AllocateSpace on /storage"]


def test_every_area_that_is_off_needs_nothing() -> None:
    """What is not asked for is not checked."""
    names = {need.least for need in required_for(Areas(node_interfaces=False, addresses=False, storages=False), 9)}
    assert names == {"Sys.Audit", "VM.Audit", "Pool.Audit"}
    assert {need.least for need in REQUIRED} > names


@pytest.mark.parametrize(("version", "privilege"), [(9, "VM.GuestAgent.Audit"), (8, "VM.Monitor")])
@pytest.mark.parametrize("area", ["guest_os", "guest_hostname"])
def test_asking_guest_agents_takes_a_privilege_of_its_own(area: str, version: int, privilege: str) -> None:
    """Also without addresses; without it only some values are missing."""
    silent = Areas(addresses=False)
    assert privilege not in {need.least for need in required_for(silent, version)}
    needs = [need for need in required_for(silent.replace(**{area: True}), version) if need.least == privilege]
    assert [(need.tree, need.vital) for need in needs] == [("/vms", False)]


def test_the_commands_of_the_role() -> None:
    """A token with privilege separation has no more than its user; a name cannot leave its place."""
    role, user, token = role_commands(Areas(sdn=True), 8, "sync@pve", "a'; rm")
    assert (
        role
        == "pveum role add ProxboxPlan --privs 'Datastore.Audit Pool.Audit SDN.Audit Sys.Audit VM.Audit VM.Monitor'"
    )
    assert user == "pveum acl modify / --roles ProxboxPlan --users sync@pve"
    assert token == """pveum acl modify / --roles ProxboxPlan --tokens 'sync@pve!a'"'"'; rm'"""
    assert len(role_commands(Areas(), 9, "root@pam", None)) == 2


@pytest.mark.parametrize(
    ("ahead", "message"), [(3600, "seconds behind the local clock"), (-90, "seconds ahead of the local clock")]
)
def test_a_clock_that_is_wrong(ahead: int, message: str) -> None:
    """In words, with the direction."""
    with ClusterServer(cluster(LEAST)) as server:
        found = found_in(server, now=time.time() + ahead)["clock"]
    assert found.status is Status.WARNING
    assert message in found.message


@pytest.mark.filterwarnings("ignore::urllib3.exceptions.InsecureRequestWarning")
def test_a_certificate_that_is_not_verified() -> None:
    """It works, and is said."""
    with ClusterServer(cluster(LEAST)) as server:
        connection = server.connection("lab", verify_tls=False, ca_file=None)
        findings, _ = check_cluster(connection, Areas(), time.time())
    assert bad({finding.check: finding for finding in findings}) == {"tls": Status.WARNING}


def test_a_cluster_that_lets_nobody_in() -> None:
    """One failure with its remedy, and no further question."""
    with ClusterServer(cluster(LEAST)) as server:
        findings, _ = check_cluster(server.connection("lab", token_name="other"), Areas(), time.time())
    (found,) = findings
    assert (found.check, found.status) == ("access", Status.FAILED)
    assert found.hint


def test_it_only_reads() -> None:
    """Nothing but GET reaches the cluster."""
    with ClusterServer(cluster(LEAST)) as server:
        found_in(server, EVERYTHING)
        assert {request.method for request in server.requests} == {"GET"}


def test_the_documented_role_is_the_one_of_a_default_configuration() -> None:
    """docs/doctor.md shows what the command prints."""
    page = (Path(__file__).parents[2] / "docs" / "doctor.md").read_text()
    assert "\n".join(role_commands(Areas(), 9, "netbox@pve", "sync")) in page
