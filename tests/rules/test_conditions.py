"""Conditions of rules and scopes: what they look at, and when they are met."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from proxbox_plan.model.policy import Condition, Rule
from proxbox_plan.model.state import Cluster, Guest
from proxbox_plan.model.state.vlans import Wiring
from proxbox_plan.rules.conditions import ConditionInput, UnmetCondition, compiled
from proxbox_plan.rules.rule_book import guest_subject
from tests.cases import Cases
from tests.plan import lab

GUEST = lab.vm(
    100, name="prod-db1", tags=("prod", "sql"), pool="customers", hastate="started", node="pve1", ostype="l26"
)


def subject(guest: Guest) -> ConditionInput:
    """Return what conditions read of a guest in the cluster `lab`."""
    return guest_subject(guest, "lab", Wiring(Cluster(name="lab")).vlans_of(guest))


def judge(**condition: Any) -> Any:
    """Judge the guest in the cluster `lab`."""
    return compiled(Condition.model_validate(condition)).judge(subject(GUEST))


A_CONDITION: tuple[tuple[dict[str, Any], bool], ...] = (
    ({}, True),
    ({"name": "prod*"}, True),
    ({"name": "PROD-DB1"}, True),
    ({"name": "/db[0-9]$/"}, True),
    ({"name": "web*"}, False),
    ({"name": "db1"}, False),
    ({"tag": "sql"}, True),
    ({"tag": "dev"}, False),
    ({"pool": "cust*"}, True),
    ({"pool": "internal"}, False),
    ({"node": "pve1"}, True),
    ({"node": "pve2"}, False),
    ({"type": "qemu"}, True),
    ({"type": "lxc"}, False),
    ({"ha": "started"}, True),
    ({"ha": "?*"}, True),
    ({"ha": "error"}, False),
    ({"name": "prod*", "tag": "dev"}, False),
    ({"cluster": "lab"}, True),
    ({"cluster": "edge"}, False),
    ({"os": "l26"}, True),
    ({"os": "win*"}, False),
    ({"vmid": 100}, True),
    ({"vmid": "90-110"}, True),
    ({"vmid": [7, "200-300"]}, False),
    ({"vlan": 20}, True),
    ({"vlan": "10-19"}, False),
    ({"vlan": [30, "15-25"]}, True),
    ({"vlan": 20, "vmid": 7}, False),
    ({"vmid": [7, "100-100"]}, True),
    ({"tag": ["dev", "sql"]}, True),
    ({"tag": ["dev", "test"]}, False),
    ({"any": [{"tag": "dev"}, {"pool": "customers"}]}, True),
    ({"any": [{"tag": "dev"}]}, False),
    ({"unless": {"tag": "dev"}}, True),
    ({"unless": {"tag": "prod", "name": "prod*"}}, False),
    ({"name": "prod*", "any": [{"unless": {"tag": "sql"}}]}, False),
)


def test_a_condition() -> None:
    """All that is given must hold, of a list one; text is a glob, or a regular expression between slashes."""
    with Cases() as case:
        for condition, met in A_CONDITION:
            with case(condition, met):
                assert isinstance(judge(**condition), UnmetCondition) is not met


def test_a_vlan_of_an_unread_configuration_is_unknown() -> None:
    """It decides nothing, while a number of the guest itself does."""
    assert compiled(Condition(vlan=20)).decide(subject(GUEST), frozenset({"vlan"})) is None
    assert compiled(Condition(vlan=20, vmid=7)).decide(subject(GUEST), frozenset({"vlan"})) is False


def test_a_guest_without_high_availability_has_none() -> None:
    """`?*` is any state, and none is no state."""
    guest = GUEST.model_copy(update={"hastate": None})
    assert isinstance(compiled(Condition(ha="?*")).judge(subject(guest)), UnmetCondition)


def test_half_a_character_matches_no_expression() -> None:
    """A guest of a mapping test may have a name that is no text."""
    guest = GUEST.model_copy(update={"name": "\ud800"})
    assert isinstance(compiled(Condition(name="/./")).judge(subject(guest)), UnmetCondition)


def test_named_groups_are_kept() -> None:
    """Those of every text, of the part of `any` that holds, and empty where a group took no part."""
    found = judge(name="/(?P<env>prod|dev)-(?P<rest>x)?/", any=[{"tag": "no"}, {"node": "/pve(?P<number>.)/"}])
    assert found == {"env": "prod", "rest": "", "number": "1"}


@pytest.mark.parametrize(
    ("condition", "why"),
    [
        ({"tag": ["a", "b"]}, "tag prod, sql is not a or b"),
        ({"vmid": "1-9"}, "vmid 100 is not 1-9"),
        ({"vlan": [1, "5-9"]}, "vlan 20 is not 1 or 5-9"),
        ({"unless": {"tag": "sql"}}, "`unless` is met"),
        (
            {"any": [{"tag": "a"}, {"pool": "b"}]},
            "no condition of `any` is met: tag prod, sql is not a; pool customers is not b",
        ),
    ],
)
def test_it_says_why_it_is_not_met(condition: dict[str, Any], why: str) -> None:
    """With what it wants and what there is."""
    assert judge(**condition) == UnmetCondition(why)


@pytest.mark.parametrize("condition", [{"vmid": "1-x"}, {"vmid": True}, {"vmid": []}, {"tag": 7}, {"tag": [None]}])
def test_what_is_no_condition(condition: dict[str, Any]) -> None:
    """It is refused where it is read."""
    with pytest.raises(ValidationError):
        Condition.model_validate(condition)


@pytest.mark.parametrize("value", [{"a": 1}, [["a"]], None])
def test_a_rule_gives_plain_values_only(value: Any) -> None:
    """Text, a number, true, false or a list of them: NetBox would refuse what is nested."""
    with pytest.raises(ValidationError, match="must be text, a number, true, false or a list of them"):
        Rule.model_validate({"set": {"custom_fields": {"owner": value}}})
