"""Rules on whole commands: included files, templates and custom fields, from Proxmox into NetBox and back."""

from __future__ import annotations

from typing import Any

import pytest

from tests.end_to_end.conftest import NETBOXES, SetUp, on_each_version
from tests.end_to_end.stage import Stage
from tests.end_to_end.test_everyday_changes import one_guest

VM = "virtual-machine:lab/qemu/900"
RULES = """rules:
  - when: {vmid: 900-999, name: "/^(?P<word>[a-z]+)/"}
    set:
      role: "{{ match.word|title }}"
      description: "{{ guest.node }} in ${DATACENTER:-nowhere}"
      vm_type: Small
      dns_name: "{{ guest.hostname }}.example.com"
      tags: [ruled, "{{ guest.type }}"]
      custom_fields: {owner: "{{ guest.name }}", tier: 3, critical: true, site_notes: "{{ guest.pool }}"}
node_rules:
  - when: {name: pve1}
    set: {location: Room 1, role: Hypervisor, custom_fields: {tier: "{{ node.name|length }}"}}
"""


def stage_with_rules(set_up: SetUp) -> Stage:
    """Return a stage whose NetBox has the custom fields and the location that the rules name."""
    stage = set_up(one_guest())
    both = ["virtualization.virtualmachine", "dcim.device"]
    for name, kind in (("owner", "text"), ("tier", "integer"), ("critical", "boolean"), ("site_notes", "text")):
        stage.ask("POST", "extras/custom-fields/", {"name": name, "type": kind, "object_types": both})
    site = stage.ask("POST", "dcim/sites/", {"name": "DC1", "slug": "dc1"})
    stage.ask("POST", "dcim/locations/", {"name": "Room 1", "slug": "room-1", "site": site["id"]})
    (stage.folder / "rules.yaml").write_text(RULES)
    stage.environ["DATACENTER"] = "Berlin"
    stage.configure(rest="include: [rules.yaml]\nmapping: {create_sites: true}")
    return stage


def row(stage: Stage, path: str, name: str) -> dict[str, Any]:
    """Return the NetBox object of that name."""
    return next(row for row in stage.netbox(path) if row["name"] == name)


def custom(stage: Stage, path: str, name: str) -> dict[str, Any]:
    """Return its custom fields that the rules or a person fill; NetBox's plugins bring their own."""
    fields = row(stage, path, name)["custom_fields"]
    return {key: fields[key] for key in ("owner", "tier", "critical", "site_notes")}


@pytest.mark.slow
def test_rules_fill_netbox(set_up: SetUp) -> None:
    """Every value arrives, a second plan has nothing to do, and a change in Proxmox follows."""
    stage = stage_with_rules(set_up)
    stage.settle()
    machine = row(stage, "virtualization/virtual-machines", "app")
    assert (machine["role"]["name"], machine["description"]) == ("App", "pve1 in Berlin")
    assert sorted(tag["name"] for tag in machine["tags"]) == ["Proxbox", "qemu", "ruled"]
    assert custom(stage, "virtualization/virtual-machines", "app") == {
        "owner": "app",
        "tier": 3,
        "critical": True,
        "site_notes": None,
    }
    node = row(stage, "dcim/devices", "pve1")
    assert (node["location"]["name"], node["role"]["name"]) == ("Room 1", "Hypervisor")
    assert custom(stage, "dcim/devices", "pve1")["tier"] == 4
    assert row(stage, "dcim/devices", "pve2")["location"] is None
    address = next(item for item in stage.netbox("ipam/ip-addresses") if item["address"] == "10.99.0.10/24")
    assert address["dns_name"] == "app.example.com"


@on_each_version
@pytest.mark.covering
def test_custom_fields_of_people_stay(set_up: SetUp) -> None:
    """What a person wrote into ours is kept and said; what we never filled is not looked at; undo gives back."""
    stage = stage_with_rules(set_up)
    stage.settle()
    machine = row(stage, "virtualization/virtual-machines", "app")
    edited = {"custom_fields": {"owner": "Ann", "site_notes": "rack 4"}}
    stage.ask("PATCH", f"virtualization/virtual-machines/{machine['id']}/", edited)
    plan = stage.plan()
    assert plan.changes == ()
    assert [(item.address, item.field, item.netbox) for item in plan.preserved] == [(VM, "cf_owner", "Ann")]
    (stage.folder / "rules.yaml").write_text(RULES.replace("tier: 3", "tier: 7"))
    plan = stage.plan()
    assert [(item.field, item.before, item.after) for item in plan.changes[0].fields] == [("cf_tier", 3, 7)]
    stage.apply()
    assert custom(stage, "virtualization/virtual-machines", "app")["tier"] == 7
    stage.good("undo", "plan.outcome.json")
    stage.good("apply", "undo.json")
    assert custom(stage, "virtualization/virtual-machines", "app") == {
        "owner": "Ann",
        "tier": 3,
        "critical": True,
        "site_notes": "rack 4",
    }


@pytest.mark.parametrize("set_up", NETBOXES[1:], indirect=True)
def test_a_rule_that_would_take_a_node_out_of_its_rack(set_up: SetUp) -> None:
    """NetBox refuses that, in either field: the plan says so, and all that it holds is applied."""
    stage = stage_with_rules(set_up)
    (stage.folder / "rules.yaml").write_text("")
    stage.settle()
    site, other = row(stage, "dcim/sites", "DC1"), stage.ask("POST", "dcim/sites/", {"name": "DC2", "slug": "dc2"})
    rack = stage.ask("POST", "dcim/racks/", {"name": "R1", "site": site["id"]})
    device = f"dcim/devices/{row(stage, 'dcim/devices', 'pve1')['id']}/"
    stage.ask("PATCH", device, {"rack": rack["id"]})
    room = row(stage, "dcim/locations", "Room 1")["id"]
    for refused in ({"site": other["id"]}, {"location": room}):
        with pytest.raises(AssertionError, match="Rack R1 does not belong to"):
            stage.ask("PATCH", device, refused)
    for given in ("site: DC2", "location: Room 1"):
        (stage.folder / "rules.yaml").write_text(f"node_rules: [{{set: {{{given}}}}}]\n")
        plan = stage.plan()
        assert "device:lab/node/pve1" not in {change.address for change in plan.changes}
        assert any("is in the rack 'R1'" in item.message for item in plan.problems)
        stage.good("apply", "plan.json")
        assert stage.plan().changes == ()
