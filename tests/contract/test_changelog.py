from __future__ import annotations

from typing import Any

from tests.contract.client import INTERFACES, SITES, VMS, NetBox


def _changes(netbox: NetBox, query: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = netbox.get(f"core/object-changes/?{query}")["results"]
    return found


def test_every_write_is_logged_with_its_message(netbox: NetBox) -> None:
    """Newest first; who, what, in which request, and the values before and after."""
    name = netbox.name()
    made = netbox.request("POST", f"{SITES}/", {"name": name, "slug": name, "changelog_message": "plan 1"})
    site = made.body["id"]
    netbox.patch(SITES, site, description="new", changelog_message="plan 2")
    netbox.request("DELETE", f"{SITES}/{site}/", {"changelog_message": "plan 3"})
    changes = _changes(netbox, f"changed_object_type=dcim.site&changed_object_id={site}")
    assert [(change["action"]["value"], change["message"]) for change in changes] == [
        ("delete", "plan 3"),
        ("update", "plan 2"),
        ("create", "plan 1"),
    ]
    deleted, updated, created = changes
    assert created["request_id"] == made.headers["X-Request-ID"]
    assert created["object_repr"] == name
    assert (created["user_name"], created["user"]["username"]) == ("admin", "admin")
    assert created["changed_object"] is None
    assert (created["prechange_data"], created["postchange_data"]["description"]) == ({}, "")
    assert (updated["prechange_data"]["description"], updated["postchange_data"]["description"]) == ("", "new")
    assert (deleted["prechange_data"]["name"], deleted["postchange_data"]) == (name, {})


def test_a_change_that_changes_nothing_is_not_logged(netbox: NetBox) -> None:
    """Though it stamps the object."""
    site = netbox.site()["id"]
    netbox.patch(SITES, site, description="")
    assert len(_changes(netbox, f"changed_object_type=dcim.site&changed_object_id={site}")) == 1


def test_raw_values_are_logged(netbox: NetBox) -> None:
    """References as ids, choices as values, tags as names, decimals as text with two places."""
    tag = netbox.tag()
    machine = netbox.machine(vcpus=2, tags=[tag["id"]])
    query = f"changed_object_type=virtualization.virtualmachine&changed_object_id={machine['id']}"
    data = _changes(netbox, query)[-1]["postchange_data"]
    assert (data["cluster"], data["status"]) == (machine["cluster"]["id"], "active")
    assert data["name"] == machine["name"]
    assert netbox.patch(VMS, machine["id"], memory=1)["tags"][0]["name"] == tag["name"]
    data = _changes(netbox, query)[0]["postchange_data"]
    assert (data["tags"], data["vcpus"]) == ([tag["name"]], "2.00")


def test_what_goes_along_is_logged_in_the_same_request(netbox: NetBox) -> None:
    """Deleting a machine logs its interfaces under one request id."""
    interface = netbox.interface()
    reply = netbox.request("DELETE", f"{VMS}/{interface['virtual_machine']['id']}/")
    changes = _changes(netbox, f"request_id={reply.headers['X-Request-ID']}")
    assert {(change["action"]["value"], change["changed_object_type"]) for change in changes} == {
        ("delete", "virtualization.virtualmachine"),
        ("delete", "virtualization.vminterface"),
    }


def test_changes_are_found_by_action_and_by_user(netbox: NetBox) -> None:
    """As `drift` asks who changed an object."""
    interface = netbox.interface()["id"]
    netbox.patch(INTERFACES, interface, description="x")
    base = f"changed_object_type=virtualization.vminterface&changed_object_id={interface}"
    assert [c["action"]["value"] for c in _changes(netbox, f"{base}&action=update")] == ["update"]
    assert len(_changes(netbox, f"{base}&user_name=admin")) == 2
    assert _changes(netbox, f"{base}&user_name=no-such-user") == []
    assert len(_changes(netbox, f"{base}&time_after=2001-01-01T00:00:00Z")) == 2
    assert _changes(netbox, f"{base}&time_before=2001-01-01T00:00:00Z") == []


def test_the_newest_entries_of_many_objects_come_in_one_answer(netbox: NetBox) -> None:
    """Several ids mean any of them; the answer holds what is asked for of each entry, the newest first."""
    first, second = netbox.site()["id"], netbox.site()["id"]
    netbox.patch(SITES, first, description="x")
    ids = f"changed_object_id={first}&changed_object_id={second}"
    asked = f"changed_object_type=dcim.site&{ids}&ordering=-id&limit=2&fields=id,changed_object_id,user_name"
    newest, before = _changes(netbox, asked)
    assert newest["id"] > before["id"]
    assert newest == {"id": newest["id"], "changed_object_id": first, "user_name": "admin"}
    assert before["changed_object_id"] == second


def test_a_request_is_known_by_its_message(netbox: NetBox) -> None:
    """`q` looks into the message. Of several requests only the last counts: they have to be asked for one by one."""
    replies = [
        netbox.request("POST", f"{SITES}/", {"name": name, "slug": name, "changelog_message": message})
        for name, message in ((netbox.name(), "proxbox plan 0123"), (netbox.name(), "by hand"))
    ]
    ours, theirs = (f"request_id={reply.headers['X-Request-ID']}" for reply in replies)
    assert [change["message"] for change in _changes(netbox, f"{ours}&{theirs}")] == ["by hand"]
    assert [change["message"] for change in _changes(netbox, f"{ours}&q=proxbox+plan")] == ["proxbox plan 0123"]
    assert _changes(netbox, f"{theirs}&q=proxbox+plan") == []


def test_what_was_deleted_is_logged_with_its_custom_fields(netbox: NetBox) -> None:
    """They say whose it was."""
    name = netbox.custom_field("dcim.site")
    site = netbox.site(custom_fields={name: "lab/qemu/100"})["id"]
    netbox.delete(SITES, site)
    (change,) = _changes(netbox, f"changed_object_type=dcim.site&action=delete&changed_object_id={site}")
    assert change["prechange_data"]["custom_fields"][name] == "lab/qemu/100"


def test_a_mac_address_is_logged_as_the_primary_one(netbox: NetBox) -> None:
    """The interface has a field for it in the API only."""
    interface = netbox.interface()["id"]
    netbox.patch(INTERFACES, interface, mac_address="BC:24:11:00:00:01")
    newest = _changes(netbox, f"changed_object_type=virtualization.vminterface&changed_object_id={interface}")[0]
    assert newest["prechange_data"]["primary_mac_address"] is None
    assert newest["postchange_data"]["primary_mac_address"] is not None


def test_a_generic_reference_is_logged_as_type_and_id(netbox: NetBox) -> None:
    """An address's interface."""
    interface = netbox.interface()["id"]
    address = netbox.address()["id"]
    netbox.patch(
        "ipam/ip-addresses", address, assigned_object_type="virtualization.vminterface", assigned_object_id=interface
    )
    newest = _changes(netbox, f"changed_object_type=ipam.ipaddress&changed_object_id={address}")[0]
    assert newest["prechange_data"]["assigned_object_id"] is None
    assert newest["postchange_data"]["assigned_object_id"] == interface


def test_the_log_cannot_be_written(netbox: NetBox) -> None:
    """Only read."""
    assert netbox.request("POST", "core/object-changes/", {}).status == 405


def test_what_was_logged_since_an_entry(netbox: NetBox) -> None:
    """It comes first, with the request and the time that it always has: by that a copy of NetBox is recognized."""
    site = netbox.site()["id"]
    first = _changes(netbox, f"changed_object_type=dcim.site&changed_object_id={site}")[0]
    netbox.patch(SITES, site, description="x", changelog_message="proxbox plan 0123")
    found = _changes(netbox, f"id__gte={first['id']}&ordering=id&limit=500&fields=id,time,request_id,message")
    assert found[0] == {name: first[name] for name in ("id", "time", "request_id", "message")}
    assert found[1]["message"] == "proxbox plan 0123"
    assert _changes(netbox, f"id={first['id']}&fields=id,time,request_id")[0]["request_id"] == first["request_id"]
