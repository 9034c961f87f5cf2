"""What NetBox refuses of addresses and tags: the planner foretells it, and the fake does the same."""

from __future__ import annotations

import pytest

from tests.contract.client import NetBox


def test_no_address_is_made_in_a_populated_range(netbox: NetBox) -> None:
    """One that is there may be changed, and moved to another interface."""
    vrf = netbox.vrf()
    address = netbox.create("ipam/ip-addresses", address="10.7.0.9/24", vrf=vrf)
    netbox.create(
        "ipam/ip-ranges", start_address="10.7.0.5/24", end_address="10.7.0.20/24", vrf=vrf, mark_populated=True
    )
    said = netbox.refused("POST", "ipam/ip-addresses/", {"address": "10.7.0.10/24", "vrf": vrf})
    assert said == {"address": ["Cannot create IP address 10.7.0.10/24 inside range 10.7.0.5-20/24."]}
    machine = netbox.machine()["id"]
    port = netbox.create("virtualization/interfaces", virtual_machine=machine, name="net0")["id"]
    moved = netbox.patch(
        "ipam/ip-addresses",
        address["id"],
        assigned_object_type="virtualization.vminterface",
        assigned_object_id=port,
        description="moved",
    )
    assert moved["description"] == "moved"
    netbox.create("ipam/ip-addresses", address="10.7.0.21/24", vrf=vrf)
    (row,) = netbox.get(f"ipam/ip-ranges/?mark_populated=true&vrf_id={vrf}&fields=id,start_address,end_address,size")[
        "results"
    ]
    assert (row["start_address"], row["end_address"], row["size"]) == ("10.7.0.5/24", "10.7.0.20/24", 16)


def test_no_address_has_the_mask_0(netbox: NetBox) -> None:
    """Wherever it is."""
    assert netbox.refused("POST", "ipam/ip-addresses/", {"address": "10.7.1.5/0"}) == {
        "address": ["Cannot create IP address with /0 mask."]
    }


@pytest.mark.parametrize("how", ["create", "update"])
def test_a_tag_is_put_on_its_object_types_only(netbox: NetBox, how: str) -> None:
    """The whole request is refused; what carries the tag from before keeps it."""
    tag = netbox.tag()
    machine = netbox.machine(tags=[{"slug": tag["slug"]}])
    netbox.patch("extras/tags", tag["id"], object_types=["dcim.site"])
    assert netbox.patch("virtualization/virtual-machines", machine["id"], tags=[{"slug": tag["slug"]}], memory=7)[
        "tags"
    ]
    other = netbox.machine()
    new = {"name": netbox.name(), "cluster": other["cluster"]["id"]}
    tags = {"tags": [{"slug": tag["slug"]}]}
    said = (
        netbox.refused("PATCH", f"virtualization/virtual-machines/{other['id']}/", tags)
        if how == "update"
        else netbox.refused("POST", "virtualization/virtual-machines/", {**new, **tags})
    )
    assert said == {"detail": f"Tag {tag['name']} cannot be assigned to virtualmachine objects."}


@pytest.mark.parametrize("default", [None, "ops"])
def test_a_required_custom_field(netbox: NetBox, default: str | None) -> None:
    """Its default is for objects sent without any custom field; one that is empty is refused on a change, too."""
    other = netbox.custom_field("dcim.location")
    site = netbox.site()["id"]
    field = netbox.create(
        "extras/custom-fields",
        name=netbox.name("r").replace("-", "_"),
        type="text",
        object_types=["dcim.location"],
        required=True,
        default=default,
    )
    try:
        name, new = field["name"], {"name": "Room", "slug": "room", "site": site}
        said = netbox.refused("POST", "dcim/locations/", {**new, "custom_fields": {other: "x"}})
        assert said == {"__all__": [f"Missing required custom field '{name}'."]}
        if default:
            assert netbox.create("dcim/locations", **new)["custom_fields"][name] == default
        else:
            assert netbox.refused("POST", "dcim/locations/", new) == {
                "__all__": [f"Invalid value for custom field '{name}': Required field cannot be empty."]
            }
        made = netbox.create("dcim/locations", name="Hall", slug="hall", site=site, custom_fields={name: "dev"})
        assert netbox.patch("dcim/locations", made["id"], custom_fields={other: "y"})["custom_fields"][name] == "dev"
        assert netbox.refused("PATCH", f"dcim/locations/{made['id']}/", {"custom_fields": {name: None}})
    finally:
        netbox.delete("extras/custom-fields", field["id"])


def test_an_object_that_lacks_a_required_value_is_changed_by_no_request_that_does_not_give_it(netbox: NetBox) -> None:
    """The field was made, or made required, after the object: until the value is there NetBox takes no other one."""
    site, other = netbox.site()["id"], netbox.custom_field("dcim.location")
    room = netbox.create("dcim/locations", name="Room", slug="room", site=site)["id"]
    name = netbox.name("r").replace("-", "_")
    field = netbox.create("extras/custom-fields", name=name, type="text", object_types=["dcim.location"], required=True)
    try:
        assert netbox.get(f"dcim/locations/{room}/")["custom_fields"][name] is None
        why = {"__all__": [f"Missing required custom field '{name}'."]}
        for body in ({"description": "x"}, {"custom_fields": {other: "x"}}):
            assert netbox.refused("PATCH", f"dcim/locations/{room}/", body) == why
        netbox.patch("dcim/locations", room, description="x", custom_fields={name: "dev"})
    finally:
        netbox.delete("extras/custom-fields", field["id"])
