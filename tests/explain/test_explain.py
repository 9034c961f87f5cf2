"""Explaining: which rule gave which value, and why the others did not."""

from __future__ import annotations

from typing import Any

import pytest

from proxbox_plan.core.errors import UsageError
from proxbox_plan.explain.explain import explain
from proxbox_plan.model.policy import (
    AddressRule,
    ClusterPolicy,
    ClusterRule,
    Condition,
    NodeRule,
    Policy,
    Rule,
    Scope,
    Targets,
)
from proxbox_plan.model.policy.explanation import Explanation
from proxbox_plan.model.state import GuestCoverage
from proxbox_plan.report.text.explanation import render
from tests.plan import lab
from tests.plan.lab import vm

POLICY = Policy(
    clusters=(ClusterPolicy(name="lab", site="DC1", guests=Targets(vrf="blue"), scope=Scope(vmids=(100, 102))),),
    rules=(
        Rule.model_validate({"when": {"tag": "web"}, "set": {"role": "Web"}}),
        Rule.model_validate(
            {
                "when": {"name": "web*"},
                "set": {"role": "Late", "tags": ["{{ guest.node }}"], "custom_fields": {"owner": "{{ guest.os }}"}},
            }
        ),
        Rule.model_validate({"set": {"status": "{{ 1 // 0 }}"}}),
    ),
    node_rules=(NodeRule.model_validate({"when": {"cpu": "Intel*"}, "set": {"role": "Old"}}),),
    cluster_rules=(ClusterRule.model_validate({"set": {"tenant": "Ops"}}),),
)
STATE = lab.lab(vm(name="web1"), vm(101, name="web1"), vm(102, name="db"))


def explained(wanted: str, **guest: Any) -> tuple[Explanation, ...]:
    """Explain, with places as they stand in the policy."""
    state = lab.lab(vm(name="web1", **guest)) if guest else STATE
    return explain(state, POLICY, wanted, lambda place: "/".join(map(str, place)))


def test_a_guest() -> None:
    """Each value with its rule or where the default is from; a value in doubt says so."""
    item = explained("lab/qemu/100")[0]
    found = {one.key: (one.value, one.origin) for one in item.values}
    assert found["role"] == ("Late", "rules/1")
    assert found["tags"] == (["proxbox", "pve1"], "rules/1")
    assert found["cf_owner"] == ("l26", "rules/1")
    assert found["vrf"] == ("blue", "clusters/0/guests")
    assert found["tenant"] == ("Ops", "")
    assert found["status"] == (None, "rules/2")
    assert [(one.origin, one.met, one.gave) for one in item.tried] == [
        ("rules/0", False, ()),
        ("rules/1", True, ("role", "cf_owner", "tags")),
        ("rules/2", True, ()),
        ("clusters/0/guests", True, ("vrf",)),
    ]
    assert item.tried[0].miss == "tag (none) is not web"


@pytest.mark.parametrize(
    ("wanted", "addresses"),
    [
        ("web1", ["virtual-machine:lab/qemu/100", "virtual-machine:lab/qemu/101"]),
        ("102", ["virtual-machine:lab/qemu/102"]),
        ("virtual-machine:lab/qemu/102", ["virtual-machine:lab/qemu/102"]),
        ("pve1", ["device:lab/node/pve1"]),
        ("lab", ["cluster:lab/cluster"]),
    ],
)
def test_what_it_may_be_called(wanted: str, addresses: list[str]) -> None:
    """By name, vmid, key or address; several of one name are all explained."""
    assert [item.address for item in explained(wanted)] == addresses


def test_what_is_not_there() -> None:
    """An error that says what there is."""
    with pytest.raises(UsageError, match="no guest, node, cluster or address 'no-such'"):
        explained("no-such")


ADDRESSES = POLICY.model_copy(
    update={
        "address_rules": (
            AddressRule.model_validate({"when": {"network": "10.0.0.0/24"}, "set": {"vrf": "storage", "tags": "san"}}),
            AddressRule.model_validate({"when": {"guest": "web*"}, "set": {"role": "vip", "status": "{{ 1 // 0 }}"}}),
        )
    }
)


def addressed(wanted: str) -> tuple[Explanation, ...]:
    """Explain under rules for addresses."""
    return explain(STATE, ADDRESSES, wanted, lambda place: "/".join(map(str, place)))


def test_the_addresses_of_a_guest() -> None:
    """They come after it; what the guest's own rules say of them is theirs."""
    guest, address = addressed("lab/qemu/100")
    assert (guest.address, address.address) == (
        "virtual-machine:lab/qemu/100",
        "ip-address:lab/qemu/100/net0/ip/10.0.1.100",
    )
    assert {one.key: (one.value, one.origin) for one in address.values} == {
        "vrf": ("blue", "clusters/0/guests"),
        "role": ("vip", "address_rules/1"),
        "status": (None, "address_rules/1"),
    }
    assert [(one.rule, one.met, one.gave, one.miss) for one in address.tried] == [
        ("address rule 1 of all clusters", False, (), "address 10.0.1.100 is not in 10.0.0.0/24"),
        ("address rule 2 of all clusters", True, ("role",), ""),
    ]


@pytest.mark.parametrize("wanted", ["10.0.0.1", "10.0.0.1/24", "lab/node/pve1/net/vmbr0/ip/10.0.0.1"])
def test_an_address_of_a_node(wanted: str) -> None:
    """It is found by itself, without its node."""
    (item,) = addressed(wanted)
    assert item.address == "ip-address:lab/node/pve1/net/vmbr0/ip/10.0.0.1"
    assert {one.key: (one.value, one.origin or one.why) for one in item.values} == {
        "vrf": ("storage", "address_rules/0"),
        "status": ("active", "active; `deprecated` while the guest or node that had it is decommissioned"),
        "tags": (["san"], "address_rules/0"),
    }


def test_an_address_that_no_rule_is_about() -> None:
    """Without such rules a guest is explained by itself, and an address has its defaults."""
    assert [item.address for item in explained("lab/qemu/100")] == ["virtual-machine:lab/qemu/100"]
    (item,) = explained("10.0.0.2")
    assert [one.key for one in item.values] == ["status"]
    assert explained("pve1")[1:] == ()


def test_what_was_not_read() -> None:
    """A rule that asks for it is not judged, and what it would give stays as it is."""
    (item,) = explained("100", coverage=GuestCoverage(config=lab.incomplete()))
    assert {one.key: one.why for one in item.values}["cf_owner"] == (
        "stays as it is: the rule reads data that was not read from Proxmox"
    )


def test_as_text() -> None:
    """Values first, then the rules in the order they are tried; a guest out of scope, a node and a cluster, too."""
    text = render((*explained("101"), *explained("pve1"), *explained("lab")))
    assert "web1 (virtual-machine:lab/qemu/101)\n  out of scope: " in text
    assert "  role          Proxmox Node  (default: `device_role`)\n" in text
    assert "    node_rules/0 node rule 1 of all clusters: no: cpu AMD EPYC is not Intel*\n" in text
    assert "  tenant       Ops  (cluster_rules/0, cluster rule 1 of all clusters)\n" in text


def test_a_guest_whose_scope_is_unknown() -> None:
    """It is neither in scope nor out of it."""
    scope = Scope(exclude=(Condition(pool="lab"),))
    policy = Policy(clusters=(ClusterPolicy(name="lab", site="DC1", scope=scope),))
    state = lab.lab(vm(coverage=GuestCoverage(pool=lab.incomplete())))
    (item,) = explain(state, policy, "100", lambda place: "/".join(map(str, place)))
    assert item.in_scope is None
    assert "left alone: `scope` of its cluster reads data that was not read" in render((item,))


def test_a_condition_that_could_not_be_judged() -> None:
    """A rule that asks for what was not read is listed as not met, with why, and gives nothing."""
    policy = POLICY.model_copy(
        update={"rules": (Rule.model_validate({"when": {"os": "l26"}, "set": {"role": "Web"}}),)}
    )
    unread = lab.lab(vm(coverage=GuestCoverage(config=lab.incomplete())))
    (item,) = explain(unread, policy, "100", lambda place: "/".join(map(str, place)))
    first = item.tried[0]
    assert (first.origin, first.met, first.gave, first.miss) == (
        "rules/0",
        False,
        (),
        "its condition reads data that was not read from Proxmox",
    )
