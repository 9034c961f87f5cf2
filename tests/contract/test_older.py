"""What an older NetBox does not do: the rules of the embedded one, of which only the newest can be compared here."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from proxbox_plan.demo.netbox import FakeNetBoxThread
from proxbox_plan.demo.netbox.versions import RELEASES
from tests.contract.client import SITES, VMS, NetBox, etag_of

TYPES = "core/object-types/?app_label=tenancy&model=contact"


@contextmanager
def running(version: tuple[int, int]) -> Iterator[NetBox]:
    """Run a NetBox of a version."""
    with FakeNetBoxThread(RELEASES[version]) as thread:
        yield NetBox(thread.url, thread.token, is_fake=True)


def test_before_4_7_a_creation_lists_the_errors_of_each_object() -> None:
    """Empty for the good ones; nodes are looked at one by one, and so is what is changed: the first error is told."""
    with running((4, 6)) as netbox:
        blank = {"name": ["This field may not be blank."]}
        batch = [{"name": "a", "slug": "a"}, {"name": "", "slug": "b"}, {"name": "c", "slug": "c"}]
        assert netbox.refused("POST", f"{SITES}/", batch) == [{}, blank, {}]
        assert netbox.get(f"{SITES}/")["count"] == 0
        assert "site" in netbox.refused("POST", "dcim/devices/", [{"name": "a"}, {"name": "b"}])
        site = netbox.site()
        assert netbox.refused("PATCH", f"{SITES}/", [{"id": site["id"], "name": ""}]) == blank


def test_before_4_7_objects_that_do_not_exist_are_passed_over() -> None:
    """In a bulk update and in a bulk deletion; an object that is needed ends a deletion with one sentence."""
    with running((4, 6)) as netbox:
        site = netbox.site()
        reply = netbox.request("PATCH", f"{SITES}/", [{"id": 999, "name": "x"}, {"id": site["id"], "name": "y"}])
        assert (reply.status, [row["id"] for row in reply.body]) == (200, [site["id"]])
        assert netbox.request("DELETE", f"{SITES}/", [{"id": 999}]).status == 204
        device = netbox.device()
        reply = netbox.request("DELETE", f"{SITES}/", [{"id": device["site"]["id"]}])
        assert (reply.status, reply.body["detail"].split(":")[0]) == (
            409,
            "Unable to delete object. 1 dependent objects were found",
        )


def test_before_4_7_the_mac_address_of_an_interface_is_not_written() -> None:
    """It is passed over: a MAC address object and a second step are needed."""
    with running((4, 6)) as netbox:
        assert netbox.interface(mac_address="02:00:00:00:00:01")["mac_address"] is None


def test_before_4_6_there_are_no_etags_cursors_types_and_tag_steps() -> None:
    """`If-Match`, `start`, `add_tags` and machine types are passed over or missing."""
    with running((4, 5)) as netbox:
        site, tag = netbox.site(), netbox.tag()["id"]
        path = f"{SITES}/{site['id']}/"
        reply = netbox.request("PATCH", path, {"add_tags": [tag]}, If_Match='W/"stale"')
        assert (reply.status, reply.body["tags"], "ETag" in reply.headers) == (200, [], False)
        assert netbox.get(f"{SITES}/?start=0")["count"] == 1
        assert netbox.request("GET", "virtualization/virtual-machine-types/").status == 404
        assert "virtual_machine_type" not in netbox.machine()
        assert etag_of(site)


def test_before_4_6_a_machine_needs_a_site_or_a_cluster() -> None:
    """A device alone is no place."""
    with running((4, 5)) as netbox:
        device = netbox.device()
        assert "cluster" in netbox.refused("POST", f"{VMS}/", {"name": "a", "device": device["id"]})
        placed = {"name": "a", "device": device["id"], "site": device["site"]["id"]}
        assert "device" in netbox.refused("POST", f"{VMS}/", placed)


def test_before_4_5_there_is_no_start_on_boot_and_no_v2_token() -> None:
    """Only v1 tokens are known, and NetBox does not say whose they are."""
    with running((4, 4)) as netbox:
        assert netbox.get("status/")["netbox-version"] == RELEASES[(4, 4)]
        assert "start_on_boot" not in netbox.machine(start_on_boot="on")
        assert netbox.request("GET", f"{SITES}/", authorization=f"Bearer {netbox.token}").status == 403
        assert netbox.request("GET", "authentication-check/").status == 404
    with running((4, 5)) as netbox:
        assert netbox.token.startswith("nbt_")
        assert netbox.get("authentication-check/")["username"]


def test_before_4_5_everything_is_answered() -> None:
    """`omit`, and `fields` of the changelog, are passed over."""
    for version in ((4, 4), (4, 5)):
        with running(version) as netbox:
            netbox.site()
            (row,) = netbox.get(f"{SITES}/?omit=comments")["results"]
            (entry,) = netbox.get("core/object-changes/?fields=id")["results"]
            assert ("comments" in row, len(entry) > 1) == ((version == (4, 4),) * 2)


@pytest.mark.parametrize(("version", "shown"), [((4, 3), ""), ((4, 4), "proxbox plan x")])
def test_before_4_4_the_changelog_has_no_message(version: tuple[int, int], shown: str) -> None:
    """It is passed over."""
    with running(version) as netbox:
        netbox.site(changelog_message="proxbox plan x")
        (entry,) = netbox.get("core/object-changes/")["results"]
        assert entry.get("message", "") == shown
        assert ("hostname" in netbox.get("status/")) == bool(shown)


def test_before_4_4_types_do_not_say_where_they_are() -> None:
    """The list is at another place, and does not say it there."""
    with running((4, 3)) as netbox:
        assert netbox.request("GET", TYPES).status == 404
    with running((4, 4)) as netbox:
        (row,) = netbox.get(TYPES)["results"]
        assert row["rest_api_endpoint"] == "/api/tenancy/contacts/"


def test_before_4_3_there_is_no_filter_by_the_id_of_a_tag() -> None:
    """NetBox would pass over it; here it is an error."""
    for version, status in (((4, 2), 400), ((4, 3), 200)):
        with running(version) as netbox:
            tag = netbox.tag()["id"]
            assert netbox.request("GET", f"{SITES}/?tag_id={tag}").status == status


def test_before_4_3_a_service_is_of_a_device_or_of_a_machine() -> None:
    """By the name of a field; then by type and id."""
    with running((4, 2)) as netbox:
        machine = netbox.machine()
        made = netbox.create("ipam/services", name="ssh", protocol="tcp", ports=[22], virtual_machine=machine["id"])
        assert (made["virtual_machine"]["id"], made["device"]) == (machine["id"], None)
        assert "parent_object_id" not in made
