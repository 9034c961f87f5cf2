from __future__ import annotations

import pytest

from tests.contract.client import ADDRESSES, DISKS, INTERFACES, SITES, VMS, NetBox


def test_a_used_object_cannot_be_deleted(netbox: NetBox) -> None:
    """409, with what uses it and the ids."""
    site = netbox.site()["id"]
    device, machine = netbox.device(site=site), netbox.machine(site=site)
    reply = netbox.request("DELETE", f"{SITES}/{site}/")
    users = {f"{device['name']} ({device['id']})", f"{machine['name']} ({machine['id']})"}
    start = "Unable to delete object. 2 dependent objects were found: "
    assert reply.status == 409
    assert reply.body["detail"].startswith(start)
    assert set(reply.body["detail"].removeprefix(start).split(", ")) == users


@pytest.mark.parametrize("name", ["cluster", "role", "tenant", "site", "device", "virtual_machine_type"])
def test_what_a_machine_refers_to_is_protected(netbox: NetBox, name: str) -> None:
    """Cluster, role, tenant, site, device and type stay while a machine uses them."""
    paths = {
        "role": "dcim/device-roles",
        "tenant": "tenancy/tenants",
        "site": SITES,
        "virtual_machine_type": "virtualization/virtual-machine-types",
    }
    makers = {"cluster": netbox.cluster, "device": netbox.device}
    target = makers[name]() if name in makers else netbox.named(paths[name])
    cluster = {} if name == "device" else {"cluster": netbox.cluster()["id"]}
    netbox.machine(**{**cluster, name: target["id"]})
    path = target["url"].partition("/api/")[2]
    assert netbox.request("DELETE", path).status == 409


def test_deleting_a_machine_deletes_everything_on_it(netbox: NetBox) -> None:
    """Interfaces, disks, MAC addresses, and also the IP addresses of its interfaces."""
    interface = netbox.interface(mac_address="02:00:00:00:00:07")
    machine = interface["virtual_machine"]["id"]
    address = netbox.address("192.0.2.1/24", interface["id"])["id"]
    disk = netbox.create(DISKS, virtual_machine=machine, name="scsi0", size=1)["id"]
    netbox.patch(VMS, machine, primary_ip4=address)
    netbox.delete(VMS, machine)
    assert not netbox.exists(INTERFACES, interface["id"])
    assert not netbox.exists(DISKS, disk)
    assert not netbox.exists("dcim/mac-addresses", interface["primary_mac_address"]["id"])
    assert not netbox.exists(ADDRESSES, address)


def test_deleting_an_interface_deletes_its_addresses(netbox: NetBox) -> None:
    """A trap: to keep an address it must be unassigned first. The machine loses its primary address on the way."""
    interface = netbox.interface()
    machine = interface["virtual_machine"]["id"]
    gone = netbox.address("192.0.2.1/24", interface["id"])["id"]
    kept = netbox.address("192.0.2.2/24", interface["id"])["id"]
    netbox.patch(VMS, machine, primary_ip4=gone)
    netbox.patch(ADDRESSES, kept, assigned_object_type=None, assigned_object_id=None)
    netbox.delete(INTERFACES, interface["id"])
    assert not netbox.exists(ADDRESSES, gone)
    assert netbox.exists(ADDRESSES, kept)
    assert netbox.get(f"{VMS}/{machine}/")["primary_ip4"] is None


def test_deleting_a_device_deletes_its_interfaces_and_their_addresses(netbox: NetBox) -> None:
    """As with machines."""
    device = netbox.device()["id"]
    port = netbox.create("dcim/interfaces", device=device, name="vmbr0", type="bridge")["id"]
    address = netbox.address(assigned_object_type="dcim.interface", assigned_object_id=port)["id"]
    netbox.delete("dcim/devices", device)
    assert not netbox.exists("dcim/interfaces", port)
    assert not netbox.exists(ADDRESSES, address)


def test_an_interface_with_children_cannot_be_deleted_alone(netbox: NetBox) -> None:
    """But with its machine it goes."""
    parent = netbox.interface()
    machine = parent["virtual_machine"]["id"]
    child = netbox.interface(machine, name="net0.10", parent=parent["id"])
    reply = netbox.request("DELETE", f"{INTERFACES}/{parent['id']}/")
    assert (reply.status, reply.body) == (
        409,
        {"detail": f"Unable to delete object. 1 dependent objects were found: net0.10 ({child['id']})"},
    )
    netbox.delete(VMS, machine)
    assert not netbox.exists(INTERFACES, child["id"])


def test_references_that_do_not_protect_are_set_to_null(netbox: NetBox) -> None:
    """A platform of machines, the bridge and the VLAN of interfaces, the cluster of devices."""
    platform = netbox.named("dcim/platforms")["id"]
    machine = netbox.machine(platform=platform)["id"]
    bridge = netbox.interface(machine)["id"]
    vlan = netbox.create("ipam/vlans", vid=10, name=netbox.name())["id"]
    port = netbox.interface(machine, name="net1", bridge=bridge, mode="tagged", untagged_vlan=vlan, tagged_vlans=[vlan])
    cluster = netbox.cluster()["id"]
    device = netbox.device(cluster=cluster)["id"]
    netbox.delete("dcim/platforms", platform)
    netbox.delete(INTERFACES, bridge)
    netbox.delete("ipam/vlans", vlan)
    netbox.delete("virtualization/clusters", cluster)
    assert netbox.get(f"{VMS}/{machine}/")["platform"] is None
    shown = netbox.get(f"{INTERFACES}/{port['id']}/")
    assert (shown["bridge"], shown["untagged_vlan"], shown["tagged_vlans"]) == (None, None, [])
    assert netbox.get(f"dcim/devices/{device}/")["cluster"] is None


def test_support_objects_in_use_are_protected(netbox: NetBox) -> None:
    """Types, groups, manufacturers, VRFs."""
    device, cluster = netbox.device(), netbox.cluster()
    maker = netbox.get(f"dcim/device-types/{device['device_type']['id']}/")["manufacturer"]["id"]
    vrf = netbox.vrf()
    netbox.address(vrf=vrf)
    group = netbox.named("ipam/vlan-groups")["id"]
    netbox.create("ipam/vlans", vid=1, name="one", group=group)
    for path in (
        f"dcim/device-types/{device['device_type']['id']}/",
        f"dcim/device-roles/{device['role']['id']}/",
        f"dcim/manufacturers/{maker}/",
        f"virtualization/cluster-types/{cluster['type']['id']}/",
        f"ipam/vrfs/{vrf}/",
        f"ipam/vlan-groups/{group}/",
    ):
        assert netbox.request("DELETE", path).status == 409, path


def test_deleting_twice_is_404(netbox: NetBox) -> None:
    """Which an applier that tries again takes as success."""
    site = netbox.site()["id"]
    netbox.delete(SITES, site)
    assert netbox.request("DELETE", f"{SITES}/{site}/").status == 404


def test_ids_are_not_used_again(netbox: NetBox) -> None:
    """So an id in a plan never means another object."""
    site = netbox.site()["id"]
    netbox.delete(SITES, site)
    assert netbox.site()["id"] > site


def test_a_batch_may_name_an_object_that_goes_with_another(netbox: NetBox) -> None:
    """Parent and child interface in one bulk deletion: the order is NetBox's own, by name, so this one works."""
    child_first = netbox.interface(name="b")
    machine = child_first["virtual_machine"]["id"]
    child = netbox.interface(machine, name="a", parent=child_first["id"])
    reply = netbox.request("DELETE", f"{INTERFACES}/", [{"id": child_first["id"]}, {"id": child["id"]}])
    assert reply.status == 204
