from __future__ import annotations

from typing import Any

import pytest

from proxbox_plan.model.kind import FieldType, Natural
from proxbox_plan.planner.mapping import KINDS
from tests.contract.client import etag_of
from tests.contract.plugin import PROXBOX, ROWS, Lab

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
    fields = BY_PATH[path].fields
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


@every_row
def test_a_row_carries_tags_and_a_key_and_is_found_by_it(lab: Lab, path: str) -> None:
    """By the beginning of the custom field, page by page, with the fields that were asked for."""
    tag, name = lab.netbox.tag(), lab.netbox.custom_field(BY_PATH[path].object_type)
    row = lab.row(path, tags=[tag["id"]], custom_fields={name: "lab/x"})
    assert [tag["id"] for tag in row["tags"]] == [tag["id"]]
    page = lab.netbox.get(f"{path}/?cf_{name}__isw=LAB/&start=0&limit=1&fields=id,custom_fields")
    assert [found["id"] for found in page["results"]] == [row["id"]]
    assert set(page["results"][0]) == {"id", "custom_fields"}
    assert page["results"][0]["custom_fields"][name] == "lab/x"
    assert f"start={row['id'] + 1}" in page["next"]
    assert lab.netbox.get(f"{path}/?tag={tag['slug']}")["count"] == 1


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
