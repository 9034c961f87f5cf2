from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest

from tests.contract.client import ADDRESSES, INTERFACES, VMS, NetBox, etag_of


def _ids(netbox: NetBox, path: str, query: str) -> list[int]:
    return [row["id"] for row in netbox.get(f"{path}/?limit=1000&{query}")["results"]]


def test_several_values_of_one_filter_mean_any_of_them(netbox: NetBox) -> None:
    """And several filters mean all of them."""
    first, second = netbox.machine(), netbox.machine()
    names = f"name={first['name']}&name={second['name']}"
    assert sorted(_ids(netbox, VMS, names)) == [first["id"], second["id"]]
    assert sorted(_ids(netbox, VMS, f"id={first['id']}&id={second['id']}")) == [first["id"], second["id"]]
    assert _ids(netbox, VMS, f"{names}&cluster_id={first['cluster']['id']}") == [first["id"]]


@pytest.mark.parametrize(
    ("lookup", "value", "found"),
    [
        ("", "Web-{run}", True),
        ("", "web-{run}", True),
        ("__ie", "web-{run}", True),
        ("__ic", "EB-{run}", True),
        ("__isw", "web-{run}", True),
        ("__iew", "{run}", True),
        ("__n", "Web-{run}", False),
        ("__nic", "{run}", False),
        ("__regex", "^Web-{run}$", True),
        ("__regex", "^web-{run}$", False),
        ("__iregex", "^web-{run}$", True),
        ("__empty", "false", True),
        ("__empty", "true", False),
    ],
)
def test_lookups_on_names(netbox: NetBox, lookup: str, value: str, found: bool) -> None:  # noqa: FBT001
    """The plain one finds a machine in any case, as names are unique in any case; `__regex` minds it."""
    run = netbox.name()
    machine = netbox.machine(name=f"Web-{run}")
    query = f"cluster_id={machine['cluster']['id']}&name{lookup}={quote(value.format(run=run))}"
    assert _ids(netbox, VMS, query) == ([machine["id"]] if found else [])


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("memory=1024", True),
        ("memory=1024&memory=1", True),
        ("memory__gte=1024", True),
        ("memory__gt=1024", False),
        ("memory__lt=1025", True),
        ("memory__lte=1023", False),
        ("memory__n=1024", False),
        ("memory__empty=true", False),
        ("vcpus=2.5", True),
        ("vcpus__gte=2", True),
        ("status=active", True),
        ("status=offline", False),
        ("status=active&status=offline", True),
        ("status__n=active", False),
        ("description__empty=true", True),
        ("has_primary_ip=false", True),
        ("has_primary_ip=true", False),
        ("tenant_id=null", True),
        ("tenant=null", True),
        ("platform_id=null", True),
        ("cluster_id=null", False),
        ("last_updated__gte=2001-01-01T00:00:00Z", True),
        ("last_updated__lt=2001-01-01T00:00:00Z", False),
    ],
)
def test_filters_on_machines(netbox: NetBox, query: str, found: bool) -> None:  # noqa: FBT001
    """Numbers, choices, times, and `null` for no reference."""
    machine = netbox.machine(memory=1024, vcpus=2.5)
    assert _ids(netbox, VMS, f"id={machine['id']}&{query}") == ([machine["id"]] if found else [])


def test_device_names_are_found_in_any_case_and_cluster_names_are_not(netbox: NetBox) -> None:
    """What a plain name filter means differs between models."""
    device, cluster = netbox.device(), netbox.cluster()
    assert _ids(netbox, "dcim/devices", f"name={device['name'].upper()}") == [device["id"]]
    assert _ids(netbox, "virtualization/clusters", f"name={cluster['name'].upper()}") == []


@pytest.mark.parametrize(
    ("query", "name", "message"),
    [
        ("cluster_id=99999999", "cluster_id", "Select a valid choice. 99999999 is not one of the available choices."),
        ("cluster=nope", "cluster", "Select a valid choice. nope is not one of the available choices."),
        ("role=nope", "role", "Select a valid choice. nope is not one of the available choices."),
        ("status=nope", "status", "Select a valid choice. nope is not one of the available choices."),
        ("tag=nope", "tag", "Select a valid choice. nope is not one of the available choices."),
        ("id=abc", "id", "Enter a whole number."),
        ("memory=abc", "memory", "Enter a whole number."),
        ("last_updated__gte=abc", "last_updated__gte", "Enter a valid date/time."),
        ("created_by_request=abc", "created_by_request", "Enter a valid UUID."),
    ],
)
def test_what_a_filter_does_not_know_is_refused(netbox: NetBox, query: str, name: str, message: str) -> None:
    """A reference to nothing is an error, not an empty list."""
    assert netbox.refused("GET", f"{VMS}/?{query}", None) == {name: [message]}


def test_an_unknown_filter_is_passed_over_by_netbox_and_refused_by_the_fake(netbox: NetBox) -> None:
    """The real one answers with everything, the most dangerous answer there is; the fake finds our mistakes."""
    netbox.machine()
    for query in ("no_such_filter=1", "cf_no_such_field=1", "name__xx=1"):
        reply = netbox.request("GET", f"{VMS}/?{query}")
        assert reply.status == (400 if netbox.is_fake else 200)


def test_references_are_found_by_id_and_by_slug_or_name(netbox: NetBox) -> None:
    """Sites, roles, tenants and platforms by slug, clusters, devices and machines by name."""
    site, role = netbox.site(), netbox.named("dcim/device-roles")
    cluster = netbox.cluster(type=netbox.named("virtualization/cluster-types")["id"])
    machine = netbox.machine(site=site["id"], role=role["id"], cluster=cluster["id"])
    interface = netbox.interface(machine["id"])
    for query in (
        f"site_id={site['id']}",
        f"site={site['slug']}",
        f"role_id={role['id']}",
        f"role={role['slug']}",
        f"cluster_id={cluster['id']}",
        f"cluster={cluster['name']}",
        f"cluster_type_id={cluster['type']['id']}",
        f"cluster_type={cluster['type']['slug']}",
    ):
        assert _ids(netbox, VMS, query) == [machine["id"]], query
    for query in (
        f"virtual_machine_id={machine['id']}",
        f"virtual_machine={machine['name']}",
        f"cluster_id={cluster['id']}",
        f"cluster={cluster['name']}",
    ):
        assert _ids(netbox, INTERFACES, query) == [interface["id"]], query


def test_several_tags_mean_all_of_them(netbox: NetBox) -> None:
    """Unlike several values of any other filter."""
    first, second = netbox.tag()["slug"], netbox.tag()["slug"]
    both = netbox.machine(tags=[{"slug": first}, {"slug": second}])["id"]
    one = netbox.machine(tags=[{"slug": first}])["id"]
    assert sorted(_ids(netbox, VMS, f"tag={first}")) == [both, one]
    assert _ids(netbox, VMS, f"tag={first}&tag={second}") == [both]


def test_addresses_are_found_with_and_without_their_mask(netbox: NetBox) -> None:
    """Without a mask any mask fits; with one it must be that one; what is no address finds nothing."""
    vrf = netbox.vrf()
    address = netbox.address("192.0.2.5/24", vrf=vrf)["id"]
    for query, found in (
        ("address=192.0.2.5", True),
        ("address=192.0.2.5/24", True),
        ("address=192.0.2.5/25", False),
        ("address=198.51.100.1/24&address=192.0.2.5/24", True),
        ("address=nonsense", False),
        ("parent=192.0.2.0/24", True),
        ("parent=192.0.0.0/16", True),
        ("parent=198.51.100.0/24", False),
        ("parent=nonsense", False),
        ("family=4", True),
        ("family=6", False),
        ("status=active", True),
        ("assigned_to_interface=false", True),
    ):
        assert _ids(netbox, ADDRESSES, f"vrf_id={vrf}&{query}") == ([address] if found else []), query


def test_addresses_are_found_by_what_they_are_assigned_to(netbox: NetBox) -> None:
    """By interface, machine and device."""
    interface = netbox.interface()
    address = netbox.address(interface=interface["id"])["id"]
    machine = interface["virtual_machine"]
    for query in (
        f"vminterface_id={interface['id']}",
        f"virtual_machine_id={machine['id']}",
        f"virtual_machine={machine['name']}",
        f"assigned_object_id={interface['id']}&id={address}",
        f"assigned_object_type=virtualization.vminterface&id={address}",
    ):
        assert _ids(netbox, ADDRESSES, query) == [address], query
    device = netbox.device()
    port = netbox.create("dcim/interfaces", device=device["id"], name="eno1", type="virtual")["id"]
    assigned = {"assigned_object_type": "dcim.interface", "assigned_object_id": port}
    address = netbox.address("192.0.2.1/24", **assigned)["id"]
    for query in (f"interface_id={port}", f"device_id={device['id']}", f"device={device['name']}"):
        assert _ids(netbox, ADDRESSES, query) == [address], query


def test_mac_addresses_are_found_in_any_spelling(netbox: NetBox) -> None:
    """On interfaces, on machines, and as objects."""
    mac = f"02:00:{netbox.run[:2]}:{netbox.run[2:4]}:{netbox.run[4:]}:{int(netbox.name().rpartition('-')[2]) % 256:02x}"
    interface = netbox.interface(mac_address=mac)
    for spelling in (mac, mac.upper(), mac.replace(":", "-")):
        assert _ids(netbox, INTERFACES, f"mac_address={spelling}") == [interface["id"]]
    assert _ids(netbox, VMS, f"mac_address={mac}") == [interface["virtual_machine"]["id"]]
    found = netbox.get(f"dcim/mac-addresses/?mac_address={mac}")["results"]
    assert [row["assigned_object_id"] for row in found] == [interface["id"]]
    assert netbox.refused("GET", f"{INTERFACES}/?mac_address=zz", None) == {
        "mac_address": ["Invalid MAC address format: zz"]
    }


def test_vlans_are_found_by_group_and_id(netbox: NetBox) -> None:
    """As the planner looks them up."""
    group = netbox.named("ipam/vlan-groups")
    vlan = netbox.create("ipam/vlans", vid=12, name="twelve", group=group["id"])["id"]
    for query in ("vid=12", "vid=12&vid=13", "name=twelve", f"group={group['slug']}", "vid__gte=10"):
        assert _ids(netbox, "ipam/vlans", f"group_id={group['id']}&{query}") == [vlan]


def test_what_a_request_created_is_found_by_its_id(netbox: NetBox) -> None:
    """So the objects of a request whose answer was lost can be found."""
    name = netbox.name()
    reply = netbox.request("POST", "dcim/sites/", {"name": name, "slug": name})
    made = reply.headers["X-Request-ID"]
    changed = netbox.request("PATCH", f"dcim/sites/{reply.body['id']}/", {"description": "x"}).headers["X-Request-ID"]
    for query, found in (
        (f"created_by_request={made}", True),
        (f"updated_by_request={made}", False),
        (f"modified_by_request={made}", True),
        (f"updated_by_request={changed}", True),
        (f"created_by_request={changed}", False),
    ):
        assert _ids(netbox, "dcim/sites", query) == ([reply.body["id"]] if found else []), query


@pytest.fixture
def keyed(netbox: NetBox) -> tuple[str, dict[str, int]]:
    """Make machines with keys in an exact custom field, and one without."""
    field = netbox.custom_field(filter_logic="exact")
    made = {key: netbox.machine(custom_fields={field: key})["id"] for key in ("pve/5", "pve/50", "other/5")}
    return field, made


@pytest.mark.parametrize(
    ("lookup", "keys"),
    [
        ("=pve/5", {"pve/5"}),
        ("=pve/5&{field}=pve/50", {"pve/5", "pve/50"}),
        ("=PVE/5", set()),
        ("__isw=pve/", {"pve/5", "pve/50"}),
        ("__ic=/5", {"pve/5", "pve/50", "other/5"}),
        ("__n=pve/5", {"pve/50", "other/5"}),
        ("__ie=PVE/5", {"pve/5"}),
        ("__empty=false", {"pve/5", "pve/50", "other/5"}),
        ("__empty=true", set()),
    ],
)
def test_exact_custom_fields(netbox: NetBox, keyed: tuple[str, dict[str, int]], lookup: str, keys: set[str]) -> None:
    """A field with exact logic is compared whole; its prefix finds the objects of one cluster."""
    field, made = keyed
    only = "&".join(f"id={number}" for number in made.values())
    query = f"{only}&cf_{field}{lookup.format(field=f'cf_{field}')}"
    assert set(_ids(netbox, VMS, query)) == {made[key] for key in keys}


def test_loose_custom_fields_find_too_much(netbox: NetBox) -> None:
    """The default logic compares parts, in any case: create the key's field as exact."""
    field = netbox.custom_field()
    made = [netbox.machine(custom_fields={field: key})["id"] for key in ("a/5", "A/50", "b/6")]
    assert sorted(_ids(netbox, VMS, f"cf_{field}=a/5")) == made[:2]


def test_an_etag_can_be_read_for_many_objects_at_once(netbox: NetBox) -> None:
    """The shortest read there is: id and time of change."""
    machine = netbox.machine()
    row: dict[str, Any] = netbox.get(f"{VMS}/?id={machine['id']}&fields=id,last_updated")["results"][0]
    assert set(row) == {"id", "last_updated"}
    assert etag_of(row) == etag_of(machine)


@pytest.mark.parametrize(("kind", "values"), [("integer", (1, 2)), ("boolean", (True, False)), ("json", ({"a": 1},))])
def test_a_lookup_that_a_custom_field_does_not_have_is_ignored(
    netbox: NetBox, kind: str, values: tuple[object, ...]
) -> None:
    """Everything is the answer, so that a field of another tool must be known before anything is asked by it."""
    field = netbox.custom_field(type=kind)
    made = {netbox.machine(custom_fields={field: value})["id"] for value in (*values, None)}
    assert made <= set(_ids(netbox, VMS, f"cf_{field}__isw=lab/"))
