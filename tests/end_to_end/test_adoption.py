"""A NetBox that people or proxbox-api filled is taken over without a duplicate, as a plan that can be reviewed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from proxbox_plan.demo.cluster import ClusterServer
from proxbox_plan.model.plan import Action
from proxbox_plan.model.problem import ProblemCode
from tests.contract.client import NetBox
from tests.end_to_end.conftest import SetUp, on_each_version
from tests.end_to_end.stage import REPOSITORY, Stage
from tests.end_to_end.test_everyday_changes import one_guest

MACHINES = "virtualization/virtual-machines"


def documented(stage: Stage, name: str) -> dict[str, Any]:
    """Let a person document the cluster and one of its virtual machines, with an address that is on nothing."""
    kind = stage.ask("POST", "virtualization/cluster-types/", {"name": "Proxmox", "slug": "proxmox"})
    site = stage.ask("POST", "dcim/sites/", {"name": "DC1", "slug": "dc1"})
    scope = {"scope_type": "dcim.site", "scope_id": site["id"]}
    cluster = stage.ask("POST", "virtualization/clusters/", {"name": "lab", "type": kind["id"], **scope})
    stage.ask("POST", "ipam/ip-addresses/", {"address": "10.99.0.10/24", "description": "reserved for app"})
    machine: dict[str, Any] = stage.ask("POST", f"{MACHINES}/", {"name": name, "cluster": cluster["id"], "memory": 5})
    return machine


def adopted(stage: Stage, machine: dict[str, Any]) -> None:
    """Check that the virtual machine was adopted, and what people wrote stayed."""
    count = len(stage.netbox(MACHINES))
    plan = stage.settle()
    changes = {str(change.address): change.action for change in plan.changes}
    assert changes["virtual-machine:lab/qemu/900"] is Action.ADOPT
    assert changes["cluster:lab/cluster"] is Action.ADOPT
    assert changes["ip-address:lab/qemu/900/net0/ip/10.99.0.10"] is Action.ADOPT
    rows = [row for row in stage.netbox(MACHINES) if row["custom_fields"]["proxbox_key"] == "lab/qemu/900"]
    assert [row["id"] for row in rows] == [machine["id"]]
    assert len(stage.netbox(MACHINES)) == count + sum(
        address.startswith("virtual-machine:") and action is Action.CREATE for address, action in changes.items()
    )


@pytest.mark.covering
@on_each_version
def test_what_people_documented_is_adopted(set_up: SetUp) -> None:
    """By natural key: the cluster by name and site, the virtual machine by name, the address because it is free."""
    stage = set_up(one_guest())
    adopted(stage, documented(stage, "app"))


@pytest.mark.covering
@on_each_version
def test_a_machine_that_is_in_no_cluster_yet(set_up: SetUp) -> None:
    """It is neither taken over by its name nor documented a second time; a person puts it into the cluster."""
    stage = set_up(one_guest())
    site = stage.ask("POST", "dcim/sites/", {"name": "DC1", "slug": "dc1"})
    machine = stage.ask("POST", f"{MACHINES}/", {"name": "APP", "site": site["id"]})
    plan = stage.plan()
    (problem,) = (item for item in plan.problems if item.code is ProblemCode.AMBIGUOUS_MATCH)
    assert (problem.address, "'APP'" in problem.message) == ("virtual-machine:lab/qemu/900", True)
    stage.apply()
    assert [row["name"] for row in stage.netbox(MACHINES, name__ie="app")] == ["APP"]
    (cluster,) = stage.netbox("virtualization/clusters")
    stage.ask("PATCH", f"{MACHINES}/{machine['id']}/", {"cluster": cluster["id"]})
    stage.settle()
    (row,) = stage.netbox(MACHINES, name__ie="app")
    assert (row["id"], row["custom_fields"]["proxbox_key"]) == (machine["id"], "lab/qemu/900")


@on_each_version
@pytest.mark.slow
def test_devices_that_are_in_no_cluster_yet(set_up: SetUp) -> None:
    """NetBox takes a machine only on a device of its cluster: the devices are put there first, in the same apply."""
    cluster = one_guest()
    stage = set_up(cluster)
    api = NetBox(stage.netbox_url, stage.netbox_token, is_fake=stage.fake is not None)
    documented(stage, "app")
    (site,) = stage.netbox("dcim/sites", slug="dc1")
    for name in cluster.nodes:
        api.device(name=name, site=site["id"])
    plan = stage.settle()
    actions = {str(change.address): change.action for change in plan.changes}
    assert {actions[f"device:lab/node/{name}"] for name in cluster.nodes} == {Action.ADOPT}


@pytest.mark.netbox
def test_what_proxbox_api_made_is_adopted(tmp_path: Path, real_netbox: NetBox) -> None:
    """By the sidecar of the real plugin, although the virtual machine has another name."""
    script = REPOSITORY / "testbed" / "netbox.py"
    subprocess.run([sys.executable, str(script), "reset"], check=True, capture_output=True, env=os.environ)
    with ClusterServer(one_guest()) as proxmox:
        stage = Stage(tmp_path, real_netbox.url, real_netbox.token, proxmox)
        stage.configure(rest="mapping: {create_sites: true}\nscope: {}")  # the sidecars are asked for in scope only
        machine = documented(stage, "app (2)")
        body = {"virtual_machine": machine["id"], "proxmox_vm_id": 900, "proxmox_vm_type": "qemu"}
        stage.ask("POST", "plugins/proxbox/sync-state/virtual-machines/", body)
        adopted(stage, machine)


@pytest.mark.slow
def test_an_address_of_somebody_else_stays_theirs(set_up: SetUp) -> None:
    """Trap 8: NetBox has the guest's address on another machine: it is reported with both, and all the rest lands."""
    stage = set_up(one_guest())
    kind = stage.ask("POST", "virtualization/cluster-types/", {"name": "Other", "slug": "other"})
    cluster = stage.ask("POST", "virtualization/clusters/", {"name": "elsewhere", "type": kind["id"]})
    router = stage.ask("POST", f"{MACHINES}/", {"name": "router", "cluster": cluster["id"]})
    port = stage.ask("POST", "virtualization/interfaces/", {"virtual_machine": router["id"], "name": "wan"})
    assigned = {"assigned_object_type": "virtualization.vminterface", "assigned_object_id": port["id"]}
    address = stage.ask("POST", "ipam/ip-addresses/", {"address": "10.99.0.10/16", **assigned})
    plan = stage.settle()
    found = [problem for problem in plan.problems if problem.address.endswith("/ip/10.99.0.10")]
    assert [problem.code for problem in found] == [ProblemCode.ADDRESS_CONFLICT]
    assert "router wan" in found[0].message
    assert "app net0" in found[0].message
    assert stage.ask("GET", f"ipam/ip-addresses/{address['id']}/")["last_updated"] == address["last_updated"]
    assert [row["name"] for row in stage.netbox(MACHINES, name="app")] == ["app"]
