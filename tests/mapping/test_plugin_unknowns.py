"""What the plugin's tables get of a cluster that does not say everything about itself."""

from __future__ import annotations

from typing import Any

import pytest

from proxbox_plan.model.plan import Plan
from proxbox_plan.model.policy import ClusterPolicy
from proxbox_plan.model.state import Node
from proxbox_plan.model.state.sdn import Sdn, SdnSubnet, SdnVnet, SdnZone
from tests.plan import everything as full
from tests.plan.world import World, fields_of, policy

ENDPOINT = "proxbox-endpoint:lab/endpoint"


def planned(host: str = "lab.example", **cluster: Any) -> Plan:
    """Return the first plan of a cluster that is reached at a host."""
    clusters = (ClusterPolicy(name="lab", site="DC1", host=host),)
    options = policy(*clusters, areas=full.ALL)
    return World(full.state(full.cluster(**cluster)), policy=options, plugins=full.PLUGIN).plan()


def kinds(plan: Plan) -> set[str]:
    """Return the kinds of which the plan has a change."""
    return {change.kind for change in plan.changes}


def nodes(**fields: Any) -> tuple[Node, ...]:
    """Return the nodes of the cluster, changed."""
    return tuple(node.model_copy(update=fields) for node in full.cluster().nodes)


def test_a_firewall_of_the_cluster_that_was_not_read() -> None:
    """That of its nodes and guests is planned all the same."""
    plan = planned(firewall=None)
    rules = {change.address for change in plan.changes if change.kind == "proxbox-firewall-rule"}
    assert rules
    assert not [address for address in rules if address.startswith("proxbox-firewall-rule:lab/firewall/")]


def test_an_sdn_that_was_not_read() -> None:
    """Nothing is planned of it, neither in the plugin's tables nor in NetBox's own."""
    found = kinds(planned(sdn=None))
    assert not [kind for kind in found if kind.startswith("proxbox-sdn")]
    assert "l2vpn" not in found


def test_a_version_that_is_not_known() -> None:
    """The endpoint is planned without it."""
    assert "version" in fields_of(planned(), ENDPOINT)
    assert "version" not in fields_of(planned(version=None), ENDPOINT)


@pytest.mark.parametrize("address", [None, "not an address"])
def test_a_cluster_without_any_address(address: str | None) -> None:
    """The endpoint has none, and the nodes have no row, for which the plugin requires one."""
    plan = planned("pve_1", nodes=nodes(address=address, interfaces=()))
    assert fields_of(plan, ENDPOINT).get("ip_address", (None, None))[1] is None
    assert "proxbox-node" not in kinds(plan)


def test_a_subnet_that_is_no_network() -> None:
    """It is listed without a prefix."""
    subnet = SdnSubnet(id="vz-odd", cidr="not a network")
    vnet = SdnVnet(name="odd", zone="vz", tag=20, subnets=(subnet,))
    plan = planned(sdn=Sdn(zones=(SdnZone(name="vz", type="vlan"),), vnets=(vnet,)))
    assert "prefix" not in kinds(plan)
    assert fields_of(plan, "proxbox-sdn-subnet:lab/sdn/subnet/odd/vz-odd")["prefix"] == (None, None)
