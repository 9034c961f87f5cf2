"""Values of custom fields: what NetBox would not take of a rule is a problem, and costs the value, not the machine."""

from __future__ import annotations

from typing import Any

import pytest

from proxbox_plan.mapping.filled_field import shaped
from proxbox_plan.model.plan import Plan
from proxbox_plan.model.policy import Rule
from proxbox_plan.plan import desire, lookups_of, match
from tests.plan.lab import lab, now, vm
from tests.plan.test_validate import VM, not_allowed, settled_but_for_problems
from tests.plan.world import World, policy

FIRST, SECOND = (f"virtual-machine:lab/qemu/{vmid}" for vmid in (100, 101))


def ruled(value: Any, *vmids: int, **field: Any) -> World:
    """Return a world with a custom field of people that a rule sets on every guest."""
    rule = Rule.model_validate({"set": {"custom_fields": {"owner": value}}})
    made = World(lab(*map(vm, vmids or (100,))), policy(rules=(rule,)))
    made.add("custom-field", "owner", object_types=[VM], **field)
    return made


def given(plan: Plan, address: str) -> list[Any]:
    """Return what a plan writes to the custom field of a machine."""
    own = (change for change in plan.changes if change.address == address)
    return [item.after for change in own for item in change.fields if item.field == "cf_owner"]


def asked(made: World) -> dict[str, str]:
    """Return what NetBox is asked for, by filter."""
    questions = lookups_of(match(desire(made.state, made.inventory, made.policy)))
    return {item.filter: item.value for item in questions}


@pytest.mark.parametrize(("shape", "value"), [("select", "moon"), ("multiselect", ("x", "moon"))])
def test_a_choice_that_netbox_does_not_have(shape: str, value: Any) -> None:
    """The message says which there are."""
    made = ruled(value, type=shape)
    choices = made.add("choice-set", "letters", extra_choices=[["x", "X"], ["y", "Y"]])
    (field,) = made.rows["custom-field"].values()
    made.rows["custom-field"][field.id] = field.replace(
        fields={**field.fields, "choice_set": made.ref("choice-set", choices.id)}
    )
    plan = settled_but_for_problems(made)
    (problem,) = not_allowed(plan)
    assert "and NetBox has only these choices: x, y" in problem.message
    assert given(plan, FIRST) == []
    assert "lab/qemu/100" in made.keys("virtual-machine")


def test_choices_that_are_not_all_known() -> None:
    """A set that adds to a list of NetBox's own decides nothing."""
    made = ruled("moon", type="select", choice_set={"kind": "choice-set", "id": 7, "name": "letters"})
    assert given(made.plan(), FIRST) == ["moon"]
    row = made.add("choice-set", "letters", base_choices={"value": "IATA"}, extra_choices=[])
    made.rows["choice-set"] = {7: row.replace(id=7)}
    assert given(made.plan(), FIRST) == ["moon"]


def test_a_value_that_netbox_has_once_only() -> None:
    """The first has it, and keeps it; the problem names both."""
    made = ruled("same", 100, 101, type="text", unique=True)
    plan = settled_but_for_problems(made)
    (problem,) = not_allowed(plan)
    assert problem.address == SECOND
    assert "to 'same', which 'vm-100' has, and NetBox has it once only" in problem.message
    assert (given(plan, FIRST), given(plan, SECOND)) == (["same"], [])


def test_a_value_that_a_machine_of_people_has() -> None:
    """NetBox is asked for it, unless it does not filter by the field."""
    made = ruled("same", type="text", unique=True, filter_logic="exact")
    made.add("virtual-machine", "theirs", cf_owner="same", cluster=None)
    (problem,) = not_allowed(made.plan())
    assert "which 'theirs' has" in problem.message
    assert asked(made)["cf_owner"] == "same"
    made = ruled("same", type="text", unique=True, filter_logic="disabled")
    assert "cf_owner" not in asked(made)


def test_a_unique_value_that_is_there() -> None:
    """Is no problem, and asks NetBox nothing."""
    made = ruled("same", type="text", unique=True, filter_logic="exact")
    made.settle()
    assert made.plan().problems == ()
    assert "cf_owner" not in asked(made)


@pytest.mark.parametrize(
    ("shape", "value", "found"),
    [
        ("date", "20260105", "2026-01-05"),
        ("integer", 2.0, 2),
        ("multiselect", (7,), ["7"]),
        ("multiselect", [7], ["7"]),
        ("url", "wiki.example.com/x", "https://wiki.example.com/x"),
        ("url", "//wiki.example.com", "https://wiki.example.com"),
        ("url", "http://wiki.example.com", "http://wiki.example.com"),
        ("url", "mailto:ops@example.com", "mailto:ops@example.com"),
    ],
)
def test_values_as_netbox_returns_them(shape: str, value: Any, found: Any) -> None:
    """So that the second plan finds what the first one wrote."""
    assert shaped(value, shape) == found


@pytest.mark.parametrize(("shape", "value"), [("date", "yesterday"), ("integer", 2.5)])
def test_values_that_a_type_cannot_hold(shape: str, value: Any) -> None:
    """Nothing is cut off."""
    with pytest.raises(ValueError, match=r"yesterday|2\.5"):
        shaped(value, shape)


@pytest.mark.parametrize("default", [None, "none"])
def test_a_field_that_is_required_of_mac_addresses(default: str | None) -> None:
    """NetBox 4.7 makes these itself, without it: the interfaces come without the MAC address, and all else is there."""
    made = World(lab(vm()), policy())
    made.add("custom-field", "owner", type="text", object_types=["dcim.macaddress"], required=True, default=default)
    plan = settled_but_for_problems(made)
    (problem,) = not_allowed(plan)
    assert "1 interface comes without the MAC address" in problem.message
    assert "lab/qemu/100/net0/ip/10.0.1.100" in made.keys("ip-address")


EVERYTHING = [
    "virtualization.cluster",
    "virtualization.clustertype",
    "ipam.vlan",
    "ipam.vlangroup",
    "dcim.device",
    "dcim.devicerole",
    "dcim.devicetype",
    "dcim.interface",
    "dcim.manufacturer",
    "dcim.platform",
    "dcim.site",
    "ipam.ipaddress",
    VM,
    "virtualization.virtualdisk",
    "virtualization.vminterface",
]


def test_a_field_that_is_required_of_everything() -> None:
    """D11: the configuration gives it to objects of every kind, whatever no rule can give it to; a rule comes first."""
    rule = Rule.model_validate({"set": {"custom_fields": {"owner": "guests"}}})
    made = World(lab(vm()), policy(rules=(rule,), custom_fields={"owner": "ops"}))
    made.add("custom-field", "owner", type="text", object_types=EVERYTHING, required=True)
    assert settled_but_for_problems(made).problems == ()
    assert made.find("cluster", "lab/cluster").fields["cf_owner"] == "ops"
    assert made.find("vlan", "lab/vlan/20").fields["cf_owner"] == "ops"
    assert made.find("virtual-machine", "lab/qemu/100").fields["cf_owner"] == "guests"
    assert [row.fields["cf_owner"] for row in made.rows["site"].values()] == ["ops"]


def test_what_is_required_since_of_a_cluster() -> None:
    """It gets the value with its next change."""
    made = World(lab(vm()), policy())
    made.settle()
    made.add("custom-field", "owner", type="text", object_types=["virtualization.cluster"], required=True)
    made = now(made, vm(), version="9.3")
    made.policy = policy(custom_fields={"owner": "ops"})
    assert made.apply().problems == ()
    assert made.find("cluster", "lab/cluster").fields["cf_owner"] == "ops"
