"""What the configuration names and NetBox lacks: an error where a cluster names it, a problem where a rule does."""

from __future__ import annotations

from pathlib import Path

import pytest

from proxbox_plan.demo.cluster import ClusterServer
from proxbox_plan.demo.netbox import FakeNetBoxThread
from proxbox_plan.model.problem import ProblemCode
from tests.cases import sample
from tests.end_to_end.stage import Stage
from tests.end_to_end.test_everyday_changes import one_guest

DC1 = {"name": "DC1", "slug": "dc1"}


@pytest.mark.parametrize(
    ("site", "cluster", "where", "what"),
    sample(
        (
            (True, "    nodes: {location: Room}", "proxbox.yaml:13:23", "location 'Room'"),
            (False, "", "proxbox.yaml:12:11", "site 'DC1'"),
            (True, "    tenant: Acme", "proxbox.yaml:13:13", "tenant 'Acme'"),
        )
    ),
)
def test_a_name_of_a_cluster_that_netbox_lacks(tmp_path: Path, site: bool, cluster: str, where: str, what: str) -> None:  # noqa: FBT001
    """Nothing is planned, as most of it would wait; the doctor says the same."""
    with FakeNetBoxThread() as netbox, ClusterServer(one_guest()) as proxmox:
        stage = Stage(tmp_path, netbox.url, netbox.token, proxmox)
        stage.configure(cluster=cluster, rest="")
        if site:
            stage.ask("POST", "dcim/sites/", DC1)
        said = stage.run("plan")
        assert said.code == 1
        assert f"{where}: NetBox has no {what}, which the configuration names" in said.err
        assert f"NetBox has no {what}, which the configuration names" in stage.run("doctor").out


def test_a_name_of_a_rule_is_a_problem_of_what_gets_it(tmp_path: Path) -> None:
    """The rest is planned."""
    with FakeNetBoxThread() as netbox, ClusterServer(one_guest()) as proxmox:
        stage = Stage(tmp_path, netbox.url, netbox.token, proxmox)
        stage.configure(rest="mapping: {create_sites: true}\nrules: [{set: {tenant: Acme}}]")
        plan = stage.plan()
        assert ProblemCode.REFERENCE_MISSING in {problem.code for problem in plan.problems}
        assert any(change.kind == "device" for change in plan.changes)
