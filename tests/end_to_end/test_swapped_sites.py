"""Clusters that change their sites with each other, with nodes of one name, while guests go from one to the other."""

from __future__ import annotations

import pytest

from proxbox_plan.demo.cluster import ClusterDescription, ClusterServer
from tests.end_to_end.conftest import SetUp, on_each_version
from tests.end_to_end.test_relocations import FORCE
from tests.end_to_end.test_vmids import given, guest

pytestmark = pytest.mark.covering

MACHINES = "virtualization/virtual-machines"


def described(name: str, *guests: int) -> ClusterDescription:
    """Return a cluster whose nodes are called like those of the other one."""
    cluster = ClusterDescription.seeded(3, guests=0, nodes=2, name=name)
    return given(cluster, {900 + number: ("app", "db", "web")[number] for number in guests})


@on_each_version
@pytest.mark.parametrize("scope", ["site", "none"])
def test_it_is_one_plan(set_up: SetUp, scope: str) -> None:
    """Nodes and clusters go without name and place meanwhile; each machine is the same one afterwards."""
    lab, other = described("lab", 0, 2), described("other", 1)
    stage = set_up(lab)
    stage.ask("POST", "ipam/vrfs/", {"name": "other"})
    with ClusterServer(other) as server:
        stage.configure_two(server, f"    vrf: other\n    cluster_scope: {scope}")
        config = stage.folder / "proxbox.yaml"
        config.write_text(config.read_text().replace("site: DC1", f"site: DC1\n    cluster_scope: {scope}"))
        stage.settle()
        had = {row["name"]: row["id"] for row in stage.netbox(MACHINES)}
        text = config.read_text()
        config.write_text(text.replace("DC1", "DC0").replace("DC2", "DC1").replace("DC0", "DC2"))
        lab.delete_guest(900)
        other.delete_guest(901)
        lab.add_guest(guest("db", 901))
        other.add_guest(guest("app", 900))
        plan = stage.plan(FORCE)
        assert plan.problems == ()
        stage.apply(FORCE)
        assert {row["name"]: row["id"] for row in stage.netbox(MACHINES)} == had
        assert stage.plan().changes == ()
        sites = {row["custom_fields"]["proxbox_key"]: row["site"]["name"] for row in stage.netbox("dcim/devices")}
        assert sites == {
            f"{name}/node/{node}": site for name, site in (("lab", "DC2"), ("other", "DC1")) for node in lab.nodes
        }
