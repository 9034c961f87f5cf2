"""Rules: which of them gives a guest, a node and a cluster which value, and what a failing template does."""

from __future__ import annotations

from typing import Any

import pytest

from proxbox_plan.core.errors import ConfigError
from proxbox_plan.model.inventory import Lookup
from proxbox_plan.model.plan import Plan
from proxbox_plan.model.policy import ClusterPolicy, ClusterRule, NodeRule, NodeTargets, Policy, Rule, Targets
from proxbox_plan.model.state import GuestCoverage, NodeCoverage
from proxbox_plan.plan import desire, lookups_of, make_plan, match
from tests.builders import HOSTILE
from tests.plan import lab
from tests.plan.lab import node, vm
from tests.plan.world import World, fields_of, policy, summary

VM, DEVICE = "virtual-machine:lab/qemu/100", "device:lab/node/pve1"
GUESTS_ONLY, NODES_ONLY = ["virtualization.virtualmachine"], ["dcim.device"]


def rule(set_: dict[str, Any], **when: Any) -> Rule:
    """Return a rule."""
    return Rule.model_validate({"when": when, "set": set_})


def ruled(*rules: Rule, guest: Any = None, own: tuple[Rule, ...] = (), **cluster: Any) -> World:
    """Return a world whose policy has these rules for all clusters, and `own` for its cluster."""
    lab_policy = ClusterPolicy(name="lab", site="DC1", rules=own, **cluster)
    return World(lab.lab(guest or vm()), policy(lab_policy, rules=rules))


def on_nodes(*rules: dict[str, Any], **options: Any) -> World:
    """Return a world with rules for nodes."""
    return World(lab.lab(vm()), policy(node_rules=tuple(map(NodeRule.model_validate, rules)), **options))


def value(plan: Plan, address: str, field: str) -> Any:
    """Return what a change makes of a field."""
    return fields_of(plan, address).get(field, (None, None))[1]


def problems(plan: Plan) -> list[tuple[str, str]]:
    """Return code and address of every problem."""
    return [(item.code.value, item.address) for item in plan.problems]


def test_the_first_rule_that_gives_a_value_wins() -> None:
    """Value by value: the cluster's own rules, those of all clusters, then what the cluster gives its guests."""
    made = ruled(
        rule({"role": "Any", "platform": "P"}),
        rule({"platform": "Q", "status": "staged"}, name="vm-*"),
        own=(rule({"role": "No"}, name="web*"), rule({"role": "Own"})),
        guests=Targets(role="Never", comments="by default"),
    )
    plan = made.plan()
    found = {name: value(plan, VM, name) for name in ("role", "platform", "status", "comments")}
    assert found == {"role": "Own", "platform": "P", "status": "staged", "comments": "by default"}


def test_an_empty_result_gives_no_value() -> None:
    """The next rule is tried."""
    made = ruled(rule({"role": "{{ guest.pool }}"}), rule({"role": "Poolless"}))
    assert value(made.plan(), VM, "role") == "Poolless"


def test_every_value_of_a_guest() -> None:
    """Each key of `set` ends up where it says, from a template as from plain text; a second plan has nothing to do."""
    made = ruled(
        rule(
            {
                "name": "{{ match.env }}-{{ guest.vmid }}",
                "description": "{{ guest.node }}",
                "comments": "a\nb",
                "dns_name": "{{ guest.hostname }}.{{ cluster.name }}.example",
                "vm_type": "Big",
                "vlan_group": "Office",
                "tags": ["{{ guest.type }}", "Fix"],
                "custom_fields": {"owner": "{{ guest.pool }}", "tier": "3"},
            },
            name="/^(?P<env>[a-z]+)/",
        ),
        guest=vm(pool="sales"),
    )
    made.add("vlan-group", "Office", slug="office")
    made.add("custom-field", "owner", type="text", object_types=GUESTS_ONLY)
    made.add("custom-field", "tier", type="integer", object_types=[*GUESTS_ONLY, *NODES_ONLY])
    plan = made.apply()
    assert {name: value(plan, VM, name) for name in ("name", "description", "comments", "virtual_machine_type")} == {
        "name": "vm-100",
        "description": "pve1",
        "comments": "a\nb",
        "virtual_machine_type": "Big",
    }
    assert (value(plan, VM, "cf_owner"), value(plan, VM, "cf_tier")) == ("sales", 3)
    assert value(plan, VM, "tags") == ["fix", "proxbox", "qemu"]
    assert value(plan, "ip-address:lab/qemu/100/net0/ip/10.0.1.100", "dns_name") == "vm-100.lab.example"
    assert value(plan, "vlan:office/20", "group") == "Office"
    assert made.plan().changes == ()


def test_a_custom_field_belongs_to_people_once_they_touched_it() -> None:
    """Three-way per field; other custom fields are none of our business, and `owners` can say otherwise."""
    made = ruled(rule({"custom_fields": {"owner": "{{ guest.pool }}"}}), guest=vm(pool="a"))
    made.add("custom-field", "owner", type="text", object_types=GUESTS_ONLY)
    made.settle()
    made.edit("virtual-machine", "lab/qemu/100", cf_owner="mine", cf_other="x")
    plan = made.plan()
    assert plan.changes == ()
    assert [(item.field, item.netbox) for item in plan.preserved] == [("cf_owner", "mine")]
    made.policy = Policy.model_validate(
        made.policy.model_dump() | {"owners": {"virtual-machine": {"cf_owner": "proxmox"}}}
    )
    assert fields_of(made.plan(), VM) == {"cf_owner": ("mine", "a")}


@pytest.mark.parametrize(
    ("types", "problem"),
    [(None, "NetBox has no custom-field 'owner'"), (NODES_ONLY, "is not assigned to virtual-machine objects")],
)
def test_a_custom_field_must_exist(types: list[str] | None, problem: str) -> None:
    """It is looked up, never made or given to more objects; the rest of the guest goes on."""
    made = ruled(rule({"custom_fields": {"owner": "x"}}))
    if types is not None:
        made.add("custom-field", "owner", type="text", object_types=types)
    plan = made.plan()
    assert problems(plan) == [("reference-missing", "custom-field:owner")]
    assert problem in plan.problems[0].message
    assert "cf_owner" not in fields_of(plan, VM)


def test_a_value_must_fit_its_custom_field() -> None:
    """A number field takes no words: a problem of that guest, and the field stays out."""
    made = ruled(rule({"custom_fields": {"tier": "{{ guest.name }}"}}))
    made.add("custom-field", "tier", type="integer", object_types=GUESTS_ONLY)
    plan = made.plan()
    assert problems(plan) == [("rule-failed", VM)]
    assert "cf_tier" not in fields_of(plan, VM)


@pytest.mark.parametrize(
    ("given", "shape", "stored"),
    [
        ("{{ guest.vmid }}", "integer", 100),
        ("7", "text", "7"),
        (1, "boolean", None),
        (True, "boolean", True),
        ("{{ 1 == 1 }}", "boolean", True),
        (1, "integer", 1),
        (2, "decimal", 2.0),
        (["a", "b"], "multiselect", ["a", "b"]),
        ("2026-01-02T05:00:00+02:00", "datetime", "2026-01-02T03:00:00Z"),
        ("2026-01-02T05:00:00", "datetime", None),
        ("a", "multiselect", ["a"]),
        ("a", "select", "a"),
        ([1], "json", [1]),
        ("x", "object", None),
        (1, "text", "1"),
    ],
)
def test_a_custom_field_gets_its_own_shape(given: Any, shape: str, stored: Any) -> None:
    """As NetBox has the type; references to objects cannot be given, and nothing is half right."""
    made = ruled(rule({"custom_fields": {"field": given}}))
    made.add("custom-field", "field", type=shape, object_types=GUESTS_ONLY)
    plan = made.plan()
    assert value(plan, VM, "cf_field") == stored
    assert type(value(plan, VM, "cf_field")) is type(stored)
    assert len(plan.problems) == (stored is None)


def test_an_inventory_that_does_not_say_is_not_empty() -> None:
    """A custom field that was not read may hold a person's word: it is asked for, and never filled blindly."""
    made = ruled()
    made.settle()
    made.policy = ruled(rule({"custom_fields": {"owner": "x"}})).policy
    assert Lookup("custom-field", "name", "owner") in lookups_of(match(desire(made.state, made.inventory, made.policy)))
    made.add("custom-field", "owner", type="text", object_types=GUESTS_ONLY)
    saved = made.inventory.kinds["virtual-machine"]
    silent = {**made.inventory.kinds, "virtual-machine": tuple(row.replace(empty=()) for row in saved)}
    assert make_plan(made.state, made.inventory.replace(kinds=silent), made.policy, "sha256:config").changes == ()
    assert fields_of(made.plan(), VM) == {"cf_owner": (None, "x")}


def test_an_old_netbox_has_no_place_for_a_machine_type() -> None:
    """Reported once, and not planned."""
    made = World(lab.lab(vm(), vm(101)), policy(rules=(rule({"vm_type": "Big"}),)), version="4.5.2")
    plan = made.plan()
    assert problems(plan) == [("no-place", "virtual-machine-type:big")]
    assert "virtual_machine_type" not in fields_of(plan, VM)


def test_a_failing_template_leaves_the_value_as_it_is() -> None:
    """The problem names rule and guest; nothing is emptied, other values go on, other guests are not touched."""
    made = ruled(rule({"role": "{{ guest.memory_mib // (guest.memory_mib - 4096) }}", "status": "staged"}))
    made.policy = made.policy.model_copy(update={"rules": (rule({"role": "R", "tags": ["t"]}),)})
    made.state = lab.lab(vm(memory_mib=4096), vm(101))
    made.settle()
    made.policy = ruled(
        rule(
            {
                "role": "{{ 1 // (guest.memory_mib - 4096) }}",
                "tags": ["{{ 1 // (guest.memory_mib - 4096) }}"],
                "status": "staged",
            }
        ),
    ).policy
    plan = made.plan()
    assert fields_of(plan, VM) == {"status": ("active", "staged")}
    assert set(problems(plan)) == {("rule-failed", VM)}
    assert "Rule 1 of all clusters cannot set role of virtual-machine:lab/qemu/100" in plan.problems[0].message
    assert value(plan, "virtual-machine:lab/qemu/101", "status") == "staged"


def test_a_guest_is_not_made_while_a_value_is_in_doubt() -> None:
    """Nor what hangs off it; everything else is."""
    plan = ruled(rule({"name": "{{ 1 // 0 }}"})).plan()
    assert ("rule-failed", VM) in problems(plan)
    made = {change.address for change in plan.changes}
    assert not any("lab/qemu/100" in address for address in made)
    assert DEVICE in made


def test_a_failing_name_keeps_the_name_there_is() -> None:
    """And no other guest may take it."""
    made = ruled(rule({"name": "front"}, vmid=100))
    made.settle()
    made.state = lab.lab(vm(), vm(101, name="front"))
    made.policy = ruled(rule({"name": "{{ 1 // 0 }}"}, vmid=100)).policy
    plan = made.plan()
    assert VM not in {change.address for change in plan.changes}
    assert value(plan, "virtual-machine:lab/qemu/101", "name") == "front (101)"


def test_two_guests_of_one_name_stay_apart() -> None:
    """A template that gives both the same name ends as two guests of one name do: the later vmid is appended."""
    made = World(lab.lab(vm(), vm(101)), policy(rules=(rule({"name": "{{ guest.node }}"}),)))
    plan = made.plan()
    assert [value(plan, f"virtual-machine:lab/qemu/{vmid}", "name") for vmid in (100, 101)] == ["pve1", "pve1 (101)"]
    made.settle()


@pytest.mark.parametrize("when", [{"os": "l26"}, {"unless": {"os": "win*"}}, {}])
def test_what_was_not_read_decides_nothing(when: dict[str, Any]) -> None:
    """While the configuration is unread its facts are unknown: no rule about them gives or denies a value."""
    made = ruled(rule({"role": "Linux {{ guest.os }}"}, **when), rule({"role": "Other"}), rule({"tenant": "T"}))
    made.add("tenant", "T", slug="t")
    made.settle()
    unread = GuestCoverage(config=lab.incomplete())
    made.state = lab.lab(vm(ostype=None, coverage=unread, status="stopped", nics=(), disks=(), addresses=()))
    plan = made.plan()
    assert summary(plan) == [("update", VM, "changed-in-proxmox")]
    assert fields_of(plan, VM) == {"status": ("active", "offline")}
    assert plan.problems == ()


def test_addresses_wait_for_their_vrf() -> None:
    """A VRF that cannot be told makes no address in the global table, and deletes none."""
    made = ruled(rule({"vrf": "blue"}))
    made.add("vrf", "blue")
    made.settle()
    made.policy = ruled(rule({"vrf": "{{ 1 // 0 }}", "dns_name": "not a name!"})).policy
    made.state = lab.lab(vm(addresses=lab.seen(100, "10.0.1.100/24", "10.0.1.101/24")))
    plan = made.plan()
    assert plan.changes == ()
    assert ("rule-failed", VM) in problems(plan)


def test_every_value_of_a_node() -> None:
    """By CPU model and version, too; a location is looked up in the node's site."""
    made = on_nodes(
        {
            "when": {"cpu": "*EPYC*", "version": "9.*", "name": "pve1"},
            "set": {
                "role": "Host",
                "device_type": "EPYC {{ node.cpus }}",
                "manufacturer": "AMD",
                "location": "Room 1",
                "tenant": "Ops",
                "platform": "PVE {{ node.version }}",
                "description": "in {{ cluster.site }}",
                "name": "{{ node.name }}.example",
                "status": "planned",
                "tags": "hot",
                "vrf": "mgmt",
                "dns_name": "{{ node.name }}.example",
                "custom_fields": {"asset": "{{ node.cpus }}"},
            },
        },
    )
    site = made.add("site", "DC1", slug="dc1", status="active")
    other = made.add("site", "DC2", slug="dc2", status="active")
    made.add("location", "Room 1", slug="room-1", site=made.ref("site", other.id))
    room = made.add("location", "Room 1", slug="room-1", site=made.ref("site", site.id))
    for kind, name in (("tenant", "Ops"), ("vrf", "mgmt")):
        made.add(kind, name, slug=name.lower())
    made.add("custom-field", "asset", type="decimal", object_types=NODES_ONLY)
    plan = made.apply()
    fields = {name: pair[1] for name, pair in fields_of(plan, DEVICE).items()}
    assert fields["location"] == "Room 1"
    assert made.find("device", "lab/node/pve1").fields["location"]["id"] == room.id
    names = ("name", "status", "role", "device_type", "tenant", "platform", "description", "tags", "cf_asset")
    assert {name: fields[name] for name in names} == {
        "name": "pve1.example",
        "status": "planned",
        "role": "Host",
        "device_type": "EPYC 16",
        "tenant": "Ops",
        "platform": "PVE 9.2.11",
        "description": "in DC1",
        "tags": ["hot", "proxbox"],
        "cf_asset": 16.0,
    }
    address = fields_of(plan, "ip-address:lab/node/pve1/net/vmbr0/ip/10.0.0.1")
    assert (address["vrf"][1], address["dns_name"][1]) == ("mgmt", "pve1.example")
    assert value(plan, "device:lab/node/pve2", "role") == "Proxmox Node"
    assert made.plan().changes == ()


def test_a_location_must_exist_in_the_site() -> None:
    """One of that name elsewhere is another one; the node comes without."""
    made = on_nodes({"set": {"location": "Room 1"}})
    other = made.add("site", "DC2", slug="dc2", status="active")
    made.add("location", "Room 1", slug="room-1", site=made.ref("site", other.id))
    plan = made.plan()
    assert ("reference-missing", "location:dc1/room-1") in problems(plan)
    (device,) = (change for change in plan.changes if change.address == DEVICE)
    assert "location" not in {item.field for item in device.fields}


def test_a_location_goes_with_its_site() -> None:
    """While the site is in doubt the location is, too: it could be another site's."""
    made = on_nodes({"set": {"location": "Room 1"}})
    site = made.add("site", "DC1", slug="dc1", status="active")
    made.add("location", "Room 1", slug="room-1", site=made.ref("site", site.id))
    made.settle()
    made.policy = on_nodes({"set": {"site": "{{ 1 // 0 }}", "location": "Room 2"}}).policy
    assert made.plan().changes == ()


def test_an_offline_node_keeps_what_rules_gave_it() -> None:
    """Its CPU is unknown then, which is no reason for another device type; a new one waits until it is seen."""
    rules = ({"when": {"cpu": "*EPYC*"}, "set": {"device_type": "EPYC"}},)
    made = on_nodes(*rules)
    made.settle()
    made.state = lab.lab(vm(), nodes=(lab.offline(), node("pve2", 2), lab.offline("pve3")))
    plan = made.plan()
    assert summary(plan) == [("update", DEVICE, "changed-in-proxmox")]
    assert fields_of(plan, DEVICE) == {"status": ("active", "offline")}
    assert "device:lab/node/pve3" not in {change.address for change in plan.changes}
    assert DEVICE in {item.address for item in plan.deferred}


def test_nodes_get_defaults() -> None:
    """What no rule gives comes from `nodes`, then from the cluster's own keys."""
    made = World(
        lab.lab(vm()),
        policy(
            ClusterPolicy(name="lab", site="DC1", device_role="Old", device_type="Box", nodes=NodeTargets(role="Node"))
        ),
    )
    plan = made.plan()
    assert (value(plan, DEVICE, "role"), value(plan, DEVICE, "device_type")) == ("Node", "Box")


def test_rules_for_clusters() -> None:
    """They stand for the cluster's own keys, so guests and nodes follow; templates see the cluster."""
    rules = (
        {"when": {"cluster": "edge*"}, "set": {"tenant": "No"}},
        {
            "when": {"cluster": "/^(?P<kind>l)ab/", "version": "9.*"},
            "set": {"cluster_group": "{{ match.kind }}-{{ cluster.proxmox_name }}", "tenant": "T", "vlan_group": "G"},
        },
    )
    made = World(lab.lab(vm()), policy(cluster_rules=tuple(map(ClusterRule.model_validate, rules))))
    for kind, name in (("tenant", "T"), ("cluster-group", "l-labcluster"), ("vlan-group", "G")):
        made.add(kind, name, slug=name.lower())
    plan = made.plan()
    assert value(plan, "cluster:lab/cluster", "group") == "l-labcluster"
    assert [value(plan, address, "tenant") for address in ("cluster:lab/cluster", DEVICE, VM)] == ["T", "T", "T"]
    assert value(plan, "vlan:g/20", "group") == "G"


def test_a_cluster_is_not_planned_by_a_rule_that_fails() -> None:
    """Everything in it hangs off those values: an error, not a problem."""
    failing = ClusterRule.model_validate({"set": {"tenant": "{{ cluster.name // 2 }}"}})
    with pytest.raises(ConfigError, match="Cluster rule 1 of all clusters cannot set tenant of cluster 'lab'"):
        World(lab.lab(vm()), policy(cluster_rules=(failing,))).plan()


def test_a_node_that_is_not_read_is_judged_by_what_is_known() -> None:
    """Its name is known whatever happens."""
    made = on_nodes({"when": {"name": "pve1"}, "set": {"role": "Known"}})
    coverage = NodeCoverage(status=lab.incomplete(), network=lab.incomplete())
    made.state = lab.lab(nodes=(node("pve1", interfaces=(), coverage=coverage),))
    assert value(made.plan(), DEVICE, "role") == "Known"


def test_a_failing_template_of_a_node() -> None:
    """The problem is the node's; it keeps what it has, and a new node waits."""
    made = on_nodes({"set": {"role": "Host"}})
    made.settle()
    made.policy = on_nodes({"set": {"role": "{{ 1 // (node.cpus - 16) }}"}}).policy
    made.state = lab.lab(vm(), nodes=(node(), node("pve2", 2, cpus=8), node("pve3", 3)))
    plan = made.plan()
    assert {item for item in problems(plan) if item[0] == "rule-failed"} == {
        ("rule-failed", DEVICE),
        ("rule-failed", "device:lab/node/pve3"),
    }
    changed = {change.address for change in plan.changes}
    assert DEVICE not in changed
    assert "device:lab/node/pve3" not in changed
    assert value(plan, "device:lab/node/pve2", "role") == "-1"


def test_a_nic_waits_for_its_vlan_group() -> None:
    """One that is there keeps its VLAN; a new one is not made without."""
    made = ruled()
    made.settle()
    made.policy = ruled(rule({"vlan_group": "{{ 1 // 0 }}"})).policy
    made.state = lab.lab(vm(nics=(lab.nic(100, tag=30), lab.nic(100, 1))))
    assert [change.address for change in made.plan().changes] == []


@pytest.mark.parametrize("text", HOSTILE)
def test_templates_carry_no_harm_into_netbox(text: str) -> None:
    """A name that anybody chose comes out as NetBox takes it: short, without control characters, or not at all."""
    hostile = {
        "role": "{{ guest.name }}",
        "name": "{{ guest.name }}-x",
        "status": "{{ guest.name }}",
        "tags": "{{ guest.name }}",
        "dns_name": "{{ guest.name }}",
        "description": "{{ guest.name }}",
        "custom_fields": {"owner": "{{ guest.name }}"},
    }
    made = ruled(rule(hostile), rule({"role": "Other"}), guest=vm(name=text or "y", pool=text, description=text))
    made.add("custom-field", "owner", type="text", object_types=GUESTS_ONLY)
    made.apply()
    for kind, longest in (("virtual-machine", 64), ("device-role", 100), ("tag", 100)):
        for row in made.rows[kind].values():
            assert len(row.name) <= longest
    fields = made.find("virtual-machine", "lab/qemu/100").fields
    texts = [str(fields[name]) for name in ("name", "status", "description", "cf_owner") if fields.get(name)]
    assert not any(ord(character) < 32 and character not in "\n\t" for value in texts for character in value)
    assert "\u202e" not in "".join(texts)
