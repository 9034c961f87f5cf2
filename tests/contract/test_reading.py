from __future__ import annotations

import re

from tests.contract.client import VMS, NetBox


def test_a_machine_reads_with_all_its_fields(netbox: NetBox) -> None:
    """Choices with labels, references nested, decimals as numbers, unset text empty, other unset values null."""
    site = netbox.site()
    cluster = netbox.cluster(scope_type="dcim.site", scope_id=site["id"])
    machine = netbox.machine(cluster=cluster["id"], vcpus=2.5, memory=1024)
    assert isinstance(machine.pop("custom_fields"), dict)
    created, updated = machine.pop("created"), machine.pop("last_updated")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z", created)
    assert created <= updated
    number, name = machine["id"], machine["name"]
    assert machine == {
        "id": number,
        "url": f"{netbox.url}/api/{VMS}/{number}/",
        "display_url": f"{netbox.url}/{VMS}/{number}/",
        "display": name,
        "name": name,
        "virtual_machine_type": None,
        "role": None,
        "status": {"value": "active", "label": "Active"},
        "start_on_boot": {"value": "off", "label": "Off"},
        "site": {key: site[key] for key in ("id", "url", "display", "name", "slug", "description")},
        "cluster": {key: cluster[key] for key in ("id", "url", "display", "name", "description")},
        "device": None,
        "platform": None,
        "primary_ip": None,
        "primary_ip4": None,
        "primary_ip6": None,
        "vcpus": 2.5,
        "memory": 1024,
        "disk": None,
        "description": "",
        "serial": "",
        "tenant": None,
        "owner": None,
        "comments": "",
        "tags": [],
        "local_context_data": None,
        "config_template": None,
        "interface_count": 0,
        "virtual_disk_count": 0,
        "config_context": {},
    }


def test_every_model_reads_with_the_same_keys(netbox: NetBox, fake_netbox: NetBox) -> None:
    """The fake shows each object with the keys of the real one, in the same order."""
    _examples(fake_netbox)
    for path in _examples(netbox):
        theirs = netbox.get(f"{path}?limit=1&start=0")["results"]
        ours = fake_netbox.get(f"{path}?limit=1&start=0")["results"]
        assert list(ours[0]) == [key for key in theirs[0] if key not in NOT_KEPT], path


NOT_KEPT = {
    "console_port_template_count",
    "console_server_port_template_count",
    "power_port_template_count",
    "power_outlet_template_count",
    "cooling_intake_template_count",
    "cooling_outflow_template_count",
    "interface_template_count",
    "front_port_template_count",
    "rear_port_template_count",
    "device_bay_template_count",
    "module_bay_template_count",
    "inventory_item_template_count",
}


def _examples(netbox: NetBox) -> list[str]:
    """Make one object of each model."""
    site = netbox.site()["id"]
    netbox.custom_field()
    netbox.tag()
    netbox.named("tenancy/tenants")
    netbox.named("dcim/locations", site=site)
    netbox.named("dcim/platforms")
    device = netbox.device(site=site)["id"]
    port = netbox.create("dcim/interfaces", device=device, name="eno1", type="1000base-t")["id"]
    netbox.create(
        "dcim/mac-addresses",
        mac_address="02:00:00:00:00:01",
        assigned_object_type="dcim.interface",
        assigned_object_id=port,
    )
    netbox.named("virtualization/cluster-groups")
    netbox.named("virtualization/virtual-machine-types")
    interface = netbox.interface()
    netbox.create("virtualization/virtual-disks", virtual_machine=interface["virtual_machine"]["id"], name="a", size=1)
    netbox.address(interface=interface["id"])
    vlans = netbox.named("ipam/vlan-groups")["id"]
    netbox.create("ipam/vlans", vid=5, name="five", group=vlans)
    netbox.create("ipam/prefixes", prefix="192.0.2.0/24", vrf=netbox.vrf())
    return [
        "extras/tags/",
        "extras/custom-fields/",
        "tenancy/tenants/",
        "dcim/sites/",
        "dcim/locations/",
        "dcim/manufacturers/",
        "dcim/device-types/",
        "dcim/device-roles/",
        "dcim/platforms/",
        "dcim/devices/",
        "dcim/interfaces/",
        "dcim/mac-addresses/",
        "virtualization/cluster-types/",
        "virtualization/cluster-groups/",
        "virtualization/clusters/",
        "virtualization/virtual-machine-types/",
        "virtualization/virtual-machines/",
        "virtualization/interfaces/",
        "virtualization/virtual-disks/",
        "ipam/vrfs/",
        "ipam/vlan-groups/",
        "ipam/vlans/",
        "ipam/prefixes/",
        "ipam/ip-addresses/",
        "core/object-changes/",
    ]


def test_fields_restricts_an_answer(netbox: NetBox) -> None:
    """`fields=` keeps only what it names, and passes over what does not exist."""
    machine = netbox.machine()
    assert netbox.get(f"{VMS}/{machine['id']}/?fields=id,name,no_such_field") == {
        "id": machine["id"],
        "name": machine["name"],
    }


def test_omit_leaves_out(netbox: NetBox) -> None:
    """`omit=` drops what it names."""
    machine = netbox.machine()
    shown = netbox.get(f"{VMS}/{machine['id']}/?omit=config_context,tags")
    assert set(machine) - set(shown) == {"config_context", "tags"}


def test_brief_is_short(netbox: NetBox) -> None:
    """`brief=1` shows what a nested object shows."""
    machine = netbox.machine()
    rows = netbox.get(f"{VMS}/?brief=1&id={machine['id']}")["results"]
    assert [list(row) for row in rows] == [["id", "url", "display", "name", "description"]]


def test_fields_on_a_write_drops_what_is_written(netbox: NetBox) -> None:
    """A trap: `fields=` on a write restricts the request, too, and what it does not name is silently not written."""
    machine = netbox.machine(memory=1)
    reply = netbox.request("PATCH", f"{VMS}/{machine['id']}/?fields=id,name", {"memory": 2})
    assert (reply.status, reply.body) == (200, {"id": machine["id"], "name": machine["name"]})
    assert netbox.get(f"{VMS}/{machine['id']}/")["memory"] == 1


def test_references_to_addresses_read_with_more_than_brief(netbox: NetBox) -> None:
    """A primary address reads with its DNS name."""
    interface = netbox.interface()
    address = netbox.address("192.0.2.7/24", interface["id"], dns_name="A.example.ORG")
    machine = netbox.patch(VMS, interface["virtual_machine"]["id"], primary_ip4=address["id"])
    assert machine["primary_ip4"] == machine["primary_ip"]
    assert machine["primary_ip4"] == {
        "id": address["id"],
        "url": address["url"],
        "display": "192.0.2.7/24",
        "family": {"value": 4, "label": "IPv4"},
        "address": "192.0.2.7/24",
        "nat_inside": None,
        "nat_outside": [],
        "dns_name": "a.example.org",
        "description": "",
    }


def test_the_object_an_address_is_assigned_to_reads_nested(netbox: NetBox) -> None:
    """With the machine it belongs to, so that one read tells whose it is."""
    interface = netbox.interface()
    address = netbox.address(interface=interface["id"])
    assert address["assigned_object_type"] == "virtualization.vminterface"
    assert address["assigned_object_id"] == interface["id"]
    assert address["assigned_object"]["virtual_machine"]["id"] == interface["virtual_machine"]["id"]


def test_mac_addresses_read_in_upper_case(netbox: NetBox) -> None:
    """Whatever spelling was written."""
    assert netbox.interface(mac_address="bc-24-11-00-0a-0b")["mac_address"] == "BC:24:11:00:0A:0B"
    assert netbox.create("dcim/mac-addresses", mac_address="bc24.1100.0c0d")["mac_address"] == "BC:24:11:00:0C:0D"


def test_addresses_read_normalized(netbox: NetBox) -> None:
    """IPv6 in its short form, a missing mask as a host's, a DNS name in lower case."""
    assert netbox.address("2001:DB8::0001/64")["address"] == "2001:db8::1/64"
    assert netbox.address("192.0.2.1")["address"] == "192.0.2.1/32"
