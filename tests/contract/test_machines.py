from __future__ import annotations

from tests.contract.client import DISKS, INTERFACES, VMS, NetBox


def _disk(netbox: NetBox, machine: int, name: str, size: int) -> int:
    return int(netbox.create(DISKS, virtual_machine=machine, name=name, size=size)["id"])


def test_a_machine_needs_a_place(netbox: NetBox) -> None:
    """A site, a cluster or a device."""
    assert netbox.refused("POST", f"{VMS}/", {"name": netbox.name()}) == {
        "__all__": ["A virtual machine must be assigned to a site, cluster, or device."]
    }


def test_disk_is_the_sum_of_the_virtual_disks(netbox: NetBox) -> None:
    """It follows creation, change and deletion of disks, and is null when the last one is gone."""
    machine = netbox.machine(disk=7)["id"]

    def disk() -> int | None:
        shown: int | None = netbox.get(f"{VMS}/{machine}/")["disk"]
        return shown

    first, second = _disk(netbox, machine, "scsi0", 100), _disk(netbox, machine, "scsi1", 50)
    assert disk() == 150
    netbox.patch(DISKS, second, size=60)
    assert disk() == 160
    netbox.delete(DISKS, second)
    assert disk() == 100
    netbox.delete(DISKS, first)
    assert disk() is None


def test_disk_cannot_be_set_to_another_value_than_the_sum(netbox: NetBox) -> None:
    """The sum itself is accepted."""
    machine = netbox.machine()["id"]
    _disk(netbox, machine, "scsi0", 100)
    assert netbox.refused("PATCH", f"{VMS}/{machine}/", {"disk": 5}) == {
        "disk": ["The specified disk size (5) must match the aggregate size of assigned virtual disks (100)."]
    }
    assert netbox.patch(VMS, machine, disk=100)["disk"] == 100


def test_disk_can_be_set_to_null_although_there_are_disks(netbox: NetBox) -> None:
    """A trap: null passes the check and is stored. Never send `disk` for a machine that has virtual disks."""
    machine = netbox.machine()["id"]
    _disk(netbox, machine, "scsi0", 100)
    assert netbox.patch(VMS, machine, disk=None)["disk"] is None
    assert netbox.get(f"{VMS}/{machine}/")["disk"] is None


def test_a_machine_takes_the_site_of_its_cluster_or_device(netbox: NetBox) -> None:
    """If it is given none."""
    site = netbox.site()["id"]
    cluster = netbox.cluster(scope_type="dcim.site", scope_id=site)["id"]
    assert netbox.machine(cluster=cluster)["site"]["id"] == site
    device = netbox.device(site=site)["id"]
    assert netbox.machine(device=device)["site"]["id"] == site


def test_a_machine_must_agree_with_the_site_of_its_cluster(netbox: NetBox) -> None:
    """A cluster without a site agrees with all."""
    site, other = netbox.site(), netbox.site()
    cluster = netbox.cluster(scope_type="dcim.site", scope_id=site["id"])
    values = {"name": netbox.name(), "cluster": cluster["id"], "site": other["id"]}
    assert netbox.refused("POST", f"{VMS}/", values) == {
        "cluster": [f"The selected cluster ({cluster['name']}) is not assigned to this site ({other['name']})."]
    }
    netbox.machine(cluster=netbox.cluster()["id"], site=other["id"])


def test_a_location_is_a_scope_as_good_as_its_site(netbox: NetBox) -> None:
    """The site follows from it."""
    site = netbox.site()["id"]
    location = netbox.named("dcim/locations", site=site)["id"]
    cluster = netbox.cluster(scope_type="dcim.location", scope_id=location)
    assert cluster["scope"]["id"] == location
    assert netbox.machine(cluster=cluster["id"])["site"]["id"] == site


def test_scoping_a_cluster_moves_its_machines(netbox: NetBox) -> None:
    """Without a change of theirs: their time of change stays."""
    cluster, site = netbox.cluster()["id"], netbox.site()["id"]
    machine = netbox.machine(cluster=cluster)
    netbox.patch("virtualization/clusters", cluster, scope_type="dcim.site", scope_id=site)
    now = netbox.get(f"{VMS}/{machine['id']}/")
    assert (now["site"]["id"], now["last_updated"]) == (site, machine["last_updated"])


def test_a_device_must_agree_with_the_site_of_its_cluster(netbox: NetBox) -> None:
    """A device of a site-scoped cluster stands in that site."""
    site = netbox.site()
    cluster = netbox.cluster(scope_type="dcim.site", scope_id=site["id"])["id"]
    device = netbox.device()["id"]
    assert netbox.refused("PATCH", f"dcim/devices/{device}/", {"cluster": cluster}) == {
        "cluster": [f"The assigned cluster belongs to a different site ({site['name']})"]
    }
    netbox.device(site=site["id"], cluster=cluster)


def test_a_cluster_cannot_be_scoped_away_from_its_devices(netbox: NetBox) -> None:
    """The number of devices in the way is told."""
    cluster, other = netbox.cluster()["id"], netbox.site()
    netbox.device(cluster=cluster)
    scope = {"scope_type": "dcim.site", "scope_id": other["id"]}
    assert netbox.refused("PATCH", f"virtualization/clusters/{cluster}/", scope) == {
        "scope": [f"1 devices are assigned as hosts for this cluster but are not in site {other['name']}"]
    }


def test_a_machine_runs_on_a_device_of_its_own_cluster(netbox: NetBox) -> None:
    """And the cluster must be given along with the device: a migration to another cluster changes both at once."""
    cluster, other = netbox.cluster(), netbox.cluster()
    device = netbox.device(cluster=cluster["id"])
    values = {"name": netbox.name(), "device": device["id"]}
    assert netbox.refused("POST", f"{VMS}/", values) == {
        "cluster": [
            (
                f"Must specify the assigned device's cluster ({cluster['name']}) when assigning host device "
                f"{device['name']}."
            )
        ]
    }
    assert netbox.refused("POST", f"{VMS}/", {**values, "cluster": other["id"]}) == {
        "device": [f"The selected device ({device['name']}) is not assigned to this cluster ({other['name']})."]
    }
    machine = netbox.machine(device=device["id"], cluster=cluster["id"], site=device["site"]["id"])
    assert machine["device"]["id"] == device["id"]


def test_a_scope_must_be_whole_and_must_exist(netbox: NetBox) -> None:
    """Type and id together, of a kind that scopes."""
    kind = netbox.named("virtualization/cluster-types")["id"]
    path = "virtualization/clusters/"
    base = {"name": netbox.name(), "type": kind}
    assert netbox.refused("POST", path, {**base, "scope_type": "dcim.site"}) == {"__all__": ["Please select a site."]}
    assert netbox.refused("POST", path, {**base, "scope_id": 5}) == {"scope_type": ["This field cannot be null."]}
    assert netbox.refused("POST", path, {**base, "scope_type": "dcim.nope", "scope_id": 5}) == {
        "scope_type": ["Invalid content type: dcim.nope"]
    }
    assert netbox.refused("POST", path, {**base, "scope_type": "dcim.site", "scope_id": 99999999}) == {
        "scope_id": ["Related object not found using the provided value: 99999999."]
    }


def test_a_machine_type_gives_defaults_once(netbox: NetBox) -> None:
    """On creation only, and only what is not given."""
    platform = netbox.named("dcim/platforms")["id"]
    kind = netbox.named(
        "virtualization/virtual-machine-types", default_memory=512, default_vcpus=2, default_platform=platform
    )["id"]
    machine = netbox.machine(virtual_machine_type=kind, vcpus=4)
    assert (machine["memory"], machine["vcpus"], machine["platform"]["id"]) == (512, 4.0, platform)
    assert netbox.patch(VMS, machine["id"], memory=None)["memory"] is None


def test_a_cluster_adds_up_its_machines(netbox: NetBox) -> None:
    """Shown on the cluster."""
    cluster = netbox.cluster()["id"]
    for _ in range(2):
        netbox.machine(cluster=cluster, vcpus=2, memory=512)
    shown = netbox.get(f"virtualization/clusters/{cluster}/")
    assert (shown["virtualmachine_count"], shown["allocated_memory"], shown["allocated_vcpus"]) == (2, 1024, 4.0)


def test_an_interface_needs_a_mode_to_keep_its_vlans(netbox: NetBox) -> None:
    """Without one the untagged VLAN is dropped silently, and clearing the mode drops all."""
    vlan = netbox.create("ipam/vlans", vid=10, name=netbox.name())["id"]
    interface = netbox.interface()["id"]
    shown = netbox.patch(INTERFACES, interface, untagged_vlan=vlan)
    assert (shown["mode"], shown["untagged_vlan"]) == (None, None)
    shown = netbox.patch(INTERFACES, interface, mode="tagged", untagged_vlan=vlan, tagged_vlans=[vlan])
    assert shown["untagged_vlan"]["vid"] == 10
    assert [tagged["vid"] for tagged in shown["tagged_vlans"]] == [10]
    shown = netbox.patch(INTERFACES, interface, mode="access")
    assert (shown["untagged_vlan"]["vid"], shown["tagged_vlans"]) == (10, [])
    shown = netbox.patch(INTERFACES, interface, mode="")
    assert (shown["mode"], shown["untagged_vlan"]) == (None, None)


def test_a_device_interface_refuses_a_vlan_without_a_mode(netbox: NetBox) -> None:
    """Unlike the interface of a machine, which drops it."""
    vlan = netbox.create("ipam/vlans", vid=10, name=netbox.name())["id"]
    values = {"device": netbox.device()["id"], "name": "eno1", "type": "virtual", "untagged_vlan": vlan}
    assert netbox.refused("POST", "dcim/interfaces/", values) == {
        "untagged_vlan": ["Interface mode does not support untagged vlan"]
    }


def test_a_vlan_of_another_site_does_not_fit(netbox: NetBox) -> None:
    """A VLAN without a site fits everywhere."""
    vlan = netbox.create("ipam/vlans", vid=10, name=netbox.name(), site=netbox.site()["id"])
    path = f"{INTERFACES}/{netbox.interface()['id']}/"
    shown = f"{vlan['name']} (10)"
    assert netbox.refused("PATCH", path, {"mode": "access", "untagged_vlan": vlan["id"]}) == {
        "untagged_vlan": [
            (
                f"The untagged VLAN ({shown}) must belong to the same site as the interface's parent virtual machine, "
                "or it must be global."
            )
        ]
    }
    assert netbox.refused("PATCH", path, {"mode": "tagged", "tagged_vlans": [vlan["id"]]}) == {
        "tagged_vlans": [
            (
                f"VLAN {shown} must belong to the same site as the interface's parent virtual machine, "
                "or it must be global."
            )
        ]
    }


def test_interfaces_relate_only_within_their_machine(netbox: NetBox) -> None:
    """And not to themselves."""
    first, second = netbox.interface(), netbox.interface()
    path = f"{INTERFACES}/{second['id']}/"
    machine = first["virtual_machine"]["name"]
    assert netbox.refused("PATCH", path, {"parent": second["id"]}) == {
        "parent": ["An interface cannot be its own parent."]
    }
    assert netbox.refused("PATCH", path, {"bridge": second["id"]}) == {
        "bridge": ["An interface cannot be bridged to itself."]
    }
    assert netbox.refused("PATCH", path, {"parent": first["id"]}) == {
        "parent": [f"The selected parent interface (net0) belongs to a different virtual machine ({machine})."]
    }
    assert netbox.refused("PATCH", path, {"bridge": first["id"]}) == {
        "bridge": [f"The selected bridge interface (net0) belongs to a different virtual machine ({machine})."]
    }


def test_a_bond_lags_only_physical_interfaces(netbox: NetBox) -> None:
    """A virtual one cannot be a member."""
    device = netbox.device()["id"]
    bond = netbox.create("dcim/interfaces", device=device, name="bond0", type="lag")["id"]
    member = {"device": device, "name": "eno1", "lag": bond}
    assert netbox.refused("POST", "dcim/interfaces/", {**member, "type": "virtual"}) == {
        "lag": ["Virtual interfaces cannot have a parent LAG interface."]
    }
    assert netbox.create("dcim/interfaces", **member, type="1000base-t")["lag"]["name"] == "bond0"


def test_a_vlan_must_be_in_the_range_of_its_group(netbox: NetBox) -> None:
    """Groups allow 1 to 4094 unless told."""
    group = netbox.named("ipam/vlan-groups", vid_ranges=[[100, 199]])
    assert group["vid_ranges"] == [[100, 199]]
    values = {"vid": 5, "name": "x", "group": group["id"]}
    assert netbox.refused("POST", "ipam/vlans/", values) == {
        "vid": [f"VID must be in ranges 100-199 for VLANs in group {group['name']}"]
    }
