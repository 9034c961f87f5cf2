"""Our two custom fields are on what may come to carry our marks: the configuration and NetBox say it, no cluster."""

from __future__ import annotations

from dataclasses import replace

import pytest

from proxbox_plan.model.plan import Action
from proxbox_plan.model.policy import Policy
from proxbox_plan.model.policy.areas import Areas
from tests.plan.lab import container, disk, lab, now, vm, world
from tests.plan.world import World, fields_of, policy

MARKS = ("custom-field:proxbox_applied", "custom-field:proxbox_key")
ON_REQUEST = {"dcim.macaddress", "ipam.prefix", "ipam.vrf", "vpn.l2vpn"}


def types_of(made: World) -> set[str]:
    """Return the object types the marks are on."""
    made.apply()
    found = [set(row.fields["object_types"]) for row in made.rows["custom-field"].values()]
    assert found[0] == found[1]
    return found[0]


@pytest.mark.parametrize(
    ("options", "version", "expected"),
    [
        (policy(), "4.7.3", set()),
        (policy(), "4.6.1", {"dcim.macaddress"}),
        (policy(node_prefixes=True), "4.7.3", {"ipam.prefix"}),
        (policy(areas=Areas(sdn=True)), "4.7.3", {"ipam.prefix", "ipam.vrf", "vpn.l2vpn"}),
    ],
    ids=["by default", "before NetBox 4.7", "node prefixes", "SDN"],
)
def test_what_is_never_wanted_gets_no_field(options: Policy, version: str, expected: set[str]) -> None:
    """There nothing can be ours, so that its list need not be read either."""
    found = types_of(World(lab(vm()), options, version))
    assert found & ON_REQUEST == expected
    assert {"virtualization.virtualmachine", "virtualization.virtualdisk", "dcim.device", "ipam.vlan"} <= found


def test_every_cluster_wants_the_same() -> None:
    """So first plans of several clusters, made side by side, agree."""
    guests = [(), (vm(disks=()),), (vm(disks=(disk(),)), container())]
    assert len({frozenset(types_of(World(lab(*some), policy()))) for some in guests}) == 1


def test_an_object_type_that_is_asked_for_later_is_added_before_what_needs_it() -> None:
    """NetBox refuses a key where the field is not."""
    made = world()
    known = types_of(made)
    asked = replace(made, policy=policy(node_prefixes=True))
    plan = asked.plan()
    changes = {str(change.address): change for change in plan.changes}
    for mark in MARKS:
        assert changes.pop(mark).action is Action.UPDATE
        assert fields_of(plan, mark) == {"object_types": (sorted(known), sorted({*known, "ipam.prefix"}))}
    assert changes
    assert all(set(MARKS) <= set(change.depends_on) for change in changes.values())
    asked.apply(plan)
    assert asked.plan().changes == ()


def test_what_is_asked_for_no_more_keeps_its_field() -> None:
    """Taking the field away would take the keys of what is ours."""
    made = World(lab(vm()), policy(node_prefixes=True))
    known = types_of(made)
    after = replace(now(made, vm()), policy=policy())
    assert not set(MARKS) & {change.address for change in after.plan().changes}
    assert "ipam.prefix" in known
