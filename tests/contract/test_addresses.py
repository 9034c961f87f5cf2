from __future__ import annotations

from typing import Any

import pytest

from tests.contract.client import ADDRESSES, INTERFACES, VMS, NetBox

MACS = "dcim/mac-addresses"
NOT_ASSIGNED = "Only a MAC address assigned to this interface can be its primary MAC address."


def test_a_primary_address_must_be_assigned_to_the_machine(netbox: NetBox) -> None:
    """So it takes two steps: assign, then make it primary."""
    interface, elsewhere = netbox.interface(), netbox.interface()
    path = f"{VMS}/{interface['virtual_machine']['id']}/"
    message = {"primary_ip4": ["The specified IP address (192.0.2.1/24) is not assigned to this VM."]}
    for address in (netbox.address("192.0.2.1/24"), netbox.address("192.0.2.1/24", elsewhere["id"])):
        assert netbox.refused("PATCH", path, {"primary_ip4": address["id"]}) == message
    own = netbox.address("192.0.2.1/24", interface["id"])["id"]
    assert netbox.request("PATCH", path, {"primary_ip4": own}).body["primary_ip4"]["id"] == own


def test_a_primary_address_must_be_of_its_family(netbox: NetBox) -> None:
    """IPv4 and IPv6 have a field each; shown as primary is IPv6 if there is one."""
    interface = netbox.interface()
    machine = interface["virtual_machine"]["id"]
    fourth = netbox.address("192.0.2.1/24", interface["id"])["id"]
    sixth = netbox.address("2001:db8::1/64", interface["id"])["id"]
    assert netbox.refused("PATCH", f"{VMS}/{machine}/", {"primary_ip6": fourth}) == {
        "primary_ip6": ["Must be an IPv6 address. (192.0.2.1/24 is an IPv4 address.)"]
    }
    shown = netbox.patch(VMS, machine, primary_ip4=fourth, primary_ip6=sixth)
    assert shown["primary_ip"]["id"] == sixth


def test_a_primary_address_of_a_device(netbox: NetBox) -> None:
    """The same rules, in other words."""
    device = netbox.device()["id"]
    port = netbox.create("dcim/interfaces", device=device, name="vmbr0", type="bridge")["id"]
    path = f"dcim/devices/{device}/"
    stray = netbox.address("192.0.2.9/24")["id"]
    assert netbox.refused("PATCH", path, {"primary_ip4": stray}) == {
        "primary_ip4": ["The specified IP address (192.0.2.9/24) is not assigned to this device."]
    }
    own = netbox.address("192.0.2.1/24", assigned_object_type="dcim.interface", assigned_object_id=port)["id"]
    assert netbox.refused("PATCH", path, {"primary_ip6": own}) == {
        "primary_ip6": ["192.0.2.1/24 is not an IPv6 address."]
    }
    assert netbox.patch("dcim/devices", device, primary_ip4=own)["primary_ip4"]["id"] == own


def test_a_primary_address_cannot_leave_its_machine(netbox: NetBox) -> None:
    """Neither be unassigned nor go to another machine; another interface of the same one is fine."""
    interface = netbox.interface()
    machine = interface["virtual_machine"]["id"]
    address = netbox.address("192.0.2.1/24", interface["id"])["id"]
    netbox.patch(VMS, machine, primary_ip4=address)
    path = f"{ADDRESSES}/{address}/"
    message = {"__all__": ["Cannot reassign IP address while it is designated as the primary IP for the parent object"]}
    assert netbox.refused("PATCH", path, {"assigned_object_type": None, "assigned_object_id": None}) == message
    assert netbox.refused("PATCH", path, {"assigned_object_id": netbox.interface()["id"]}) == message
    netbox.patch(ADDRESSES, address, assigned_object_id=netbox.interface(machine, name="net1")["id"])
    netbox.patch(VMS, machine, primary_ip4=None)
    netbox.patch(ADDRESSES, address, assigned_object_type=None, assigned_object_id=None)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("192.0.2.0/24", "192.0.2.0 is a network ID, which may not be assigned to an interface."),
        ("192.0.2.255/24", "192.0.2.255 is a broadcast address, which may not be assigned to an interface."),
        ("2001:db8::/64", "2001:db8:: is a network ID, which may not be assigned to an interface."),
    ],
)
def test_an_interface_cannot_have_a_network_address(netbox: NetBox, text: str, message: str) -> None:
    """Unassigned such an address may exist; the ends of a point-to-point network are fine."""
    interface = netbox.interface()["id"]
    values = {"address": text, "vrf": netbox.vrf()}
    assigned = {"assigned_object_type": "virtualization.vminterface", "assigned_object_id": interface}
    assert netbox.refused("POST", f"{ADDRESSES}/", {**values, **assigned}) == {"__all__": [message]}
    netbox.create(ADDRESSES, **values)
    netbox.address("192.0.2.0/31", interface)
    netbox.address("192.0.2.1/32", interface)


def test_an_assignment_must_be_whole_and_must_exist(netbox: NetBox) -> None:
    """To an interface of a device or a machine."""
    base: dict[str, Any] = {"address": "192.0.2.1/24", "vrf": netbox.vrf()}
    kind = {"assigned_object_type": "virtualization.vminterface"}
    path = f"{ADDRESSES}/"
    assert netbox.refused("POST", path, {**base, **kind}) == {"assigned_object_id": ["This field cannot be null."]}
    assert netbox.refused("POST", path, {**base, **kind, "assigned_object_id": 99999999}) == {
        "assigned_object_id": ["Related object not found using the provided value: 99999999."]
    }
    assert netbox.refused("POST", path, {**base, "assigned_object_type": "dcim.site", "assigned_object_id": 1}) == {
        "assigned_object_type": ["Invalid content type: dcim.site"]
    }


def test_slaac_is_for_ipv6(netbox: NetBox) -> None:
    """As a status."""
    values = {"address": "192.0.2.1/24", "status": "slaac", "vrf": netbox.vrf()}
    assert netbox.refused("POST", f"{ADDRESSES}/", values) == {
        "status": ["Only IPv6 addresses can be assigned SLAAC status"]
    }
    assert netbox.address("2001:db8::1/64", status="slaac")["status"]["value"] == "slaac"


def test_addresses_are_listed_by_their_bits(netbox: NetBox) -> None:
    """IPv4 first."""
    vrf = netbox.vrf()
    for text in ("2001:db8::1/64", "192.0.2.10/24", "192.0.2.9/24"):
        netbox.address(text, vrf=vrf)
    rows = netbox.get(f"{ADDRESSES}/?vrf_id={vrf}")["results"]
    assert [row["address"] for row in rows] == ["192.0.2.9/24", "192.0.2.10/24", "2001:db8::1/64"]


def test_an_interface_takes_its_mac_address_in_one_request(netbox: NetBox) -> None:
    """The MAC address object is made and becomes the primary one."""
    interface = netbox.interface(mac_address="02:00:00:00:00:03")
    assert interface["mac_address"] == interface["primary_mac_address"]["mac_address"] == "02:00:00:00:00:03"
    mac = netbox.get(f"{MACS}/{interface['primary_mac_address']['id']}/")
    assert (mac["assigned_object_id"], mac["is_primary"]) == (interface["id"], True)


def test_a_new_mac_address_leaves_the_old_one_on_the_interface(netbox: NetBox) -> None:
    """Setting it back takes the object that is there; null takes the primary one away but keeps the object."""
    interface = netbox.interface(mac_address="02:00:00:00:00:03")["id"]

    def write(mac: str | None) -> tuple[str | None, int]:
        shown = netbox.patch(INTERFACES, interface, mac_address=mac)
        return shown["mac_address"], len(shown["mac_addresses"])

    assert write("02:00:00:00:00:04") == ("02:00:00:00:00:04", 2)
    assert write("02:00:00:00:00:03") == ("02:00:00:00:00:03", 2)
    assert write(None) == (None, 2)


def test_a_primary_mac_address_must_be_assigned_to_its_interface(netbox: NetBox) -> None:
    """When the interface is created with it, it is assigned on the way."""
    stray = netbox.create(MACS, mac_address="02:00:00:00:00:05")["id"]
    interface = netbox.interface()["id"]
    assert netbox.refused("PATCH", f"{INTERFACES}/{interface}/", {"primary_mac_address": stray}) == {
        "__all__": [NOT_ASSIGNED]
    }
    born = netbox.interface(primary_mac_address=stray)
    assert born["mac_address"] == "02:00:00:00:00:05"
    assert netbox.get(f"{MACS}/{stray}/")["assigned_object_id"] == born["id"]


def test_a_primary_mac_address_cannot_leave_its_interface(netbox: NetBox) -> None:
    """It can be deleted, though."""
    interface = netbox.interface(mac_address="02:00:00:00:00:06")
    mac = interface["primary_mac_address"]["id"]
    assert netbox.refused("PATCH", f"{MACS}/{mac}/", {"assigned_object_type": None, "assigned_object_id": None}) == {
        "__all__": ["Cannot unassign MAC Address while it is designated as the primary MAC for an object"]
    }
    assert netbox.refused("PATCH", f"{MACS}/{mac}/", {"assigned_object_id": netbox.interface()["id"]}) == {
        "__all__": ["Cannot reassign MAC Address while it is designated as the primary MAC for an object"]
    }
    netbox.delete(MACS, mac)
    assert netbox.get(f"{INTERFACES}/{interface['id']}/")["mac_address"] is None


def test_what_is_no_dns_name(netbox: NetBox) -> None:
    """Letters, digits, hyphens, underscores, dots, and a star in front."""
    values = {"address": "192.0.2.1/24", "vrf": netbox.vrf(), "dns_name": "no spaces"}
    assert netbox.refused("POST", f"{ADDRESSES}/", values) == {
        "dns_name": [
            "Only alphanumeric characters, asterisks, hyphens, periods, and underscores are allowed in DNS names"
        ]
    }


def test_what_is_no_mac_address(netbox: NetBox) -> None:
    """As an object of its own."""
    assert netbox.refused("POST", f"{MACS}/", {"mac_address": "xx"}) == {
        "mac_address": ["Invalid MAC address format: xx"]
    }
