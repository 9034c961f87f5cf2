"""The adoption summary: what a first plan takes over of a NetBox that people filled, and what it leaves to them."""

from __future__ import annotations

import pytest

from proxbox_plan.model.plan import Plan
from proxbox_plan.report.adoption import adoption_lines
from proxbox_plan.report.html.plan_pages import plan_page
from proxbox_plan.report.markdown.plan import plan_markdown
from proxbox_plan.report.text.plan import plan_text
from tests.plan.lab import lab, nic, vm
from tests.plan.world import World, policy

LINES = [
    "1 cluster, found by name and scope",
    "1 virtual machine, found by name and cluster",
    "2 VM interfaces, found by MAC address (1), machine and name (1)",
    "NetBox also has 2 machines in lab that no guest is: old-1, old-2",
    "1 ambiguous match: see the problems",
]


@pytest.fixture(scope="module")
def world() -> World:
    """Return a NetBox with a cluster, a guest with two NICs, two other machines, and two platforms of one name."""
    made = World(lab(vm(nics=(nic(100), nic(100, 1)))), policy())
    site = made.add("site", "DC1", slug="dc1", status="active")
    cluster = made.add("cluster", "labcluster", scope=made.ref("site", site.id))
    of = {"cluster": made.ref("cluster", cluster.id)}
    machine = made.add("virtual-machine", "vm-100", **of)
    for name, mac in (("eth0", nic(100).mac), ("net1", None)):
        made.add("vm-interface", name, virtual_machine=made.ref("virtual-machine", machine.id), mac_address=mac)
    for name in ("old-2", "old-1"):
        made.add("virtual-machine", name, **of)
    for slug in ("one", "two"):
        made.add("platform", "Linux (kernel 2.6 or newer)", slug=slug)
    return made


@pytest.fixture(scope="module")
def plan(world: World) -> Plan:
    """Return its first plan."""
    return world.plan()


def test_it_says_what_and_by_which_match(plan: Plan) -> None:
    """Kind by kind, then what NetBox has beside, then what is ambiguous."""
    assert list(adoption_lines(plan)) == LINES


def test_a_plan_begins_with_it(plan: Plan) -> None:
    """On a terminal, in a pull request, and on the page."""
    second = plan_text(plan).partition("\n\n")[2]
    assert second.startswith("Taken over from NetBox\n    1 cluster, found by name and scope\n")
    head, _, rest = plan_markdown(plan).partition("**Taken over from NetBox**")
    assert "|" not in head.partition("###")[2]
    assert all(f"- {line}" in rest for line in LINES)
    assert ("Taken over", "; ".join(LINES)) in plan_page(plan).facts


def test_a_later_plan_has_none(world: World) -> None:
    """What people add to the cluster is no news."""
    world.settle()
    plan = world.plan()
    assert list(adoption_lines(plan)) == []
    assert plan.only_in_netbox == {}
