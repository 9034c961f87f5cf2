from __future__ import annotations

from typing import Any

import pytest

from tests.contract.client import VMS, NetBox


def _slugs(machine: dict[str, Any]) -> set[str]:
    return {tag["slug"] for tag in machine["tags"]}


def test_tags_are_given_by_slug_name_both_or_id(netbox: NetBox) -> None:
    """And read nested."""
    tag = netbox.tag()
    machine = netbox.machine()["id"]
    for given in ({"slug": tag["slug"]}, {"name": tag["name"]}, {"name": tag["name"], "slug": tag["slug"]}, tag["id"]):
        netbox.patch(VMS, machine, tags=[])
        shown = netbox.patch(VMS, machine, tags=[given])["tags"]
        assert shown == [{key: tag[key] for key in ("id", "url", "display_url", "display", "name", "slug", "color")}]


def test_a_tag_must_exist(netbox: NetBox) -> None:
    """Assigning one does not create it; a bare slug is no reference."""
    path = f"{VMS}/{netbox.machine()['id']}/"
    assert netbox.refused("PATCH", path, {"tags": [{"slug": "no-such"}]}) == {
        "tags": ["Related object not found using the provided attributes: {'slug': 'no-such'}"]
    }
    assert "tags" in netbox.refused("PATCH", path, {"tags": ["no-such"]})


def test_tags_replaces_and_add_and_remove_do_not(netbox: NetBox) -> None:
    """With `add_tags` and `remove_tags` the tags of others stay."""
    first, second = netbox.tag(), netbox.tag()
    machine = netbox.machine(tags=[first["id"]])["id"]
    added = netbox.patch(VMS, machine, add_tags=[{"slug": second["slug"]}])
    assert _slugs(added) == {first["slug"], second["slug"]}
    assert _slugs(netbox.patch(VMS, machine, remove_tags=[second["id"]])) == {first["slug"]}
    assert _slugs(netbox.patch(VMS, machine, tags=[second["id"]])) == {second["slug"]}
    assert _slugs(netbox.patch(VMS, machine, memory=1)) == {second["slug"]}


def test_tags_can_be_added_when_creating(netbox: NetBox) -> None:
    """But not removed."""
    tag = netbox.tag()
    assert _slugs(netbox.machine(add_tags=[tag["id"]])) == {tag["slug"]}
    values = {"name": netbox.name(), "cluster": netbox.cluster()["id"], "remove_tags": [tag["id"]]}
    assert netbox.refused("POST", f"{VMS}/", values) == {
        "remove_tags": ['Cannot use "remove_tags" when creating a new object.']
    }


def test_tags_does_not_go_with_add_tags(netbox: NetBox) -> None:
    """One or the other."""
    tag = netbox.tag()["id"]
    path = f"{VMS}/{netbox.machine()['id']}/"
    assert netbox.refused("PATCH", path, {"tags": [tag], "add_tags": [tag]}) == {
        "tags": ['Cannot specify "tags" together with "add_tags" or "remove_tags".']
    }


def test_changing_tags_makes_the_object_stale(netbox: NetBox) -> None:
    """Deleting the tag does not."""
    tag = netbox.tag()["id"]
    machine = netbox.machine()
    tagged = netbox.patch(VMS, machine["id"], add_tags=[tag])
    assert tagged["last_updated"] > machine["last_updated"]
    netbox.delete("extras/tags", tag)
    now = netbox.get(f"{VMS}/{machine['id']}/")
    assert (now["tags"], now["last_updated"]) == ([], tagged["last_updated"])


def test_custom_fields_read_complete(netbox: NetBox) -> None:
    """Unset ones are null, also those that were created after the object."""
    before = netbox.custom_field()
    machine = netbox.machine(custom_fields={before: "x"})["id"]
    after = netbox.custom_field()
    values = netbox.get(f"{VMS}/{machine}/")["custom_fields"]
    assert (values[before], values[after]) == ("x", None)


def test_changing_one_custom_field_keeps_the_others(netbox: NetBox) -> None:
    """But a JSON value is replaced as a whole."""
    text, data = netbox.custom_field(), netbox.custom_field(type="json")
    machine = netbox.machine(custom_fields={text: "x", data: {"a": [1, {"b": None}]}})
    assert machine["custom_fields"][data] == {"a": [1, {"b": None}]}
    changed = netbox.patch(VMS, machine["id"], custom_fields={data: {"c": 2}})["custom_fields"]
    assert (changed[text], changed[data]) == ("x", {"c": 2})
    assert netbox.patch(VMS, machine["id"], custom_fields={text: None})["custom_fields"][text] is None


def test_a_unique_custom_field_is_unique_in_bulk_too(netbox: NetBox) -> None:
    """Also between the objects of one request; null and the empty string may repeat."""
    field, cluster = netbox.custom_field(unique=True), netbox.cluster()["id"]
    first = netbox.machine(custom_fields={field: "k"})["id"]
    message = {"__all__": [f"Custom field '{field}' must have a unique value."]}
    values = {"name": netbox.name(), "cluster": cluster, "custom_fields": {field: "k"}}
    assert netbox.refused("POST", f"{VMS}/", values) == message
    batch = [{"name": netbox.name(), "cluster": cluster, "custom_fields": {field: "new"}} for _ in range(2)]
    assert netbox.refused("POST", f"{VMS}/", batch)["errors"] == [{"index": 1, "errors": message}]
    netbox.patch(VMS, first, custom_fields={field: "k"})
    for _ in range(2):
        netbox.machine(custom_fields={field: ""})


def test_an_unknown_custom_field_is_refused(netbox: NetBox) -> None:
    """Unlike an unknown field; a field of another model is unknown, too."""
    field = netbox.custom_field("dcim.site")
    path = f"{VMS}/{netbox.machine()['id']}/"
    assert netbox.refused("PATCH", path, {"custom_fields": {field: "x"}}) == {
        "custom_fields": {field: f"Custom field '{field}' does not exist for this object type."}
    }
    assert netbox.refused("PATCH", path, {"custom_fields": []}) == {
        "custom_fields": [
            "Invalid data format. Custom field data must be passed as a dictionary mapping field names to their values."
        ]
    }


@pytest.mark.parametrize(
    ("kind", "value", "problem"),
    [
        ("text", 5, "Value must be a string."),
        ("integer", "x", "Value must be an integer."),
        ("boolean", "x", "Value must be true or false."),
    ],
)
def test_custom_fields_have_types(netbox: NetBox, kind: str, value: object, problem: str) -> None:
    """A value of another type is refused."""
    field = netbox.custom_field(type=kind)
    path = f"{VMS}/{netbox.machine()['id']}/"
    assert netbox.refused("PATCH", path, {"custom_fields": {field: value}}) == {
        "__all__": [f"Invalid value for custom field '{field}': {problem}"]
    }


def test_a_default_reaches_objects_old_and_new(netbox: NetBox) -> None:
    """NetBox fills it in on creation of the field, and of each object."""
    old = netbox.machine()["id"]
    field = netbox.custom_field(type="integer", default=7)
    values = netbox.machine()["custom_fields"], netbox.get(f"{VMS}/{old}/")["custom_fields"]
    assert [value[field] for value in values] == [7, 7]
    # It would reach the machines of all other tests as well.
    netbox.delete("extras/custom-fields", netbox.get(f"extras/custom-fields/?name={field}")["results"][0]["id"])


def test_a_deleted_custom_field_is_gone_everywhere(netbox: NetBox) -> None:
    """Its values do not come back with a new field of its name."""
    field = netbox.custom_field()
    machine = netbox.machine(custom_fields={field: "x"})["id"]
    number = netbox.get(f"extras/custom-fields/?name={field}")["results"][0]["id"]
    netbox.delete("extras/custom-fields", number)
    assert field not in netbox.get(f"{VMS}/{machine}/")["custom_fields"]
    netbox.create("extras/custom-fields", name=field, type="text", object_types=["virtualization.virtualmachine"])
    assert netbox.get(f"{VMS}/{machine}/")["custom_fields"][field] is None


def test_a_custom_field_reads_back_as_it_was_described(netbox: NetBox) -> None:
    """As `doctor` checks the fields we need."""
    name = netbox.custom_field(
        "dcim.site", "virtualization.virtualmachine", unique=True, filter_logic="exact", ui_visible="hidden"
    )
    found = netbox.get(f"extras/custom-fields/?name={name}")["results"][0]
    assert found["object_types"] == ["dcim.site", "virtualization.virtualmachine"]
    assert (found["type"]["value"], found["unique"], found["required"]) == ("text", True, False)
    assert (found["filter_logic"]["value"], found["ui_visible"]["value"]) == ("exact", "hidden")


@pytest.mark.parametrize(
    ("values", "field", "message"),
    [
        ({"name": "a b"}, "name", "Only alphanumeric characters and underscores are allowed."),
        ({"name": "a__b"}, "name", "Double underscores are not permitted in custom field names."),
        ({"object_types": ["dcim.nope"]}, "object_types", "Invalid content type: dcim.nope"),
        ({"type": "nope"}, "type", "nope is not a valid choice."),
    ],
)
def test_what_a_custom_field_may_not_be(netbox: NetBox, values: dict[str, Any], field: str, message: str) -> None:
    """Names are used in filters, so they are restricted."""
    whole = {"name": netbox.name("cf").replace("-", "_"), "type": "text", "object_types": ["dcim.site"], **values}
    assert netbox.refused("POST", "extras/custom-fields/", whole) == {field: [message]}
