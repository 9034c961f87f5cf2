from __future__ import annotations

from typing import Any

import pytest

from proxbox_plan.mapping import KINDS
from proxbox_plan.model.kind import FieldType, Natural
from tests.contract.client import NetBox, etag_of
from tests.contract.plugin import Lab
from tests.contract.plugin_rows import PROXBOX, ROWS

BY_PATH = {kind.path.removeprefix("/api/").strip("/"): kind for kind in KINDS.values()}
PATHS = [path for path in ROWS if path.startswith(PROXBOX)]
NATURALS = [(path, natural) for path in PATHS for natural in BY_PATH[path].natural]
every_row = pytest.mark.parametrize("path", list(ROWS))


def _said(value: Any) -> Any:
    """Give what a field that was read says, in the form in which it is written."""
    if isinstance(value, dict) and set(value) == {"value", "label"}:
        return value["value"]
    if isinstance(value, dict) and "url" in value:
        return value["id"]
    if isinstance(value, list):
        return [_said(item) for item in value]
    return value


def _columns(path: str) -> set[str]:
    """Give the fields of a kind as NetBox names them: a generic reference is two."""
    fields = [field for field in BY_PATH[path].fields if not field.read_only]
    return {
        f"{field.name}{ending}"
        for field in fields
        for ending in (("_type", "_id") if field.type is FieldType.GENERIC else ("",))
    }


def test_the_plugin_is_in_the_status(lab: Lab) -> None:
    """By its module's name and with its version, as the planner asks."""
    assert lab.netbox.get("status/")["plugins"]["netbox_proxbox"] == "0.0.29.post6"


def test_every_kind_of_the_plugin_is_here() -> None:
    """So that no kind is added without the fake knowing its model."""
    assert sorted(path for path, kind in BY_PATH.items() if kind.plugin) == sorted(PATHS)


@every_row
def test_what_the_mapping_writes_reads_back(lab: Lab, path: str) -> None:
    """Every field of the kind, in the row that was created and in a list."""
    wanted = ROWS[path](lab)
    assert set(wanted) == _columns(path)
    created = lab.netbox.create(path, **wanted)
    listed = lab.netbox.get(f"{path}/?id={created['id']}")["results"][0]
    assert {name: _said(created[name]) for name in wanted} == wanted
    assert {name: _said(listed[name]) for name in wanted} == wanted


@pytest.mark.covering
@every_row
def test_a_row_carries_tags_and_a_key_and_is_found_by_it(lab: Lab, path: str) -> None:
    """By the beginning of the custom field, page by page, with the fields that were asked for."""
    tag, name = lab.netbox.tag(), lab.netbox.custom_field(BY_PATH[path].object_type, filter_logic="exact")
    row = lab.row(path, tags=[tag["id"]], custom_fields={name: "lab/x"})
    assert [tag["id"] for tag in row["tags"]] == [tag["id"]]
    page = lab.netbox.get(f"{path}/?cf_{name}__isw=LAB/&start=0&limit=1&fields=id,custom_fields")
    assert [found["id"] for found in page["results"]] == [row["id"]]
    assert set(page["results"][0]) == {"id", "custom_fields"}
    assert page["results"][0]["custom_fields"][name] == "lab/x"
    assert f"start={row['id'] + 1}" in page["next"]
    assert lab.netbox.get(f"{path}/?tag={tag['slug']}")["count"] == 1


@pytest.mark.covering
@every_row
def test_a_row_is_changed_only_as_it_was_read(lab: Lab, path: str) -> None:
    """412 for an old ETag, alone and in a batch; a batch makes, changes and removes rows."""
    tag = lab.netbox.tag()["id"]
    made = lab.netbox.request("POST", f"{path}/", [ROWS[path](lab)])
    assert made.status == 201, made
    row = made.body[0]
    one = f"{path}/{row['id']}/"
    changed = lab.netbox.request("PATCH", one, {"add_tags": [tag]}, If_Match=etag_of(row))
    assert changed.status == 200
    assert lab.netbox.request("PATCH", one, {"add_tags": []}, If_Match=etag_of(row)).status == 412
    batch = [{"id": row["id"], "remove_tags": [tag]}]
    assert lab.netbox.request("PATCH", f"{path}/", batch, If_Match=etag_of(row)).status == 412
    again = lab.netbox.request("PATCH", f"{path}/", batch, If_Match=etag_of(changed.body))
    assert (again.status, again.body[0]["tags"]) == (200, [])
    assert lab.netbox.request("DELETE", f"{path}/", [{"id": row["id"]}]).status == 204
    assert not lab.netbox.exists(path, row["id"])


@pytest.mark.parametrize(("path", "natural"), NATURALS, ids=lambda value: getattr(value, "filter", value))
def test_a_row_is_found_by_its_natural_key(lab: Lab, path: str, natural: Natural) -> None:
    """By the filter that the planner asks with, which answers with nothing else."""
    host = {"ip_address": lab.address, "domain": ""} if natural.filter == "ip_address" else {}
    row = lab.row(path, **host)
    value = _said(row[natural.by])
    found = lab.netbox.get(f"{path}/?{natural.filter}={value}&start=0&limit=100")["results"]
    assert row["id"] in [other["id"] for other in found]
    assert {_said(other[natural.by]) for other in found} == {value}


@pytest.mark.parametrize(
    ("path", "name"),
    [(path, natural.filter) for path, natural in NATURALS if natural.filter not in {"domain", "name", "upid"}],
)
def test_an_id_that_does_not_exist_is_refused_by_a_filter(lab: Lab, path: str, name: str) -> None:
    """But not by those of sidecars, which find nothing."""
    reply = lab.netbox.request("GET", f"{path}/?{name}=99999999")
    if "/sync-state/" in path:
        assert (reply.status, reply.body["count"]) == (200, 0)
    else:
        shown = "99999999" if name.endswith("_id") else "That choice"
        assert reply.status == 400
        assert reply.body == {name: [f"Select a valid choice. {shown} is not one of the available choices."]}


def test_references_of_sdn_and_cpu_models_read_as_ids(lab: Lab) -> None:
    """Not as objects, unlike all others."""
    vnet, subnet = lab.row(f"{PROXBOX}/sdn-vnets"), lab.row(f"{PROXBOX}/sdn-subnets")
    cpu_model = lab.row(f"{PROXBOX}/datacenter-cpu-models")
    assert (vnet["endpoint"], vnet["l2vpn"]) == (lab.endpoint, lab.l2vpn)
    assert (subnet["prefix"], cpu_model["endpoint"]) == (lab.prefix, lab.endpoint)
    assert lab.row(f"{PROXBOX}/storage")["cluster"]["id"] == lab.netbox_cluster


def test_a_binding_may_name_what_is_not_there(lab: Lab) -> None:
    """Its target is a text and a number to the plugin."""
    row = lab.row(f"{PROXBOX}/sdn-bindings", target_type="ipam.vlan", target_id=99999999)
    assert (row["target_type"], row["target_id"]) == ("ipam.vlan", 99999999)


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("firewall/rules", "vm_qemu / pos 0: in ACCEPT"),
        ("sdn-vnets", "lab / z1 / v1"),
        ("vm-templates", "tpl (vmid=900)"),
        ("guest-vm-interfaces", "eth0"),
    ],
)
def test_a_row_is_shown_as_the_plugin_does(lab: Lab, path: str, shown: str) -> None:
    """By more than its name; it has no page of its own in the answer."""
    row = lab.row(f"{PROXBOX}/{path}")
    assert row["display"] == shown
    assert "display_url" not in row


def test_a_row_of_a_machine_is_shown_with_it(lab: Lab) -> None:
    """And the machine in it is the short form."""
    row = lab.row(f"{PROXBOX}/snapshots")
    machine = row["virtual_machine"]
    assert row["display"] == f"{machine['name']} - {row['name']}"
    assert set(machine) == {"id", "url", "display_url", "display", "name"}


def test_a_netbox_without_the_plugin_has_none_of_it(fake_netbox: NetBox) -> None:
    """Its paths are not found, and a custom field cannot be for its models."""
    assert fake_netbox.get("status/")["plugins"] == {}
    for path in ROWS:
        assert fake_netbox.request("GET", f"{path}/").status == (404 if path.startswith(PROXBOX) else 200)
    label = "netbox_proxbox.proxmoxstorage"
    body = {"name": fake_netbox.name("cf").replace("-", "_"), "type": "text", "object_types": [label]}
    refusal = fake_netbox.refused("POST", "extras/custom-fields/", body)
    assert refusal == {"object_types": [f"Invalid content type: {label}"]}
