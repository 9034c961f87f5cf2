from __future__ import annotations

from tests.contract.client import SITES, VMS, NetBox


def test_create_answers_in_the_order_of_the_request(netbox: NetBox) -> None:
    """So that ids can be told apart without names."""
    cluster = netbox.cluster()["id"]
    names = [netbox.name(prefix) for prefix in ("v10", "v9", "V2", "a1")]
    reply = netbox.request("POST", f"{VMS}/", [{"name": name, "cluster": cluster} for name in names])
    assert reply.status == 201
    assert [row["name"] for row in reply.body] == names


def test_update_answers_in_the_order_of_its_query(netbox: NetBox) -> None:
    """By name, as a list does, not as the request did: map by id. Names are ordered naturally and without case."""
    cluster = netbox.cluster()["id"]
    run = netbox.name()
    names = [f"{prefix}{run}" for prefix in ("v10", "v9", "V2", "a1")]
    made = netbox.request("POST", f"{VMS}/", [{"name": name, "cluster": cluster} for name in names]).body
    reply = netbox.request("PATCH", f"{VMS}/", [{"id": row["id"], "memory": 7} for row in made])
    assert reply.status == 200
    assert [row["name"] for row in reply.body] == [names[3], names[2], names[1], names[0]]
    assert {row["memory"] for row in reply.body} == {7}


def test_a_batch_with_a_bad_object_creates_none(netbox: NetBox) -> None:
    """Each bad one is named by its place in the request, also when it only collides with another of the batch."""
    good, twice = netbox.name(), netbox.name()
    batch = [
        {"name": good, "slug": good},
        {"name": "", "slug": netbox.name()},
        {"name": twice, "slug": twice},
        {"name": netbox.name(), "slug": twice},
        3,
    ]
    assert netbox.refused("POST", f"{SITES}/", batch) == {
        "detail": "3 of 5 objects could not be created.",
        "errors": [
            {"index": 1, "errors": {"name": ["This field may not be blank."]}},
            {"index": 3, "errors": {"slug": ["site with this slug already exists."]}},
            {"index": 4, "errors": {"__all__": ["Invalid data. Expected a dictionary, but got int."]}},
        ],
    }
    assert netbox.get(f"{SITES}/?name={good}")["count"] == 0


def test_a_batch_with_a_bad_change_changes_none(netbox: NetBox) -> None:
    """Each bad one is named by its id."""
    first, second = netbox.site(), netbox.site()
    batch = [{"id": first["id"], "description": "new"}, {"id": second["id"], "name": ""}]
    assert netbox.refused("PATCH", f"{SITES}/", batch) == {
        "detail": "1 of 2 objects could not be updated.",
        "errors": [{"id": second["id"], "errors": {"name": ["This field may not be blank."]}}],
    }
    assert netbox.get(f"{SITES}/{first['id']}/") == first


def test_a_missing_id_refuses_the_batch_before_any_work(netbox: NetBox) -> None:
    """With 400, for changes and deletions alike."""
    site = netbox.site()["id"]
    for method in ("PATCH", "PUT", "DELETE"):
        assert netbox.refused(method, f"{SITES}/", [{"id": site}, {"id": 99999999}]) == {
            "detail": "1 of 2 objects could not be found.",
            "errors": [{"id": 99999999, "errors": {"id": ["Object with ID 99999999 does not exist"]}}],
        }
    assert netbox.exists(SITES, site)


def test_an_id_given_twice_refuses_the_batch(netbox: NetBox) -> None:
    """Rather than the last one winning."""
    site = netbox.site()["id"]
    for method in ("PATCH", "DELETE"):
        assert netbox.refused(method, f"{SITES}/", [{"id": site}, {"id": site}]) == {
            "detail": "1 of 2 objects are listed more than once.",
            "errors": [
                {
                    "id": site,
                    "errors": {"id": [f"Each object may be specified only once; ID {site} is listed 2 times"]},
                }
            ],
        }


def test_an_object_without_an_id_refuses_the_batch(netbox: NetBox) -> None:
    """Here the place in the request tells which."""
    assert netbox.refused("PATCH", f"{SITES}/", [{"name": "x"}]) == {
        "detail": "1 of 1 objects failed validation.",
        "errors": [{"index": 0, "errors": {"id": ["This field is required."]}}],
    }


def test_a_bulk_change_or_deletion_needs_a_list(netbox: NetBox) -> None:
    """A single object on a list path is an error, and so is no body."""
    assert netbox.refused("PATCH", f"{SITES}/", {"id": 1}) == {"detail": "Expected a list of objects, but got dict."}
    assert netbox.refused("DELETE", f"{SITES}/", None) == {
        "detail": "Expected a list of objects, but no data was submitted."
    }


def test_empty_batches_are_fine(netbox: NetBox) -> None:
    """They do nothing."""
    assert netbox.request("POST", f"{SITES}/", []).status == 201
    assert netbox.request("PATCH", f"{SITES}/", []).status == 200
    assert netbox.request("DELETE", f"{SITES}/", []).status == 204


def test_bulk_delete_removes_all(netbox: NetBox) -> None:
    """And answers without a body."""
    sites = [netbox.site()["id"] for _ in range(2)]
    reply = netbox.request("DELETE", f"{SITES}/", [{"id": site} for site in sites])
    assert (reply.status, reply.body) == (204, "")
    assert not any(netbox.exists(SITES, site) for site in sites)


def test_a_bulk_delete_with_a_protected_object_removes_none(netbox: NetBox) -> None:
    """409 instead of 400, and the number of dependents instead of their names."""
    free, used = netbox.site()["id"], netbox.site()["id"]
    netbox.machine(site=used)
    reply = netbox.request("DELETE", f"{SITES}/", [{"id": free}, {"id": used}])
    assert (reply.status, reply.body) == (
        409,
        {
            "detail": "1 of 2 objects could not be deleted.",
            "errors": [
                {
                    "id": used,
                    "errors": {"__all__": ["Unable to delete: 1 dependent object(s) prevent deletion."]},
                }
            ],
        },
    )
    assert netbox.exists(SITES, free)


def test_each_object_of_a_batch_may_have_its_own_message(netbox: NetBox) -> None:
    """`changelog_message` stands in the object."""
    names = [netbox.name(), netbox.name()]
    batch = [{"name": names[0], "slug": names[0], "changelog_message": "first"}, {"name": names[1], "slug": names[1]}]
    made = netbox.request("POST", f"{SITES}/", batch).body
    path = "core/object-changes/?changed_object_type=dcim.site&changed_object_id="
    assert [netbox.get(f"{path}{row['id']}")["results"][0]["message"] for row in made] == ["first", ""]
