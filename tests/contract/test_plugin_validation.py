from __future__ import annotations

import pytest

from tests.contract.plugin import Lab
from tests.contract.plugin_rows import PROXBOX, ROWS, Row

NO_HOST = "Provide either a domain or an IP address."


@pytest.mark.parametrize("host", [{"domain": ""}, {"domain": None}, {"domain": "", "ip_address": None}])
def test_an_endpoint_can_be_reached(lab: Lab, host: Row) -> None:
    """By name or address."""
    assert lab.refused("endpoints/proxmox", **host) == {"domain": [NO_HOST], "ip_address": [NO_HOST]}


@pytest.mark.parametrize(
    ("domain", "taken"),
    [
        ("localhost", True),
        ("pve1", True),
        ("pve.example.org", True),
        ("under_score", False),
        ("a.b", False),
        ("-x", False),
        ("a..bc", False),
        ("192.0.2.1", False),
        ("2001:db8::1", False),
        ("pve.example.org.", False),
    ],
)
def test_the_domain_of_an_endpoint_is_checked(lab: Lab, domain: str, *, taken: bool) -> None:
    """A simple name, or one whose last part has two characters."""
    body = {**ROWS[f"{PROXBOX}/endpoints/proxmox"](lab), "domain": domain}
    reply = lab.netbox.request("POST", f"{PROXBOX}/endpoints/proxmox/", body)
    assert (reply.status == 201) == taken
    assert taken or reply.body == {"domain": [f"{domain} is not a valid domain name"]}


@pytest.mark.parametrize(
    ("path", "changes", "refusal"),
    [
        ("backup-routines", {"selection": []}, {"selection": ["This field cannot be blank."]}),
        ("sdn-fabrics", {"fabric_type": ""}, {"fabric_type": ["This field may not be blank."]}),
        ("sdn-fabrics", {"fabric_type": "openfabric"}, {"fabric_type": ["openfabric is not a valid choice."]}),
        ("sdn-zones", {"rt_import": None}, {"rt_import": ["This field may not be null."]}),
        ("sdn-zones", {"endpoint": 99999999}, {"endpoint": ['Invalid pk "99999999" - object does not exist.']}),
        ("proxmox-nodes", {"ip_address": "x"}, {"ip_address": ["Enter a valid IPv4 or IPv6 address."]}),
        ("proxmox-nodes", {"ip_address": None}, {"ip_address": ["This field may not be null."]}),
        ("replications", {"rate": "x"}, {"rate": ["A valid number is required."]}),
        ("vm-templates", {"vcpus": 40000}, {"vcpus": ["Ensure this value is less than or equal to 32767."]}),
        ("storage", {"name": "x" * 256}, {"name": ["Ensure this field has no more than 255 characters."]}),
    ],
)
def test_a_value_is_refused(lab: Lab, path: str, changes: Row, refusal: Row) -> None:
    """At its field, in the plugin's words."""
    assert lab.refused(path, **changes) == refusal


def test_a_fabric_says_what_it_is(lab: Lab) -> None:
    """The field is not required, and may not be empty."""
    body = ROWS[f"{PROXBOX}/sdn-fabrics"](lab)
    del body["fabric_type"]
    refusal = lab.netbox.refused("POST", f"{PROXBOX}/sdn-fabrics/", body)
    assert refusal == {"fabric_type": ["This field cannot be blank."]}


def test_a_text_that_may_be_null_keeps_being_empty(lab: Lab) -> None:
    """The two are not the same to the plugin."""
    storage = lab.row(f"{PROXBOX}/storage", path="", server=None)
    assert (storage["path"], storage["server"]) == ("", None)


def test_a_guest_interface_is_mapped_to_one_of_its_machine_that_no_other_has(lab: Lab) -> None:
    """Two with one MAC address cannot both be mapped."""
    path = f"{PROXBOX}/guest-vm-interfaces"
    taken = {**ROWS[path](lab), "name": "eth1"}
    foreign = {**taken, "vm_interface": lab.netbox.interface()["id"]}
    assert lab.guest_interface
    text = "This core VM interface is already mapped to another guest interface (one-to-one)."
    assert lab.netbox.refused("POST", f"{path}/", taken)["vm_interface"][0].startswith(text)
    assert lab.netbox.refused("POST", f"{path}/", foreign) == {
        "vm_interface": ["Mapped core VM interface must belong to the same virtual machine as the guest interface."]
    }


def test_the_address_of_a_guest_interface_is_on_the_mapped_one(lab: Lab) -> None:
    """On another machine's, or another one of the machine, it is refused; a free one is taken."""
    path = f"{PROXBOX}/guest-vm-interface-addresses"
    other = lab.netbox.interface(lab.machine, name="net1")["id"]
    elsewhere = lab.netbox.address(interface=other)["id"]
    unmapped = lab.row(f"{PROXBOX}/guest-vm-interfaces", name="eth1", vm_interface=None)["id"]
    foreign = lab.netbox.address(interface=lab.netbox.interface()["id"])["id"]
    assert lab.netbox.refused(
        "POST", f"{path}/", {"guest_interface": lab.guest_interface, "ip_address": elsewhere}
    ) == {"ip_address": ["IP address must be the same object assigned to the mapped Proxmox core VM interface."]}
    assert lab.netbox.refused("POST", f"{path}/", {"guest_interface": unmapped, "ip_address": foreign}) == {
        "ip_address": [
            "IP address must be assigned to a VM interface on the same virtual machine as the guest interface."
        ]
    }
    assert lab.netbox.create(path, guest_interface=unmapped, ip_address=lab.netbox.address()["id"])
