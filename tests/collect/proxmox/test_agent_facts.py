"""What guest agents are asked beside addresses: only on request, once, and not after a call that failed."""

from __future__ import annotations

from typing import Any

import pytest

from proxbox_plan.demo.cluster import LOGIN_PAGE, ClusterServer, Recording
from proxbox_plan.model.policy.areas import Areas
from proxbox_plan.model.state import COMPLETE, NOT_READ, AgentOs, Coverage, Incomplete
from proxbox_plan.report.text.state import missing_parts
from tests.collect.proxmox.areas import collected, guest
from tests.collect.proxmox.impatience import FOR_EVER, impatient
from tests.collect.proxmox.renewed import renewed
from tests.collect.proxmox.test_coverage import CONTAINER, QUIET, STOPPED, VM, describe
from tests.recordings import NORD, recording

FACTS = Areas(guest_os=True, guest_hostname=True)
AGENT = f"/nodes/a/qemu/{VM}/agent"
OS, HOST_NAME, INTERFACES = (f"{AGENT}/{name}" for name in ("get-osinfo", "get-host-name", "network-get-interfaces"))


@pytest.fixture
def server(shared: ClusterServer) -> ClusterServer:
    """Return the server as new."""
    return renewed(shared, describe())


def asked(server: ClusterServer) -> list[str]:
    """Return what agents were asked, in order."""
    return [request.path for request in server.requests if "/agent/" in request.path]


def coverage(server: ClusterServer, vmid: int = VM, areas: Areas = FACTS) -> tuple[Coverage, Coverage]:
    """Return the coverage of operating system and host name."""
    found = guest(collected(server, areas), vmid)
    assert found.coverage.agent_os.complete is (found.agent_os is not None or found.type == "lxc")
    return found.coverage.agent_os, found.coverage.agent_hostname


def test_nothing_more_is_asked_by_default(server: ClusterServer) -> None:
    """One call for each agent, as ever."""
    assert coverage(server, areas=Areas()) == (NOT_READ, NOT_READ)
    assert asked(server) == [INTERFACES]


def test_each_fact_is_one_call_more(server: ClusterServer) -> None:
    """Of running virtual machines whose agent is enabled, and of no other guest."""
    found = guest(collected(server, FACTS), VM)
    assert found.agent_os == AgentOs(name="Debian GNU/Linux", version="13")
    assert (found.agent_hostname, found.coverage.agent) == (f"g{VM}", COMPLETE)
    assert asked(server) == [INTERFACES, OS, HOST_NAME]
    server.forget()
    assert coverage(server, areas=Areas(guest_hostname=True)) == (NOT_READ, COMPLETE)
    assert asked(server) == [INTERFACES, HOST_NAME]


def test_addresses_need_not_be_asked_for(server: ClusterServer) -> None:
    """The operating system alone is one call."""
    assert coverage(server, areas=Areas(addresses=False, guest_interfaces=False, guest_os=True))[0] == COMPLETE
    assert asked(server) == [OS]


@pytest.mark.parametrize(
    ("vmid", "reason"),
    [(STOPPED, Incomplete.GUEST_STOPPED), (QUIET, Incomplete.AGENT_DISABLED), (CONTAINER, None)],
)
def test_a_guest_without_a_running_agent(server: ClusterServer, vmid: int, reason: Incomplete | None) -> None:
    """It is not asked; of a container nothing is missing."""
    found = coverage(server, vmid)
    assert {one.reason for one in found} == {reason}


@pytest.mark.covering
@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ({"status": 500, "reason": "QEMU guest agent is not running"}, Incomplete.AGENT_SILENT),
        ({"status": 403, "reason": "Permission check failed (/vms/100, VM.GuestAgent.Audit)"}, Incomplete.FORBIDDEN),
        ({"status": 595, "reason": "No route to host"}, Incomplete.UNREACHABLE),
        ({"drop": True}, Incomplete.UNREACHABLE),
        ({"body": LOGIN_PAGE}, Incomplete.BAD_ANSWER),
        ({"data": {"result": {"error": {"class": "Unsupported", "desc": "no"}}}}, Incomplete.AGENT_SILENT),
        ({"data": {"result": {}}}, Incomplete.AGENT_SILENT),
        ({"data": {}}, Incomplete.AGENT_SILENT),
        ({"data": None}, Incomplete.AGENT_SILENT),
        ({"data": []}, Incomplete.AGENT_SILENT),
        ({"data": "yes"}, Incomplete.BAD_ANSWER),
        ({"data": {"result": {"kernel-release": "6.1"}}}, Incomplete.BAD_ANSWER),
        ({"data": {"result": {"id": "x", "name": ["y"], "host-name": {}}}}, Incomplete.BAD_ANSWER),
        ({"data": {"result": [1, 2]}}, Incomplete.BAD_ANSWER),
    ],
)
def test_an_agent_that_does_not_answer(server: ClusterServer, fault: dict[str, Any], reason: Incomplete) -> None:
    """Silent, refused, unreachable, `Unsupported`, nonsense: each is marked, with the path; the rest is read."""
    server.faults.add("*/agent/get-*", **fault)
    found = guest(collected(server, FACTS), VM)
    assert {found.coverage.agent_os.reason, found.coverage.agent_hostname.reason} == {reason}
    assert "get-osinfo" in found.coverage.agent_os.detail
    assert (found.agent_os, found.agent_hostname) == (None, None)
    assert found.coverage.addresses.complete


def test_a_slow_agent_costs_one_call(server: ClusterServer) -> None:
    """What waits for ever is given up, and the other question is not sent."""
    server.faults.add(OS, hang=FOR_EVER)
    with impatient(OS):
        found = coverage(server)
    assert {one.reason for one in found} == {Incomplete.TIMEOUT}
    assert asked(server) == [INTERFACES, OS]


def test_an_agent_that_failed_is_not_asked_again(server: ClusterServer) -> None:
    """The call for addresses says it all; when it only refuses that command, the others are sent."""
    server.faults.add(INTERFACES, status=500, reason="VM 100 qga command failed - got timeout")
    assert {one.reason for one in coverage(server)} == {Incomplete.AGENT_SILENT}
    assert asked(server) == [INTERFACES]
    server.forget()
    server.faults.add(INTERFACES, data={"result": {"error": {"class": "CommandNotFound", "desc": "disabled"}}})
    assert coverage(server) == (COMPLETE, COMPLETE)
    assert asked(server) == [INTERFACES, OS, HOST_NAME]


@pytest.fixture(scope="module")
def nord() -> Recording:
    """Return the recording with the most systems."""
    return recording(NORD)


@pytest.mark.covering
@pytest.mark.parametrize(
    ("vmid", "platform", "hostname"),
    [(101, "Debian GNU/Linux 12", "web01"), (103, "Windows Server 2022", "WIN-DC1"), (135, "FreeBSD 14.0", "h")],
)
def test_the_recorded_agents(nord: Recording, vmid: int, platform: str, hostname: str) -> None:
    """Linux, Windows and BSD, and one whose agent has no such commands."""
    with ClusterServer(nord) as server:
        cluster = collected(server, FACTS)
    found = guest(cluster, vmid)
    assert found.agent_os is not None
    assert (found.agent_os.platform, found.agent_hostname) == (platform, hostname)
    refused = guest(cluster, 108).coverage.agent_os
    assert refused.reason is Incomplete.AGENT_SILENT
    assert "has not been found" in refused.detail


def test_what_is_usual_needs_no_fix(server: ClusterServer) -> None:
    """A guest that is stopped or has no agent is no reason to look; one whose agent is silent is."""
    server.faults.add(OS, status=500, reason="QEMU guest agent is not running")
    shown = [f"{subject}: {coverage.reason}" for subject, coverage in missing_parts(collected(server, FACTS))]
    assert [line for line in shown if "agent" in line] == [
        f"qemu/{VM} agent_os: agent-silent",
        f"qemu/{VM} agent_hostname: agent-silent",
    ]
