from __future__ import annotations

import pytest

from tests.contract.client import ADDRESSES, DISKS, INTERFACES, VMS, NetBox


def test_site_names_and_slugs_are_unique(netbox: NetBox) -> None:
    """Both are reported, each under its field."""
    site = netbox.site()
    assert netbox.refused("POST", "dcim/sites/", {"name": site["name"], "slug": site["slug"]}) == {
        "name": ["site with this name already exists."],
        "slug": ["site with this slug already exists."],
    }


@pytest.mark.parametrize(
    ("path", "word"),
    [
        ("extras/tags", "tag"),
        ("dcim/manufacturers", "manufacturer"),
        ("virtualization/cluster-types", "cluster type"),
        ("virtualization/cluster-groups", "cluster group"),
    ],
)
def test_support_objects_are_unique_by_name_and_slug(netbox: NetBox, path: str, word: str) -> None:
    """Each names its kind in the message."""
    there = netbox.named(path)
    assert netbox.refused("POST", f"{path}/", {"name": there["name"], "slug": there["slug"]}) == {
        "name": [f"{word} with this name already exists."],
        "slug": [f"{word} with this slug already exists."],
    }


@pytest.mark.parametrize(
    ("path", "messages"),
    [
        (
            "dcim/device-roles",
            ["A device role with this name already exists.", "A device role with this slug already exists."],
        ),
        ("dcim/platforms", ["Platform name must be unique.", "Platform slug must be unique."]),
    ],
)
def test_roles_and_platforms_are_unique_too(netbox: NetBox, path: str, messages: list[str]) -> None:
    """But the error stands under no field, as they may repeat below another parent or manufacturer."""
    there = netbox.named(path)
    assert netbox.refused("POST", f"{path}/", {"name": there["name"], "slug": there["slug"]}) == {"__all__": messages}


def test_tenants_without_a_group_are_unique(netbox: NetBox) -> None:
    """By name and by slug."""
    there = netbox.named("tenancy/tenants")
    errors = netbox.refused("POST", "tenancy/tenants/", {"name": there["name"], "slug": there["slug"]})
    assert errors == {"__all__": ["Tenant name must be unique per group.", "Tenant slug must be unique per group."]}


def test_device_types_are_unique_per_manufacturer(netbox: NetBox) -> None:
    """By model and by slug."""
    name, maker = netbox.name(), netbox.named("dcim/manufacturers")["id"]
    values = {"model": name, "slug": name, "manufacturer": maker}
    netbox.create("dcim/device-types", **values)
    assert netbox.refused("POST", "dcim/device-types/", values) == {
        "__all__": [
            "Device type with this Manufacturer and Model already exists.",
            "Device type with this Manufacturer and Slug already exists.",
        ]
    }


def test_clusters_are_unique_per_group_only(netbox: NetBox) -> None:
    """Two clusters without a group may share a name, so a name alone does not identify a cluster."""
    group = netbox.named("virtualization/cluster-groups")["id"]
    there = netbox.cluster(group=group)
    values = {"name": there["name"], "type": there["type"]["id"]}
    assert netbox.refused("POST", "virtualization/clusters/", {**values, "group": group}) == {
        "__all__": ["Cluster with this Group and Name already exists."]
    }
    netbox.cluster(**values)
    netbox.cluster(**values)


def test_machine_names_are_unique_per_cluster_and_tenant_whatever_their_case(netbox: NetBox) -> None:
    """The same name may stand in another cluster, and in the same one for another tenant."""
    machine = netbox.machine()
    cluster = machine["cluster"]["id"]
    loud = machine["name"].upper()
    assert netbox.refused("POST", f"{VMS}/", {"name": loud, "cluster": cluster}) == {
        "__all__": ["Virtual machine name must be unique per cluster and tenant."]
    }
    netbox.machine(name=loud, cluster=cluster, tenant=netbox.named("tenancy/tenants")["id"])
    netbox.machine(name=loud)


def test_a_rename_onto_another_machine_is_refused(netbox: NetBox) -> None:
    """Uniqueness holds for changes, too; an object does not stand in its own way."""
    first = netbox.machine()
    second = netbox.machine(cluster=first["cluster"]["id"])
    assert netbox.refused("PATCH", f"{VMS}/{second['id']}/", {"name": first["name"]}) == {
        "__all__": ["Virtual machine name must be unique per cluster and tenant."]
    }
    netbox.patch(VMS, first["id"], name=first["name"].upper())


def test_device_names_are_unique_per_site_and_tenant_whatever_their_case(netbox: NetBox) -> None:
    """Two sites may have a device of one name."""
    device = netbox.device()
    values = {
        "name": device["name"].upper(),
        "site": device["site"]["id"],
        "role": device["role"]["id"],
        "device_type": device["device_type"]["id"],
    }
    assert netbox.refused("POST", "dcim/devices/", values) == {
        "__all__": ["Device name must be unique per site and tenant."]
    }
    netbox.create("dcim/devices", **{**values, "site": netbox.site()["id"]})


def test_interface_names_are_unique_per_device_and_per_machine(netbox: NetBox) -> None:
    """Their case counts."""
    device = netbox.device()["id"]
    values = {"device": device, "name": "eno1", "type": "virtual"}
    netbox.create("dcim/interfaces", **values)
    assert netbox.refused("POST", "dcim/interfaces/", values) == {
        "__all__": ["Interface with this Device and Name already exists."]
    }
    machine = netbox.machine()["id"]
    netbox.interface(machine)
    assert netbox.refused("POST", f"{INTERFACES}/", {"virtual_machine": machine, "name": "net0"}) == {
        "__all__": ["Interface with this Virtual machine and Name already exists."]
    }
    netbox.interface(machine, name="NET0")


def test_disk_names_are_unique_per_machine(netbox: NetBox) -> None:
    """As interfaces."""
    values = {"virtual_machine": netbox.machine()["id"], "name": "scsi0", "size": 1}
    netbox.create(DISKS, **values)
    assert netbox.refused("POST", f"{DISKS}/", values) == {
        "__all__": ["Virtual disk with this Virtual machine and Name already exists."]
    }


def test_vlans_are_unique_per_group_by_id_and_by_name(netbox: NetBox) -> None:
    """Without a group they may repeat."""
    group = netbox.named("ipam/vlan-groups")["id"]
    netbox.create("ipam/vlans", vid=10, name="ten", group=group)
    assert netbox.refused("POST", "ipam/vlans/", {"vid": 10, "name": "other", "group": group}) == {
        "__all__": ["VLAN with this Group and VLAN ID already exists."]
    }
    assert netbox.refused("POST", "ipam/vlans/", {"vid": 11, "name": "ten", "group": group}) == {
        "__all__": ["VLAN with this Group and Name already exists."]
    }
    for _ in range(2):
        netbox.create("ipam/vlans", vid=10, name="ten")


def test_customer_vlans_are_unique_per_service_vlan(netbox: NetBox) -> None:
    """In whatever group they are, and without one; the id of a group is taken by them, too."""
    service = netbox.create("ipam/vlans", vid=777, name="provider", qinq_role="svlan")["id"]
    inner = {"qinq_role": "cvlan", "qinq_svlan": service}
    group = netbox.named("ipam/vlan-groups")["id"]
    made = netbox.create("ipam/vlans", vid=5, name="five", group=group, **inner)
    assert (made["qinq_role"]["value"], made["qinq_svlan"]["id"]) == ("cvlan", service)
    assert "__all__" in netbox.refused("POST", "ipam/vlans/", {"vid": 5, "name": "other", **inner})
    assert "__all__" in netbox.refused("POST", "ipam/vlans/", {"vid": 6, "name": "five", **inner})
    assert "__all__" in netbox.refused("POST", "ipam/vlans/", {"vid": 5, "name": "plain", "group": group})
    netbox.create("ipam/vlans", vid=5, name="plain")


def test_a_customer_vlan_has_a_service_vlan(netbox: NetBox) -> None:
    """And nothing else has one; a service VLAN that has any is not deleted."""
    service = netbox.create("ipam/vlans", vid=778, name="provider", qinq_role="svlan")["id"]
    assert netbox.refused("POST", "ipam/vlans/", {"vid": 5, "name": "x", "qinq_role": "cvlan"}) == {
        "qinq_role": ["A Q-in-Q customer VLAN must be assigned to a service VLAN."]
    }
    assert netbox.refused("POST", "ipam/vlans/", {"vid": 5, "name": "x", "qinq_svlan": service}) == {
        "qinq_svlan": ["Only Q-in-Q customer VLANs maybe assigned to a service VLAN."]
    }
    netbox.create("ipam/vlans", vid=5, name="x", qinq_role="cvlan", qinq_svlan=service)
    assert netbox.request("DELETE", f"ipam/vlans/{service}/").status == 409


def test_vlan_groups_are_unique_per_scope_only(netbox: NetBox) -> None:
    """Unscoped groups may repeat their name and slug: look before creating one."""
    name, site = netbox.name(), netbox.site()["id"]
    for _ in range(2):
        netbox.create("ipam/vlan-groups", name=name, slug=name)
    scoped = {"name": name, "slug": name, "scope_type": "dcim.site", "scope_id": site}
    netbox.create("ipam/vlan-groups", **scoped)
    assert "__all__" in netbox.refused("POST", "ipam/vlan-groups/", scoped)


def test_one_address_may_stand_only_once_in_a_vrf_whatever_its_mask(netbox: NetBox) -> None:
    """Another VRF is another address space."""
    name = netbox.name("vrf")
    vrf = netbox.vrf(name=name)
    netbox.address("192.0.2.5/24", vrf=vrf)
    assert netbox.refused("POST", f"{ADDRESSES}/", {"address": "192.0.2.5/25", "vrf": vrf}) == {
        "address": [f"Duplicate IP address found in VRF {name}: 192.0.2.5/24"]
    }
    netbox.address("192.0.2.5/24", vrf=netbox.vrf())
    netbox.address("192.0.2.5/24", vrf=netbox.vrf(enforce_unique=False))


def test_the_global_table_is_unique_too(netbox: NetBox) -> None:
    """No VRF is an address space of its own."""
    text = f"fd00:{netbox.run[:4]}:{int(netbox.name().rpartition('-')[2]):x}::1/64"
    netbox.address(text, vrf=None)
    errors = netbox.refused("POST", f"{ADDRESSES}/", {"address": text})
    assert errors["address"][0].startswith("Duplicate IP address found in global table: ")


@pytest.mark.parametrize("role", ["anycast", "vip", "vrrp", "hsrp", "glbp", "carp"])
def test_shared_roles_may_repeat_an_address(netbox: NetBox, role: str) -> None:
    """Only if every one of them has such a role."""
    vrf = netbox.vrf()
    for _ in range(2):
        netbox.address("192.0.2.5/24", vrf=vrf, role=role)
    assert "address" in netbox.refused("POST", f"{ADDRESSES}/", {"address": "192.0.2.5/24", "vrf": vrf})


def test_prefixes_are_unique_in_a_vrf(netbox: NetBox) -> None:
    """Where the VRF asks for it, which it does by default."""
    name = netbox.name("vrf")
    vrf = netbox.vrf(name=name)
    netbox.create("ipam/prefixes", prefix="192.0.2.0/24", vrf=vrf)
    assert netbox.refused("POST", "ipam/prefixes/", {"prefix": "192.0.2.0/24", "vrf": vrf}) == {
        "prefix": [f"Duplicate prefix found in VRF {name}: 192.0.2.0/24"]
    }


def test_mac_addresses_may_repeat(netbox: NetBox) -> None:
    """Even on one interface: MACs need looking up, NetBox does not guard them."""
    interface = netbox.interface()["id"]
    where = {"assigned_object_type": "virtualization.vminterface", "assigned_object_id": interface}
    for _ in range(2):
        netbox.create("dcim/mac-addresses", mac_address="02:00:00:00:00:02", **where)
