"""Rules for addresses: which of them gives an address of a guest or a node which value, and when."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from proxbox_plan.model.plan import Action, Plan
from proxbox_plan.model.policy import AddressRule, ClusterPolicy, NodeTargets, Policy, Rule, Targets
from proxbox_plan.model.policy.facts import AddressFacts
from proxbox_plan.model.state import Cluster, Guest, GuestCoverage, Incomplete, NodeInterface, State
from proxbox_plan.model.state.vlans import Wiring
from proxbox_plan.rules.conditions import compiled
from proxbox_plan.rules.rule_book import rule_book
from proxbox_plan.rules.template_checks import check_rules
from scripts.pages.rules import EXAMPLE
from tests.plan import lab
from tests.plan.lab import container, nic, node, seen, vm
from tests.plan.world import World, fields_of, policy, summary

OF_GUEST = "ip-address:lab/qemu/100/net0/ip/10.0.1.100"
OF_NODE = "ip-address:lab/node/pve1/net/vmbr0/ip/10.0.0.1"


def rule(set_: dict[str, Any], **when: Any) -> AddressRule:
    """Return a rule."""
    return AddressRule.model_validate({"when": when, "set": set_})


def ruled(*rules: AddressRule, guest: Guest | None = None, own: tuple[AddressRule, ...] = (), **cluster: Any) -> World:
    """Return a world whose policy has these rules for all clusters, and `own` for its cluster."""
    lab_policy = ClusterPolicy(name="lab", site="DC1", address_rules=own, **cluster)
    made = World(lab.lab(guest or vm()), policy(lab_policy, address_rules=rules))
    for kind, names in (("vrf", ("red", "blue", "green")), ("tenant", ("Ann", "Bob"))):
        for name in names:
            made.add(kind, name, slug=name.lower())
    return made


def value(plan: Plan, address: str, field: str) -> Any:
    """Return what a change makes of a field."""
    return fields_of(plan, address).get(field, (None, None))[1]


def problems(plan: Plan) -> list[tuple[str, str]]:
    """Return code and address of every problem."""
    return [(item.code.value, item.address) for item in plan.problems]


def test_the_first_rule_that_gives_a_value_wins() -> None:
    """Value by value: the cluster's own rules, then those of all clusters; only tags add up."""
    made = ruled(
        rule({"role": "vip", "tenant": "Ann", "tags": ["a"]}),
        rule({"tenant": "Bob", "description": "late", "tags": ["b"]}),
        own=(rule({"role": "carp"}, network="192.0.2.0/24"), rule({"role": "vrrp"}, guest="vm-*")),
    )
    plan = made.apply()
    found = {name: value(plan, OF_GUEST, name) for name in ("role", "tenant", "description", "tags")}
    assert found == {"role": "vrrp", "tenant": "Ann", "description": "late", "tags": ["a", "b"]}
    assert value(plan, OF_NODE, "role") == "vip"
    assert made.plan().changes == ()


def test_every_value_of_an_address() -> None:
    """Each key of `set` ends up where it says, from a template as from plain text; a second plan has nothing to do."""
    made = ruled(
        rule(
            {
                "vrf": "red",
                "tenant": "{% if address.family == 4 %}Ann{% endif %}",
                "role": "loopback",
                "status": "dhcp",
                "dns_name": "{{ address.ip|replace('.', '-') }}.{{ address.hostname }}.{{ cluster.name }}.example",
                "description": "{{ match.name }} {{ address.prefix }} {{ address.prefix_length }} {{ address.vlan }}",
                "tags": ["{{ address.interface }}", "{{ address.node }}"],
            },
            guest="/(?P<name>v.*)/",
        )
    )
    plan = made.apply()
    found = {name: after for name, (_, after) in fields_of(plan, OF_GUEST).items()}
    del found["assigned_object"]
    assert found == {
        "address": "10.0.1.100/24",
        "vrf": "red",
        "tenant": "Ann",
        "role": "loopback",
        "status": "dhcp",
        "dns_name": "10-0-1-100.vm-100.lab.example",
        "description": "vm-100 10.0.1.0/24 24 20",
        "tags": ["net0", "pve1"],
    }
    assert made.plan().changes == ()


@pytest.mark.parametrize(
    ("when", "guest", "of_node"),
    [
        ({}, True, True),
        ({"network": "10.0.1.0/24"}, True, False),
        ({"network": ["192.0.2.0/24", "10.0.0.0/24", "2001:db8::/32"]}, False, True),
        ({"interface": "vmbr*"}, False, True),
        ({"vlan": "10-20"}, True, False),
        ({"guest": "?*"}, True, False),
        ({"unless": {"guest": "?*"}}, False, True),
        ({"node": "pve1"}, True, True),
        ({"node": "pve2"}, False, False),
        ({"cluster": "lab"}, True, True),
        ({"any": [{"network": "10.0.1.100"}, {"guest": "no"}]}, True, False),
        ({"network": "10.0.0.0/16", "unless": {"vlan": 20, "network": "10.0.1.0/24"}}, False, True),
    ],
)
def test_what_a_condition_is_about(when: dict[str, Any], guest: bool, of_node: bool) -> None:  # noqa: FBT001 # parameters
    """An address of a guest is on its node, too; `guest: ?*` tells both apart."""
    plan = ruled(rule({"description": "met"}, **when)).plan()
    assert (value(plan, OF_GUEST, "description"), value(plan, OF_NODE, "description")) == (
        "met" if guest else None,
        "met" if of_node else None,
    )


def test_a_container_and_a_vlan_of_a_node() -> None:
    """Interfaces are called as in NetBox."""
    vlan = NodeInterface(name="bond0.30", type="vlan", vlan_id=30, addresses=("10.0.30.1/24",))
    made = ruled(rule({"status": "reserved"}, interface="eth0"), rule({"status": "dhcp"}, vlan=30))
    made.state = lab.lab(container(), nodes=(node(interfaces=(vlan,)),))
    plan = made.plan()
    assert value(plan, "ip-address:lab/lxc/200/net0/ip/10.0.2.200", "status") == "reserved"
    assert value(plan, "ip-address:lab/node/pve1/net/bond0.30/ip/10.0.30.1", "status") == "dhcp"


def test_what_the_rules_of_its_owner_say_comes_after() -> None:
    """VRF and DNS name: the rules for addresses, those of the guest or node, the cluster."""
    made = ruled(
        rule({"vrf": "red"}, network="10.0.1.0/24"),
        rule({"dns_name": "node.example"}, network="10.0.0.0/24"),
        vrf="green",
        guests=Targets(vrf="blue", dns_name="guest.example"),
        nodes=NodeTargets(vrf="blue"),
    )
    plan = made.plan()
    found = [(value(plan, at, "vrf"), value(plan, at, "dns_name")) for at in (OF_GUEST, OF_NODE)]
    assert found == [("red", "guest.example"), ("blue", "node.example")]


def test_isolated_networks_of_two_clusters() -> None:
    """E5: the same addresses on both are a conflict without rules, and none in VRFs of their own, prefixes, too."""
    clusters = tuple(Cluster(name=name, proxmox_name=name, nodes=(node(),)) for name in ("lab", "far"))
    filed = tuple(ClusterPolicy(name=name, site=site) for name, site in (("lab", "DC1"), ("far", "DC2")))
    made = World(State.make(clusters=clusters), policy(*filed, node_prefixes=True))
    assert {code for code, _ in problems(made.plan())} == {"address-conflict", "name-taken"}
    rules = (rule({"vrf": "{{ cluster.name }} storage"}, network="10.0.0.0/24"),)
    made.policy = policy(*filed, node_prefixes=True, address_rules=rules)
    for name in ("lab storage", "far storage"):
        made.add("vrf", name)
    plan = made.apply()
    assert problems(plan) == []
    assert {value(plan, f"ip-address:{name}/node/pve1/net/vmbr0/ip/10.0.0.1", "vrf") for name in ("lab", "far")} == {
        "lab storage",
        "far storage",
    }
    prefixes = [change for change in plan.changes if change.kind == "prefix"]
    assert {value(plan, change.address, "vrf") for change in prefixes} == {"lab storage", "far storage"}
    assert made.plan().changes == ()


@pytest.mark.parametrize(("before", "after"), [(None, "red"), ("red", "blue"), ("red", None)])
def test_another_vrf_is_an_update_in_place(before: str | None, after: str | None) -> None:
    """The object keeps its id, and with it all that people wrote on it; nothing is deleted or made."""
    rules = {name: (rule({"vrf": name}),) if name else () for name in (before, after)}
    made = ruled(*rules[before])
    made.settle()
    made.edit("ip-address", OF_GUEST.partition(":")[2], comments="rack 4")
    number = made.find("ip-address", OF_GUEST.partition(":")[2]).id
    made.policy = made.policy.replace(address_rules=rules[after])
    plan = made.apply()
    assert {(action, address) for action, address, _ in summary(plan)} == {
        (Action.UPDATE, at) for at in (OF_GUEST, OF_NODE, "ip-address:lab/node/pve2/net/vmbr0/ip/10.0.0.2")
    }
    assert fields_of(plan, OF_GUEST) == {"vrf": (before, after)}
    assert made.find("ip-address", OF_GUEST.partition(":")[2]).id == number
    assert made.plan().changes == ()


def test_what_no_rule_gives_any_more() -> None:
    """What is in NetBox stays, as with guests; only tags that rules put on it go."""
    made = ruled(rule({"tenant": "Ann", "role": "vip", "description": "ours", "tags": ["ours"]}))
    made.settle()
    made.tag("ip-address", OF_GUEST.partition(":")[2], "ours", "theirs")
    made.policy = made.policy.replace(address_rules=())
    plan = made.apply()
    assert {name for change in plan.changes for name in fields_of(plan, change.address)} == {"tags"}
    row = made.find("ip-address", OF_GUEST.partition(":")[2])
    assert (row.tags, row.fields["role"], row.fields["description"]) == (("theirs",), "vip", "ours")
    assert made.plan().changes == ()


def test_values_belong_to_people_once_they_touched_them() -> None:
    """As any field of an address that NetBox owns."""
    made = ruled(rule({"tenant": "Ann", "role": "vip", "description": "ours"}))
    made.settle()
    edits = {"tenant": None, "role": "loopback", "description": "theirs"}
    made.edit("ip-address", OF_GUEST.partition(":")[2], **edits)
    plan = made.plan()
    assert plan.changes == ()
    assert {item.field: item.netbox for item in plan.preserved} == edits


@pytest.mark.parametrize(
    ("given", "said"),
    [({"role": "{{ address.interface }}"}, "'net0' is no role"), ({"dns_name": "a b"}, "'a b' is not a DNS name")],
)
def test_a_value_that_netbox_refuses(given: dict[str, Any], said: str) -> None:
    """A problem of the address, which comes without it."""
    plan = ruled(rule(given, guest="?*")).plan()
    assert problems(plan) == [("rule-failed", OF_GUEST)]
    assert said in plan.problems[0].message
    assert set(fields_of(plan, OF_GUEST)) == {"address", "vrf", "assigned_object", "status"}


def test_a_template_that_fails() -> None:
    """The address is not made until it succeeds; one that is there stays as it is."""
    made = ruled()
    made.settle()
    made.policy = made.policy.replace(address_rules=(rule({"role": "{{ 1 // 0 }}", "vrf": "red"}),))
    made.state = lab.lab(vm(), vm(101))
    plan = made.plan()
    new = "ip-address:lab/qemu/101/net0/ip/10.0.1.101"
    assert ("rule-failed", OF_GUEST) in problems(plan)
    assert ("rule-failed", new) in problems(plan)
    assert new not in {change.address for change in plan.changes}
    assert set(fields_of(plan, OF_GUEST)) == {"vrf"}


def test_a_tenant_that_netbox_lacks() -> None:
    """The address comes without it, and a VRF that is missing holds it back."""
    made = ruled(rule({"tenant": "Absent"}))
    plan = made.plan()
    assert problems(plan) == [("reference-missing", "tenant:absent")]
    assert "tenant" not in fields_of(plan, OF_GUEST)
    plan = ruled(rule({"vrf": "none"}, guest="?*")).plan()
    assert ("reference-missing", "vrf:none") in problems(plan)
    assert OF_GUEST not in {change.address for change in plan.changes}


UNPREFIXED = vm(
    addresses=seen(100, "10.0.1.100/32"),
    coverage=GuestCoverage(values=(("addresses.eth0 10.0.1.100/32", lab.incomplete(Incomplete.VALUE_MISSING)),)),
)


def test_what_is_unknown_decides_nothing() -> None:
    """An agent that does not say how long the prefix is: what depends on that waits, the rest does not."""
    made = ruled(
        rule({"description": "{{ address.prefix }}", "tags": "n{{ address.prefix_length }}", "role": "vip"}),
        rule({"vrf": "red"}),
        guest=UNPREFIXED,
    )
    plan = made.apply()
    assert set(fields_of(plan, OF_GUEST)) == {"address", "vrf", "assigned_object", "status", "role"}
    (deferred,) = [item for item in plan.deferred if item.address == OF_GUEST]
    assert (deferred.reason, deferred.fields) == (Incomplete.VALUE_MISSING, ("description", "tags"))
    made.edit("ip-address", OF_GUEST.partition(":")[2], description="theirs")
    made.tag("ip-address", OF_GUEST.partition(":")[2], "theirs")
    assert made.plan().changes == ()


def test_a_vrf_that_depends_on_what_is_unknown() -> None:
    """A new address is not made in the wrong one, and one that is there stays in its own."""
    made = ruled(rule({"vrf": "{% if address.prefix_length < 32 %}red{% endif %}"}), guest=UNPREFIXED)
    plan = made.plan()
    assert OF_GUEST not in {change.address for change in plan.changes}
    assert [(item.address, item.fields) for item in plan.deferred if item.address == OF_GUEST] == [(OF_GUEST, ("vrf",))]
    made.state = lab.lab(vm())
    made.apply()
    made.state = lab.lab(UNPREFIXED)
    assert made.plan().changes == ()


def test_a_prefix_whose_vrf_is_in_doubt() -> None:
    """It is left alone as its address is."""
    made = ruled(rule({"vrf": "{{ 1 // 0 }}"}))
    made.policy = made.policy.replace(node_prefixes=True)
    assert "prefix" not in {change.kind for change in made.plan().changes}


@pytest.mark.parametrize("is_ruled", [False, True])
def test_what_the_rules_of_a_guest_leave_open(is_ruled: bool) -> None:  # noqa: FBT001 # a parameter
    """A VRF that depends on the guest's unknown pool is none of a rule for addresses that gives one."""
    made = ruled(*((rule({"vrf": "red"}),) if is_ruled else ()), guest=vm(addresses=seen(100, "10.0.1.9/24")))
    made.settle()
    by_pool = Rule.model_validate({"when": {"pool": "x"}, "set": {"vrf": "blue"}})
    made.policy = made.policy.replace(rules=(by_pool,))
    made.state = lab.lab(vm(coverage=GuestCoverage(pool=lab.incomplete())))
    assert (OF_GUEST in {change.address for change in made.plan().changes}) is is_ruled


def test_the_example_of_the_documentation() -> None:
    """It is a configuration whose templates compile."""
    made = Policy.model_validate({"clusters": [{"name": "lab", "site": "DC1"}], **yaml.safe_load(EXAMPLE)})
    assert list(check_rules(made)) == []
    wrong = made.clusters[0].replace(address_rules=(rule({"vrf": "{{ guest.name }}"}),))
    ((place, said),) = check_rules(made.replace(clusters=(wrong,)))
    assert place == ("clusters", 0, "address_rules", 0, "set", "vrf")
    assert "guest has: nothing here" in said


def test_whether_a_condition_is_met_where_something_is_unknown() -> None:
    """Only what reads it is undecided."""
    condition = compiled(rule({}, network=["10.0.0.0/8", "2001:db8::/32"], vlan=20).when)
    subject = {"network": ("10.0.0.1",), "vlan": ("20",)}
    assert condition.decide(subject, frozenset()) is True
    assert condition.decide(subject, frozenset({"network"})) is None
    assert condition.decide({**subject, "vlan": ()}, frozenset({"network"})) is False
    assert condition.decide({**subject, "network": ("192.0.2.1",)}, frozenset({"vlan"})) is False
    assert condition.keys == {"network", "vlan"}


KEYS = ("vrf", "tenant", "role", "status", "dns_name", "description")
CONDITIONS: tuple[dict[str, Any], ...] = (
    {},
    {"network": "10.0.0.0/8"},
    {"network": "192.0.2.0/24"},
    {"interface": "net*"},
    {"vlan": 20},
    {"guest": "web*"},
    {"unless": {"node": "pve1"}},
)


@given(
    st.lists(
        st.tuples(st.sampled_from(CONDITIONS), st.dictionaries(st.sampled_from(KEYS), st.sampled_from(("", "x", "y")))),
        max_size=6,
    ),
    st.sampled_from(("web1", "db1")),
    st.sampled_from((None, 20)),
)
def test_the_first_match_of_each_value(
    rules: list[tuple[dict[str, Any], dict[str, str]]], name: str, vlan: int | None
) -> None:
    """Of all rules that are met, the first one with a text for a key gives it, whatever the others say."""
    guest = vm(name=name)
    facts = AddressFacts.of_guest("10.0.1.5/24", guest, nic(100), vlan)
    made = Policy(
        clusters=(ClusterPolicy(name="lab", site="DC1"),),
        address_rules=tuple(rule(set_, **when) for when, set_ in rules),
    )
    (cluster,) = lab.lab().clusters
    evaluation = rule_book(made, made.clusters[0], cluster, Wiring(cluster)).of_address(facts)
    holds = (
        {"network": "10.0.0.0/8", "interface": "net*"}
        | ({"vlan": 20} if vlan else {})
        | ({"guest": "web*"} if name == "web1" else {})
    )
    met = [set_ for when, set_ in rules if when.items() <= holds.items()]
    assert evaluation.values == {
        key: found[0] for key in KEYS if (found := [set_[key] for set_ in met if set_.get(key)])
    }
    assert evaluation.unsure == set()


def test_a_status_for_ipv6_only() -> None:
    """NetBox takes `slaac` for no IPv4 address: it comes without a status of the rule, and the rule is a problem."""
    made = ruled(rule({"status": "slaac"}), guest=vm(addresses=seen(100, "10.0.1.100/24", "2001:db8::100/64")))
    plan = made.plan()
    assert value(plan, OF_GUEST, "status") is None
    assert value(plan, "ip-address:lab/qemu/100/net0/ip/2001:db8::100", "status") == "slaac"
    assert ("rule-failed", OF_GUEST) in problems(plan)
