"""Checks of NetBox, on the embedded one."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import SecretStr

from proxbox_plan.demo.netbox import FakeNetBoxThread, Fault
from proxbox_plan.doctor.finding import CheckResult, Status
from proxbox_plan.doctor.netbox import check_netbox
from proxbox_plan.doctor.required_permissions import as_permissions, needed, synced_kinds
from proxbox_plan.model.connection import NetBoxConnection
from proxbox_plan.model.policy import ClusterPolicy, Policy
from proxbox_plan.model.policy.areas import Areas
from proxbox_plan.model.policy.rules import (
    AddressRule,
    AddressTargets,
    ClusterRule,
    ClusterTargets,
    NodeRule,
    NodeTargets,
    Rule,
    Targets,
)
from tests.cases import Cases
from tests.examples import THOROUGH

POLICY = Policy(clusters=(ClusterPolicy(name="lab", site="DC1"),), areas=Areas(plugin=False))
PLUGGED = Policy(clusters=POLICY.clusters)
WRITES = [
    (name, action)
    for name, actions in sorted(needed(POLICY).items())
    for action in sorted(actions)
    if not name.startswith("netbox_proxbox.")  # which this NetBox does not run
]


def found_in(
    netbox: FakeNetBoxThread, policy: Policy = POLICY, *, token: str = "", now: float | None = None, **options: Any
) -> Mapping[str, CheckResult]:
    """Return what is found, by check, of a NetBox that has the site of the configuration."""
    if not netbox.fake.rows("dcim.site"):
        netbox.fake.handle("POST", "/api/dcim/sites/", {"name": "DC1", "slug": "dc1"})
    connection = NetBoxConnection(url=netbox.url, token=SecretStr(token or netbox.token), **options)
    findings = asyncio.run(check_netbox(connection, policy, time.time() if now is None else now))
    return {finding.check: finding for finding in findings}


def bad(found: Mapping[str, CheckResult]) -> dict[str, Status]:
    """Return the checks that did not end well, but for the connection, which is not encrypted here."""
    return {name: one.status for name, one in found.items() if one.status is not Status.OK and name != "tls"}


def test_a_netbox_that_is_fit() -> None:
    """Reachable, new enough, and the token may do everything."""
    with FakeNetBoxThread() as netbox:
        found = found_in(netbox)
    assert bad(found) == {}
    assert found["tls"].status is Status.WARNING


def test_exactly_what_is_needed_is_enough() -> None:
    """No right is asked for that the list of permissions does not have."""
    with FakeNetBoxThread(permissions=needed(POLICY)) as netbox:
        found = found_in(netbox)
    assert bad(found) == {}
    assert "can tell" not in found["permissions"].message  # what was given directly says whether it may delete


@pytest.mark.covering
def test_any_right_that_is_taken_away_is_named() -> None:
    """With its object type and its action, and where to read what is needed."""
    with FakeNetBoxThread() as netbox, Cases() as case:
        for object_type, action in WRITES[:: 1 if THOROUGH else 12]:
            with case(object_type, action):
                netbox.fake.permissions = {**needed(POLICY), object_type: needed(POLICY)[object_type] - {action}}
                found = found_in(netbox)
                assert list(bad(found)) == [f"permission {object_type}"]
                lacking = found[f"permission {object_type}"]
                if object_type == "core.objectchange":
                    assert lacking.status is Status.WARNING
                else:
                    assert lacking.status is Status.FAILED
                    assert lacking.message == f"The token may not {action} {object_type}"
                    assert "--permissions" in lacking.hint


def test_a_token_that_may_only_read() -> None:
    """Everything that is written is lacking, whatever the user may do."""
    with FakeNetBoxThread(read_only_token="r" * 40) as netbox:
        found = found_in(netbox, token="r" * 40)
    assert found["permission dcim.device"].message == "The token may not add, change, delete dcim.device"
    assert "permission ipam.vrf" not in found


def test_a_token_that_is_wrong() -> None:
    """One failure with its remedy, without the token."""
    with FakeNetBoxThread() as netbox:
        found = found_in(netbox, token="x" * 40)
    assert list(found) == ["access"]
    assert found["access"].status is Status.FAILED
    assert "x" * 40 not in found["access"].model_dump_json()


@pytest.mark.covering
@pytest.mark.parametrize(
    ("days", "status", "message"),
    [(100, Status.OK, "expires in 100 days"), (3, Status.WARNING, "expires in 3.0 days")],
)
def test_a_token_that_ends(days: int, status: Status, message: str) -> None:
    """Soon is a warning, while there is time to make another."""
    now = time.time()
    with FakeNetBoxThread() as netbox:
        assert found_in(netbox)["token"].message == "The token does not expire"
        netbox.fake.expire_token(datetime.fromtimestamp(now + days * 86_400, UTC).isoformat())
        found = found_in(netbox, now=now)["token"]
    assert (found.status, message in found.message) == (status, True)


def test_a_token_that_is_all_secret_is_not_asked_for() -> None:
    """It would stand in an address, and in logs."""
    with FakeNetBoxThread(token="a" * 40) as netbox:
        assert "token" not in found_in(netbox)
        assert not any("a" * 40 in record.query for record in netbox.fake.requests)


def test_a_netbox_that_is_too_old() -> None:
    """It is refused as every command refuses it."""
    with FakeNetBoxThread("4.1.2", token="a" * 40) as netbox:
        found = found_in(netbox)
    assert "4.2 or newer" in found["access"].message


@pytest.mark.parametrize(
    ("version", "expected"),
    [("4.3.7", {"changelog": Status.WARNING}), ("4.9.0", {"version": Status.WARNING})],
)
def test_versions(version: str, expected: dict[str, Status]) -> None:
    """Without messages in the changelog; newer than what was tested."""
    with FakeNetBoxThread(version, token="a" * 40) as netbox:
        assert bad(found_in(netbox)) == expected


@pytest.mark.parametrize(
    ("plugins", "status", "message"),
    [
        ({}, Status.WARNING, "does not run netbox_proxbox"),
        ({"netbox_proxbox": "0.0.29.post6"}, Status.OK, "netbox_proxbox 0.0.29.post6"),
        ({"netbox_proxbox": "0.1.0"}, Status.WARNING, "is not a tested version"),
    ],
)
def test_the_plugin(plugins: dict[str, str], status: Status, message: str) -> None:
    """There, not there, or another one."""
    with FakeNetBoxThread(plugins=plugins) as netbox:
        found = found_in(netbox, PLUGGED)
    assert found["plugin netbox_proxbox"].status is status
    assert message in found["plugin netbox_proxbox"].message


def test_a_plugin_that_is_not_wanted_is_not_asked_for() -> None:
    """Its kinds are off."""
    with FakeNetBoxThread() as netbox:
        assert "plugin netbox_proxbox" not in found_in(netbox)


def test_a_clock_that_is_wrong() -> None:
    """NetBox says its time with every answer."""
    with FakeNetBoxThread() as netbox:
        found = found_in(netbox, now=time.time() + 600)
    assert "seconds behind the local clock" in found["clock"].message


@pytest.mark.covering
@pytest.mark.parametrize(
    ("values", "status"),
    [
        ({"type": "text", "unique": True, "filter_logic": "exact"}, Status.OK),
        ({"type": "text", "unique": True, "filter_logic": "loose"}, Status.FAILED),
        ({"type": "text", "unique": False, "filter_logic": "exact"}, Status.FAILED),
    ],
)
def test_a_key_field_of_somebody_else(values: dict[str, Any], status: Status) -> None:
    """A field of that name that finds more than one object would let us change what is not ours."""
    with FakeNetBoxThread() as netbox:
        body = {"name": "proxbox_key", "object_types": ["dcim.device"], **values}
        assert netbox.fake.handle("POST", "/api/extras/custom-fields/", body).status == 201
        assert found_in(netbox)["custom field proxbox_key"].status is status


def test_it_only_reads() -> None:
    """Nothing that writes reaches NetBox."""
    with FakeNetBoxThread() as netbox:
        found_in(netbox)
        assert {record.method for record in netbox.fake.requests} == {"GET", "OPTIONS"}


def test_a_netbox_that_fails_in_the_middle() -> None:
    """What was found before stands; what it answers instead is a failure like any other."""
    with FakeNetBoxThread() as netbox:
        netbox.fake.faults = lambda record: Fault(status=500) if "devices" in record.path else None
        found = found_in(netbox)
    assert bad(found) == {"answers": Status.FAILED}
    assert "500" in found["answers"].message


def test_what_is_only_looked_up_is_only_viewed() -> None:
    """And only when something names it; a site is made only when that is asked for."""
    assert "tenancy.tenant" not in needed(POLICY)
    rule = Rule(set=Targets(tenant="Ops"))
    named = ClusterPolicy(name="lab", site="DC1", cluster_group="Prod", rules=(rule,))
    wanted = needed(POLICY.model_copy(update={"clusters": (named,), "create_sites": True}))
    assert wanted["tenancy.tenant"] == wanted["virtualization.clustergroup"] == {"view"}
    assert wanted["dcim.site"] == {"view", "add"}
    assert needed(POLICY)["dcim.site"] == {"view"}


def test_rules_of_all_clusters_name_things_too() -> None:
    """Wherever a rule stands: what it names must be found."""
    rules = {
        "rules": (Rule(set=Targets(tenant="Ops")),),
        "node_rules": (NodeRule(set=NodeTargets(location="Row 1")),),
        "cluster_rules": (ClusterRule(set=ClusterTargets(cluster_group="{{ cluster.name }}")),),
    }
    addressed = {"address_rules": (AddressRule(set=AddressTargets(tenant="Ops")),)}
    assert needed(POLICY.model_copy(update=addressed))["tenancy.tenant"] == {"view"}
    wanted = needed(POLICY.model_copy(update=rules))
    for object_type in ("tenancy.tenant", "dcim.location", "virtualization.clustergroup"):
        assert wanted[object_type] == {"view"}, object_type
        assert object_type not in needed(POLICY)


def test_every_area_brings_its_own_permissions() -> None:
    """What is switched off needs none; a plugin's are apart, so that they can be omitted."""
    assert not any(kind.plugin for kind in synced_kinds(POLICY))
    bodies = as_permissions(PLUGGED)
    for body in bodies:
        plugged = {name.startswith("netbox_proxbox.") for name in body["object_types"]}
        assert len(plugged) == 1
        assert body["constraints"] is None
    assert sorted(name for body in bodies for name in body["object_types"]) == sorted(needed(PLUGGED))
