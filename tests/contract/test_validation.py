from __future__ import annotations

from typing import Any

import pytest

from tests.contract.client import ADDRESSES, INTERFACES, SITES, VMS, NetBox


@pytest.mark.parametrize(
    ("values", "errors"),
    [
        ({}, {"name": ["This field is required."]}),
        ({"name": ""}, {"name": ["This field may not be blank."]}),
        ({"name": None}, {"name": ["This field may not be null."]}),
        ({"name": "x" * 65}, {"name": ["Ensure this field has no more than 64 characters."]}),
        ({"description": "x" * 201}, {"description": ["Ensure this field has no more than 200 characters."]}),
        ({"comments": None}, {"comments": ["This field may not be null."]}),
        ({"status": "nope"}, {"status": ["nope is not a valid choice."]}),
        ({"status": None}, {"status": ["This field may not be blank."]}),
        (
            {"status": {"value": "active"}},
            {"status": ['Value must be passed directly (e.g. "foo": 123); do not use a dictionary or list.']},
        ),
        ({"memory": -1}, {"memory": ["Ensure this value is greater than or equal to 0."]}),
        ({"memory": 2**31}, {"memory": ["Ensure this value is less than or equal to 2147483647."]}),
        ({"memory": True}, {"memory": ["A valid integer is required."]}),
        ({"disk": 1.5}, {"disk": ["A valid integer is required."]}),
        ({"disk": "x"}, {"disk": ["A valid integer is required."]}),
        ({"vcpus": 1.234}, {"vcpus": ["Ensure that there are no more than 2 decimal places."]}),
        ({"vcpus": "x"}, {"vcpus": ["A valid number is required."]}),
        ({"role": 99999999}, {"role": ["Related object not found using the provided numeric ID: 99999999"]}),
        (
            {"role": {"slug": "no-such"}},
            {"role": ["Related object not found using the provided attributes: {'slug': 'no-such'}"]},
        ),
        (
            {"role": "text"},
            {
                "role": [
                    (
                        "Related objects must be referenced by numeric ID or by dictionary of attributes. "
                        "Received an unrecognized value: text"
                    )
                ]
            },
        ),
        ({"tags": None}, {"tags": ["This field may not be null."]}),
        ({"tags": [99999999]}, {"tags": ["Related object not found using the provided numeric ID: 99999999"]}),
    ],
)
def test_what_a_machine_may_not_hold(netbox: NetBox, values: dict[str, Any], errors: dict[str, list[str]]) -> None:
    """Each field says what is wrong with it, in NetBox's own words."""
    cluster = netbox.cluster()["id"]
    named = {} if values == {} else {"name": netbox.name("vm")}
    assert netbox.refused("POST", f"{VMS}/", {"cluster": cluster, **named, **values}) == errors


def test_too_few_vcpus(netbox: NetBox) -> None:
    """Zero is not allowed; null is how "no limit" is said."""
    cluster = netbox.cluster()["id"]
    errors = netbox.refused("POST", f"{VMS}/", {"name": netbox.name(), "cluster": cluster, "vcpus": 0})
    assert errors["vcpus"][0].startswith("Ensure this value is greater than or equal to 0.01")


def test_all_fields_complain_at_once(netbox: NetBox) -> None:
    """One answer holds the errors of all fields."""
    errors = netbox.refused("POST", f"{SITES}/", {"name": "", "slug": "a b", "status": "nope"})
    assert errors == {
        "name": ["This field may not be blank."],
        "slug": ['Enter a valid "slug" consisting of letters, numbers, underscores or hyphens.'],
        "status": ["nope is not a valid choice."],
    }


def test_unknown_fields_are_passed_over(netbox: NetBox) -> None:
    """A misspelled field is silently not written."""
    assert "no_such_field" not in netbox.site(no_such_field=1)


def test_numbers_may_come_as_text_and_text_as_numbers(netbox: NetBox) -> None:
    """NetBox converts what it can, and strips spaces around text."""
    name = netbox.name()
    machine = netbox.machine(name=f"  {name} ", memory="12", vcpus="3", description=7)
    assert (machine["name"], machine["memory"], machine["vcpus"]) == (name, 12, 3.0)
    assert machine["description"] == "7"


def test_references_may_be_given_by_attributes(netbox: NetBox) -> None:
    """By slug, for example."""
    site = netbox.site()
    assert netbox.machine(site={"slug": site["slug"]})["site"]["id"] == site["id"]


def test_null_clears_a_reference(netbox: NetBox) -> None:
    """And is read back as null."""
    site = netbox.site()
    machine = netbox.machine(site=site["id"], cluster=netbox.cluster()["id"])
    assert netbox.patch(VMS, machine["id"], site=None)["site"] is None


@pytest.mark.parametrize(
    ("values", "errors"),
    [
        ({"mtu": 0}, {"mtu": ["Ensure this value is greater than or equal to 1."]}),
        ({"mtu": 65537}, {"mtu": ["Ensure this value is less than or equal to 65536."]}),
        ({"mode": "x"}, {"mode": ["x is not a valid choice."]}),
        ({"enabled": None}, {"enabled": ["This field may not be null."]}),
        ({"enabled": "maybe"}, {"enabled": ["Must be a valid boolean."]}),
        ({"mac_address": "zz"}, {"mac_address": ["Enter a valid MAC address (e.g. 00:11:22:33:44:55)."]}),
        ({"mac_address": ""}, {"mac_address": ["This field may not be blank."]}),
        ({"tagged_vlans": [99999999]}, {"tagged_vlans": ['Invalid pk "99999999" - object does not exist.']}),
    ],
)
def test_what_an_interface_may_not_hold(netbox: NetBox, values: dict[str, Any], errors: dict[str, list[str]]) -> None:
    """The limits of an interface's fields."""
    owner = netbox.machine()["id"]
    assert netbox.refused("POST", f"{INTERFACES}/", {"virtual_machine": owner, "name": "net0", **values}) == errors


def test_a_device_interface_needs_a_type(netbox: NetBox) -> None:
    """From a fixed list."""
    device = netbox.device()["id"]
    assert netbox.refused("POST", "dcim/interfaces/", {"device": device, "name": "eno1"}) == {
        "type": ["This field is required."]
    }
    assert netbox.refused("POST", "dcim/interfaces/", {"device": device, "name": "eno1", "type": "magic"}) == {
        "type": ["magic is not a valid choice."]
    }


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("10.0.0.300/24", "Invalid IP address format: 10.0.0.300/24"),
        ("abc", "Invalid IP address format: abc"),
        ("10.0.0.1/33", "Invalid IP address format: 10.0.0.1/33"),
        ("010.0.0.1/24", "Invalid IP address format: 010.0.0.1/24"),
        ("10.0.0.1/0", "Cannot create IP address with /0 mask."),
        ("", "This field may not be blank."),
    ],
)
def test_what_is_no_address(netbox: NetBox, text: str, message: str) -> None:
    """Both parts of an address are checked."""
    assert netbox.refused("POST", f"{ADDRESSES}/", {"address": text, "vrf": netbox.vrf()}) == {"address": [message]}


def test_a_prefix_may_not_have_host_bits(netbox: NetBox) -> None:
    """NetBox does not correct them; it proposes the prefix."""
    assert netbox.refused("POST", "ipam/prefixes/", {"prefix": "192.0.2.7/24", "vrf": netbox.vrf()}) == {
        "prefix": ["192.0.2.7/24 is not a valid prefix. Did you mean 192.0.2.0/24?"]
    }


def test_a_vlan_id_is_at_most_4094(netbox: NetBox) -> None:
    """As in IEEE 802.1Q."""
    assert netbox.refused("POST", "ipam/vlans/", {"vid": 4095, "name": "x"}) == {
        "vid": ["Ensure this value is less than or equal to 4094."]
    }


def test_a_tag_has_a_hexadecimal_color(netbox: NetBox) -> None:
    """Six digits in lower case."""
    name = netbox.name()
    assert netbox.refused("POST", "extras/tags/", {"name": name, "slug": name, "color": "red"}) == {
        "color": ["Enter a valid hexadecimal RGB color code."]
    }


def test_put_needs_what_is_required_and_clears_the_placement(netbox: NetBox) -> None:
    """Unlike PATCH, PUT takes missing references of a machine as null."""
    machine = netbox.machine(memory=5)
    path = f"{VMS}/{machine['id']}/"
    assert netbox.refused("PUT", path, {}) == {"name": ["This field is required."]}
    assert netbox.refused("PUT", path, {"name": netbox.name()}) == {
        "__all__": ["A virtual machine must be assigned to a site, cluster, or device."]
    }
    reply = netbox.request("PUT", path, {"name": netbox.name(), "cluster": machine["cluster"]["id"]})
    assert (reply.status, reply.body["memory"]) == (200, 5)


@pytest.mark.parametrize(
    ("kind", "word"), [("bridge", "Bridge"), ("lag", "Link Aggregation Group (LAG)"), ("virtual", "Virtual")]
)
def test_what_a_connected_port_may_not_become(netbox: NetBox, kind: str, word: str) -> None:
    """A cable, or the mark, is for ports only; an interface shows either."""
    device = netbox.device()["id"]
    ports = [netbox.create("dcim/interfaces", device=device, name=f"p{n}", type="1000base-t") for n in range(3)]
    first, second, third = (port["id"] for port in ports)
    ends = [[{"object_type": "dcim.interface", "object_id": number}] for number in (first, second)]
    netbox.create("dcim/cables", a_terminations=ends[0], b_terminations=ends[1])
    netbox.patch("dcim/interfaces", third, mark_connected=True)
    assert netbox.refused("PATCH", f"dcim/interfaces/{first}/", {"type": kind}) == {
        "type": [f"{word} interfaces cannot have a cable attached."]
    }
    assert netbox.refused("PATCH", f"dcim/interfaces/{third}/", {"type": kind}) == {
        "mark_connected": [f"{word} interfaces cannot be marked as connected."]
    }
    found = {row["name"]: row["_occupied"] for row in netbox.get(f"dcim/interfaces/?device_id={device}")["results"]}
    assert found == {"p0": True, "p1": True, "p2": True}


def test_what_is_on_another_interface_is_virtual(netbox: NetBox) -> None:
    """A port has no parent, unless it is a channel of it."""
    device = netbox.device()["id"]
    port = netbox.create("dcim/interfaces", device=device, name="eno1", type="1000base-t")["id"]
    body = {"device": device, "name": "eno1.40", "type": "other", "parent": port}
    assert "parent" in netbox.refused("POST", "dcim/interfaces/", body)
    assert netbox.create("dcim/interfaces", **(body | {"type": "virtual"}))["parent"]["id"] == port


def test_a_mode_that_has_no_tagged_vlans(netbox: NetBox) -> None:
    """A device's interface must give them up in the same request; a machine's loses them."""
    vlan = netbox.create("ipam/vlans", vid=30, name=netbox.name("vlan"))["id"]
    tagged = {"mode": "tagged", "tagged_vlans": [vlan]}
    port = netbox.create("dcim/interfaces", device=netbox.device()["id"], name="br", type="bridge", **tagged)["id"]
    error = {"tagged_vlans": ["Interface mode does not support tagged vlans"]}
    for mode in ("access", "tagged-all"):
        assert netbox.refused("PATCH", f"dcim/interfaces/{port}/", {"mode": mode}) == error
    assert netbox.patch("dcim/interfaces", port, mode="tagged-all", tagged_vlans=[])["tagged_vlans"] == []
    nic = netbox.create(INTERFACES, virtual_machine=netbox.machine()["id"], name="net0", **tagged)["id"]
    assert netbox.patch(INTERFACES, nic, mode="access")["tagged_vlans"] == []
