"""Platforms as guest agents say them, from the first sync on; then the agents fall silent, one way after the other."""

from __future__ import annotations

from typing import Any

import pytest

from proxbox_plan.demo.cluster import LOGIN_PAGE, ClusterDescription
from proxbox_plan.demo.cluster.guest_answers import OS_RELEASES
from tests.end_to_end.conftest import SetUp, on_each_version
from tests.end_to_end.stage import Stage
from tests.end_to_end.test_everyday_changes import one_guest

ASKING = """mapping: {create_sites: true}
scope: {plugin: false, guest_os: true, guest_hostname: true}
rules:
  - when: {agent_os: "Debian*"}
    set: {role: Debian server}
  - set: {dns_name: "{{ guest.agent_hostname }}.example.org"}
"""
FAULTS: dict[str, dict[str, Any]] = {
    "silent": {"status": 500, "reason": "QEMU guest agent is not running"},
    "forbidden": {"status": 403, "reason": "Permission check failed"},
    "unsupported": {"data": {"result": {"error": {"class": "Unsupported"}}}},
    "nonsense": {"body": LOGIN_PAGE},
}


def shown(stage: Stage, field: str) -> dict[str, str | None]:
    """Return the name in a field of every machine in NetBox, by key."""
    rows = stage.netbox("virtualization/virtual-machines")
    return {row["custom_fields"]["proxbox_key"]: (row[field] or {}).get("name") for row in rows}


def inside(cluster: ClusterDescription) -> dict[str, str]:
    """Return the systems inside the virtual machines whose agents answer, by key."""
    return {
        f"lab/qemu/{guest.vmid}": "Windows Server 2022"
        if guest.ostype.startswith("w")
        else "{0} {2}".format(*OS_RELEASES[guest.vmid % len(OS_RELEASES)])
        for guest in cluster.guests.values()
        if guest.type == "qemu" and guest.agent and guest.running and not guest.template
    }


@pytest.mark.covering
@on_each_version
def test_platforms_are_what_agents_say(set_up: SetUp) -> None:
    """Of each agent that answers; NetBox agrees from then on, whatever becomes of the agents."""
    cluster = one_guest()
    stage = set_up(cluster)
    stage.configure(rest=ASKING)
    stage.settle()
    found, expected = shown(stage, "platform"), inside(cluster)
    assert len(set(expected.values())) > 1
    assert {key: found[key] for key in expected} == expected
    debian = {key for key, system in expected.items() if system.startswith("Debian")}
    assert {key for key, role in shown(stage, "role").items() if role == "Debian server"} == debian
    [address] = stage.netbox("ipam/ip-addresses", address="10.99.0.10")
    assert address["dns_name"] == "app.example.org"
    for fault in FAULTS.values():
        stage.proxmox.faults.clear()
        stage.proxmox.faults.add("*/agent/get-*", **fault)
        plan = stage.plan()
        assert plan.changes == ()
        assert {item.fields for item in plan.deferred if item.name == "app"} == {("platform", "role")}
    stage.proxmox.faults.clear()
    cluster.change(900, agent=False)
    assert stage.plan().changes == ()
    assert shown(stage, "platform") == found


def test_a_rule_on_what_is_not_read_is_an_error(set_up: SetUp) -> None:
    """A condition or template that could never be decided is refused, with its place."""
    stage = set_up(one_guest())
    stage.configure(rest=ASKING.replace("guest_os: true", "guest_os: false"))
    said = stage.run("validate")
    assert said.code == 1
    assert "'agent_os' is only read from Proxmox with `scope.guest_os: true`" in said.err
    stage.configure(rest='rules: [{set: {platform: "{{ guest.agent_os }}"}}]')
    said = stage.run("validate")
    assert said.code == 1
    assert "reads guest.agent_os, which is only read from Proxmox with `scope.guest_os: true`" in said.err
