from __future__ import annotations

import pytest

from tests.contract.client import INTERFACES, SITES, VMS, NetBox, etag_of

STALE = 'W/"2001-01-01T00:00:00.000001+00:00"'


def test_an_etag_can_be_built_from_a_list_row(netbox: NetBox) -> None:
    """It is `last_updated` with `+00:00` for `Z`, so no extra read is needed."""
    site = netbox.site()
    row = netbox.get(f"{SITES}/?id={site['id']}&fields=id,last_updated")["results"][0]
    assert netbox.request("GET", f"{SITES}/{site['id']}/").headers["ETag"] == etag_of(row)


def test_creating_and_changing_answer_with_the_new_etag(netbox: NetBox) -> None:
    """So a second step can go on without reading."""
    name = netbox.name()
    made = netbox.request("POST", f"{SITES}/", {"name": name, "slug": name})
    assert made.headers["ETag"] == etag_of(made.body)
    changed = netbox.request("PATCH", f"{SITES}/{made.body['id']}/", {"description": "x"})
    assert changed.headers["ETag"] == etag_of(changed.body) != made.headers["ETag"]


def test_a_matching_etag_lets_a_change_pass_once(netbox: NetBox) -> None:
    """After the change the old one is stale."""
    site = netbox.site()
    path, match = f"{SITES}/{site['id']}/", etag_of(site)
    assert netbox.request("PATCH", path, {"description": "x"}, If_Match=match).status == 200
    reply = netbox.request("PATCH", path, {"description": "y"}, If_Match=match)
    assert (reply.status, reply.body) == (412, {"detail": "Precondition failed."})
    assert reply.headers["ETag"] == etag_of(netbox.get(path))
    assert netbox.get(path)["description"] == "x"


@pytest.mark.parametrize(("method", "body"), [("PATCH", {"description": "x"}), ("DELETE", None)])
def test_a_stale_etag_stops_single_writes(netbox: NetBox, method: str, body: dict[str, str] | None) -> None:
    """Nothing is written."""
    site = netbox.site()
    assert netbox.request(method, f"{SITES}/{site['id']}/", body, If_Match=STALE).status == 412
    assert netbox.get(f"{SITES}/{site['id']}/") == site


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
def test_one_header_holds_the_etags_of_a_whole_batch(netbox: NetBox, method: str) -> None:
    """All must match; one stale object stops the batch."""
    first, second = netbox.site(), netbox.site()
    batch = [{"id": first["id"]}, {"id": second["id"]}]
    if method == "PATCH":
        batch = [{**entry, "description": "x"} for entry in batch]
    stale = f"{etag_of(first)}, {STALE}"
    assert netbox.request(method, f"{SITES}/", batch, If_Match=stale).status == 412
    assert [netbox.get(f"{SITES}/{site['id']}/") for site in (first, second)] == [first, second]
    fresh = f"{etag_of(first)}, {etag_of(second)}"
    assert netbox.request(method, f"{SITES}/", batch, If_Match=fresh).status in {200, 204}


def test_two_hundred_etags_fit_into_one_header(netbox: NetBox) -> None:
    """The web server's limit for a header is 8190 bytes."""
    site = netbox.site()
    match = ", ".join([*[STALE] * 199, etag_of(site)])
    batch = [{"id": site["id"], "description": "x"}]
    assert netbox.request("PATCH", f"{SITES}/", batch, If_Match=match).status == 200


def test_a_change_that_changes_nothing_makes_the_etag_stale_all_the_same(netbox: NetBox) -> None:
    """Any PATCH stamps the object."""
    site = netbox.site()
    assert netbox.patch(SITES, site["id"], description="")["last_updated"] > site["last_updated"]


def test_children_do_not_make_their_parent_stale(netbox: NetBox) -> None:
    """Adding a disk changes the machine's disk and its counters, but not its time of change."""
    machine = netbox.machine()
    netbox.interface(machine["id"])
    netbox.create("virtualization/virtual-disks", virtual_machine=machine["id"], name="scsi0", size=5)
    now = netbox.get(f"{VMS}/{machine['id']}/")
    assert (now["disk"], now["interface_count"], now["virtual_disk_count"]) == (5, 1, 1)
    assert now["last_updated"] == machine["last_updated"]


def test_deleting_a_primary_address_makes_its_machine_stale(netbox: NetBox) -> None:
    """A trap for an applier that deletes addresses before it changes their machines."""
    interface = netbox.interface()
    machine = interface["virtual_machine"]["id"]
    address = netbox.address("192.0.2.1/24", interface["id"])["id"]
    before = netbox.patch(VMS, machine, primary_ip4=address)
    netbox.delete("ipam/ip-addresses", address)
    now = netbox.get(f"{VMS}/{machine}/")
    assert now["primary_ip4"] is None
    assert now["last_updated"] > before["last_updated"]


def test_deleting_a_referenced_platform_makes_its_machines_stale(netbox: NetBox) -> None:
    """Detaching is a change of the other object."""
    platform = netbox.named("dcim/platforms")["id"]
    machine = netbox.machine(platform=platform)
    netbox.delete("dcim/platforms", platform)
    now = netbox.get(f"{VMS}/{machine['id']}/")
    assert (now["platform"], now["last_updated"] > machine["last_updated"]) == (None, True)


def test_assigning_an_address_does_not_make_the_interface_stale(netbox: NetBox) -> None:
    """Nor does a MAC address that is not its primary one."""
    interface = netbox.interface()
    netbox.address(interface=interface["id"])
    assert netbox.get(f"{INTERFACES}/{interface['id']}/")["last_updated"] == interface["last_updated"]
