"""Every value of the configuration is changed on a NetBox that is in line: one plan, one apply, and the way back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest
import yaml
from packaging.version import Version

from proxbox_plan.cli.validate import SHARED_RULES
from proxbox_plan.config.file import MappingSection
from proxbox_plan.demo.netbox import FakeNetBoxThread
from proxbox_plan.model.policy import ClusterPolicy
from proxbox_plan.model.policy.rules import AddressTargets, ClusterTargets, NodeTargets, Targets
from tests.end_to_end.conftest import OLDER, SetUp
from tests.end_to_end.stage import Stage
from tests.end_to_end.test_everyday_changes import one_guest
from tests.parts import a_part

FORCE = "--force-limit"  # nearly everything changes
Edit = Mapping[str, Any]

CLUSTER: Edit = {
    "netbox_name": "Lab cluster",
    "site": "DC2",
    "cluster_scope": "none",
    "tenant": "Blue",
    "cluster_group": "Campus",
    "device_role": "Hypervisor",
    "device_type": "Server",
    "manufacturer": "Acme",
    "vlan_group": "Trunk",
    "vrf": "red",
}
MAPPING: Edit = {
    "units": "decimal",
    "tag_managed": False,
    "guest_tags": False,
    "node_prefixes": True,
    "pool_tags": True,
    "prefer": ["10.99.0.0/24"],
    "addresses": {"skip_networks": ["10.99.0.0/24"]},
    "max_trunk_vlans": 0,
}
GUESTS: Edit = {
    "site": "DC2",
    "role": "Special",
    "tenant": "Blue",
    "owner": "Team",
    "platform": "Plan 9",
    "vm_type": "Small",
    "vrf": "red",
    "vlan_group": "Trunk",
    "status": "staged",
    "name": "x-{{ guest.name }}",
    "description": "ours",
    "comments": "ours, too",
    "dns_name": "{{ guest.name }}.example.com",
    "tags": ["ruled"],
    "custom_fields": {"owner": "Ann"},
}
NODES: Edit = {
    "site": "DC2",
    "location": "Room 1",
    "role": "Special",
    "device_type": "Server",
    "manufacturer": "Acme",
    "tenant": "Blue",
    "owner": "Team",
    "platform": "Plan 9",
    "vrf": "red",
    "status": "staged",
    "name": "x-{{ node.name }}",
    "description": "ours",
    "dns_name": "{{ node.name }}.example.com",
    "tags": ["ruled"],
    "custom_fields": {"owner": "Ann"},
}
ADDRESSES: Edit = {
    "vrf": "red",
    "tenant": "Blue",
    "role": "loopback",
    "status": "reserved",
    "dns_name": "{{ address.hostname }}.example.com",
    "description": "ours",
    "tags": ["ruled"],
}
# Not what NetBox gets: how it is reached, what its own settings are, and what is tried elsewhere.
ELSEWHERE = {
    ClusterPolicy: {"name", "host", "port", "guests", "rules", "nodes", "node_rules", "address_rules", "scope", "mode"},
    MappingSection: {"create_sites", "custom_fields", "enforce_global_unique"},
}


def edits() -> dict[str, Edit]:
    """Return the sections of the configuration that each edit changes."""
    found: dict[str, Edit] = {f"clusters.{name}": {"cluster": {name: value}} for name, value in CLUSTER.items()}
    found |= {f"mapping.{name}": {"mapping": {name: value}} for name, value in MAPPING.items()}
    found |= {f"rules.{name}": {"rules": [{"set": {name: value}}]} for name, value in GUESTS.items()}
    found |= {f"node_rules.{name}": {"node_rules": [{"set": {name: value}}]} for name, value in NODES.items()}
    found |= {f"address_rules.{name}": {"address_rules": [{"set": {name: ADDRESSES[name]}}]} for name in ADDRESSES}
    some = {name: CLUSTER[name] for name in ClusterTargets.model_fields}
    found |= {f"cluster_rules.{name}": {"cluster_rules": [{"set": {name: some[name]}}]} for name in some}
    place = {"set": {"site": "DC2"}}
    found["rules and node_rules.site"] = {"rules": [place], "node_rules": [place]}
    found["everything"] = {
        "cluster": {name: value for name, value in CLUSTER.items() if name != "cluster_scope"},
        "mapping": MAPPING,
        "rules": [{"set": {name: value for name, value in GUESTS.items() if name != "site"}}],
        "node_rules": [{"set": {name: value for name, value in NODES.items() if name not in {"site", "location"}}}],
        "address_rules": [{"set": ADDRESSES}],
    }
    return found


EDITS = edits()
NAMED: Edit = {"node_rules": [{"set": {"name": "x-{{ node.name }}"}}]}
PLACED: Edit = {"node_rules": [{"when": {"name": "pve1"}, "set": {"location": "Room 1"}}]}


def ready(set_up: SetUp) -> Stage:
    """Return a settled stage, whose NetBox has what the edits name."""
    stage = set_up(one_guest())
    sites = {name: stage.ask("POST", "dcim/sites/", {"name": name, "slug": name.lower()})["id"] for name in SITES}
    stage.ask("POST", "dcim/locations/", {"name": "Room 1", "slug": "room-1", "site": sites["DC1"]})
    stage.ask("POST", "tenancy/tenants/", {"name": "Blue", "slug": "blue"})
    stage.ask("POST", "virtualization/cluster-groups/", {"name": "Campus", "slug": "campus"})
    stage.ask("POST", "ipam/vlan-groups/", {"name": "Trunk", "slug": "trunk"})
    stage.ask("POST", "ipam/vrfs/", {"name": "red"})
    if Version(stage.ask("GET", "status/")["netbox-version"].partition("-")[0]) >= OWNERS:
        stage.ask("POST", "users/owners/", {"name": "Team", "group": None})
    types = ["virtualization.virtualmachine", "dcim.device"]
    stage.ask("POST", "extras/custom-fields/", {"name": "owner", "type": "text", "object_types": types})
    change(stage, {})
    stage.settle()
    return stage


SITES = ("DC1", "DC2")
OWNERS = Version("4.5")


def change(stage: Stage, edit: Edit) -> None:
    """Write the configuration with an edit, or as it was."""
    stage.configure()
    file = stage.folder / "proxbox.yaml"
    data = yaml.safe_load(file.read_text())
    data["clusters"][0] |= edit.get("cluster", {})
    data["mapping"] |= edit.get("mapping", {})
    data |= {name: edit[name] for name in SHARED_RULES if name in edit}
    file.write_text(yaml.safe_dump(data))


def lands(stage: Stage, edit: Edit) -> None:
    """Apply the plan of an edit: nothing of it is refused, and the next one is empty."""
    change(stage, edit)
    plan = stage.plan(FORCE)
    stage.apply(FORCE)
    after = stage.plan(FORCE)
    assert after.changes == ()
    assert [(item.code, item.address) for item in after.problems] == [
        (item.code, item.address) for item in plan.problems
    ]


def test_each_value_of_the_configuration_is_tried() -> None:
    """A new one fails this until it is."""
    tried = (
        (CLUSTER, ClusterPolicy),
        (MAPPING, MappingSection),
        (GUESTS, Targets),
        (NODES, NodeTargets),
        (ADDRESSES, AddressTargets),
    )
    for edit, model in tried:
        assert set(edit) == set(model.model_fields) - ELSEWHERE.get(model, set())


@pytest.mark.slow
@pytest.mark.parametrize("name", EDITS)
def test_it_is_changed_and_changed_back(fake: tuple[SetUp, FakeNetBoxThread], name: str) -> None:
    """In one apply each."""
    stage = ready(fake[0])
    lands(stage, EDITS[name])
    lands(stage, {})


@pytest.mark.slow
@pytest.mark.parametrize(
    "steps",
    [
        [NAMED, {**NAMED, "cluster": {"tenant": "Blue"}}, {**NAMED, "mapping": {"tag_managed": False}}],
        [{"node_rules": [{"when": {"name": "pve1"}, "set": {"site": "DC2", "location": "Room 2"}}]}],
        [PLACED, {**PLACED, "cluster": {"site": "DC2"}}],
    ],
    ids=["a named node", "a node that stays for its guests", "a location of the old site"],
)
def test_one_value_beside_another(fake: tuple[SetUp, FakeNetBoxThread], steps: Sequence[Edit]) -> None:
    """What was set before is in the way of nothing."""
    stage = ready(fake[0])
    other = next(row["id"] for row in stage.netbox("dcim/sites") if row["name"] == "DC2")
    stage.ask("POST", "dcim/locations/", {"name": "Room 2", "slug": "room-2", "site": other})
    for edit in steps:
        lands(stage, edit)


@pytest.mark.slow
def test_undo_of_a_name_that_others_refer_to(fake: tuple[SetUp, FakeNetBoxThread]) -> None:
    """A guest goes back to a node that the same undo gives its name back."""
    cluster = one_guest()
    stage = fake[0](cluster)
    stage.settle()
    cluster.migrate(900, "pve2")
    stage.configure(rest="mapping: {create_sites: true}\nnode_rules: [{set: {name: 'x-{{ node.name }}'}}]")
    stage.plan(FORCE)
    stage.apply(FORCE)
    stage.good("undo", "plan.outcome.json")
    stage.good("apply", "undo.json", FORCE)
    machine = next(row for row in stage.netbox("virtualization/virtual-machines") if row["name"] == "app")
    assert machine["device"]["name"] == "pve1"


# What NetBox compares with other objects.
COMPARED = (
    "clusters.site",
    "clusters.cluster_group",
    "clusters.device_type",
    "rules.vlan_group",
    "rules.vrf",
    "address_rules.vrf",
    "everything",
)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("set_up", "names"),
    [(OLDER[0], a_part(EDITS)), pytest.param("real", COMPARED, marks=pytest.mark.netbox)],
    indirect=["set_up"],
)
def test_one_after_the_other(set_up: SetUp, names: Sequence[str]) -> None:
    """From each straight to the next; all of them on a real NetBox took nine minutes, and were tried by hand."""
    stage = ready(set_up)
    for edit in (*(EDITS[name] for name in names), {}):
        lands(stage, edit)
