"""Mapping tests: a guest or a node in, the objects the mapping wants out."""

from __future__ import annotations

from typing import Any

import pytest

from proxbox_plan.explain.mapping_tests import try_out
from proxbox_plan.model.policy import AddressRule, ClusterPolicy, NodeRule, Policy, Rule
from proxbox_plan.model.policy.mapping_test import MappingTest

RULES = (
    Rule.model_validate(
        {
            "when": {"tag": "web", "pool": "sales"},
            "set": {
                "role": "Web",
                "dns_name": "{{ guest.name }}.example",
                "tags": "{{ guest.os }}",
                "custom_fields": {"tier": 3},
                "description": "{% if guest.vcpus %}{{ 8 // (guest.vcpus - 4) }}{% endif %}",
            },
        }
    ),
)
NODES = (NodeRule.model_validate({"when": {"cpu": "*EPYC*"}, "set": {"device_type": "{{ node.cpus }} cores"}}),)
POLICY = Policy(clusters=(ClusterPolicy(name="lab", site="DC1"),), rules=RULES, node_rules=NODES)
WEB: dict[str, Any] = {
    "name": "web1",
    "tags": ["web"],
    "pool": "sales",
    "os": "l26",
    "memory_mib": 1024,
    "disks": [{"gib": 1.5}],
    "nics": [{"tag": 20, "addresses": ["10.0.0.1/24"]}, {"seen": ["10.0.1.1/24"]}],
}


def tried(guest: dict[str, Any] | None = None, policy: Policy = POLICY, **test: Any) -> list[tuple[Any, ...]]:
    """Try a test and return its mismatches."""
    example = MappingTest.model_validate({"name": "t", **({} if guest is None else {"guest": guest}), **test})
    return [(item.location, item.message or (item.expected, item.got)) for item in try_out(example, policy)]


def test_what_passes() -> None:
    """Only what is named is looked at: references by name, tags in any order, one object or several."""
    expect = {
        "virtual-machine": {
            "name": "web1",
            "role": "Web",
            "memory": 1024,
            "tags": ["web", "proxbox", "l26"],
            "custom_fields": {"tier": 3},
            "tenant": None,
        },
        "vm-interface": [{"name": "net0", "untagged_vlan": "VLAN 20"}, {"name": "net1", "untagged_vlan": None}],
        "ip-address": [{"address": "10.0.1.1/24", "dns_name": "web1.example"}, {"address": "10.0.0.1/24"}],
        "virtual-disk": {"size": 1536},
        "vlan": {"vid": 20},
    }
    assert tried(WEB, expect=expect, absent=["device", "interface"]) == []


def test_what_fails_says_where() -> None:
    """With what was expected and what there is; what there is not has its own words."""
    expect = {
        "virtual-machine": {"role": "Database", "tags": ["web"], "custom_fields": {"tier": 4}, "rolle": 1},
        "ip-address": [{"address": "10.0.1.1/24", "dns_name": "x"}],
        "prefix": {"prefix": "10.0.0.0/8"},
        "vm": {},
    }
    assert tried(WEB, expect=expect, absent=["virtual-disk", "disk"]) == [
        (("expect", "virtual-machine", "role"), ("Database", "Web")),
        (("expect", "virtual-machine", "tags"), (["web"], ["l26", "proxbox", "web"])),
        (("expect", "virtual-machine", "custom_fields", "tier"), (4, 3)),
        (("expect", "virtual-machine", "rolle"), "virtual-machine has no field 'rolle'"),
        (("expect", "ip-address", 0, "dns_name"), ("x", "web1.example")),
        (("expect", "prefix"), "there is no prefix"),
        (("expect", "vm"), "there is no kind 'vm'"),
        (("absent", 0), "there is virtual-disk web1 scsi0"),
        (("absent", 1), "there is no kind 'disk'"),
    ]


def test_a_template_that_fails_is_a_failure() -> None:
    """Whatever the test expects."""
    ((location, message),) = tried(WEB | {"vcpus": 4}, expect={"virtual-machine": {"role": "Web"}})
    assert location == ()
    assert "cannot set description of virtual-machine:lab/qemu/100" in message


def test_what_is_out_of_scope_is_absent() -> None:
    """A template is not a machine."""
    assert tried({"template": True}, absent=["virtual-machine"]) == []


def test_a_node() -> None:
    """Its device is looked at when no guest is."""
    node = {"cpu": "AMD EPYC", "cpus": 16}
    assert tried(node=node, expect={"device": {"device_type": "16 cores", "name": "pve1"}}) == []


def test_the_cluster_must_be_told() -> None:
    """Where there are several, and one that there is."""
    two = POLICY.model_copy(update={"clusters": (*POLICY.clusters, ClusterPolicy(name="edge", site="DC2"))})
    expect = {"virtual-machine": {"site": "DC2"}}
    assert tried({}, two, expect=expect) == [(("cluster",), "name a cluster: lab, edge")]
    assert tried({}, two, expect=expect, cluster="x") == [
        (("cluster",), "there is no cluster 'x'; configured: lab, edge")
    ]
    assert tried({}, two, expect=expect, cluster="edge") == []


@pytest.mark.parametrize("test", [{"expect": {"vlan": {}}}, {"guest": {}}])
def test_what_is_no_test(test: dict[str, Any]) -> None:
    """It needs something to look at, and something to expect."""
    with pytest.raises(ValueError, match="must have"):
        MappingTest.model_validate({"name": "t", **test})


def test_addresses_of_guests_and_nodes() -> None:
    """What rules for addresses give them is compared like any other field."""
    rules = (
        {"when": {"network": "10.0.9.0/24", "node": "pve7"}, "set": {"vrf": "storage-{{ address.node }}"}},
        {"when": {"vlan": 20, "unless": {"interface": "net0"}}, "set": {"role": "vip", "tags": "floating"}},
    )
    policy = POLICY.model_copy(update={"address_rules": tuple(map(AddressRule.model_validate, rules))})
    node = {"name": "pve7", "interfaces": [{"name": "vmbr9", "vlan": 20, "addresses": ["10.0.9.7/24"]}]}
    expect = {"ip-address": {"vrf": "storage-pve7", "role": "vip", "tags": ["floating"], "tenant": None}}
    assert tried(node=node, policy=policy, expect=expect) == []
    assert tried(WEB, policy=policy, expect={"ip-address": {"address": "10.0.0.1/24", "role": None}}) == []
