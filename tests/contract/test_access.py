from __future__ import annotations

import time
from email.utils import parsedate_to_datetime

import pytest

from proxbox_plan.demo.netbox import FakeNetBoxThread
from tests.contract.client import SITES, NetBox


def test_status_names_the_version(netbox: NetBox) -> None:
    """The version is in the status, as `netbox-version`."""
    assert netbox.get("status/")["netbox-version"] == "4.7.3"


@pytest.mark.parametrize(
    ("authorization", "detail"),
    [
        ("", "Authentication credentials were not provided."),
        ("Basic abc", "Authentication credentials were not provided."),
        ("Token abc", "Invalid v1 token"),
        ("Bearer abc", "Invalid v1 token"),
        ("Bearer nbt_abc.def", "Invalid v2 token"),
        (
            "Bearer nbt_abc",
            (
                "Invalid authorization header: Could not parse key from v2 token. "
                "Did you mean to use 'Token' instead of 'Bearer'?"
            ),
        ),
    ],
)
def test_no_or_a_wrong_token_is_403(netbox: NetBox, authorization: str, detail: str) -> None:
    """NetBox answers 403, never 401, and says what is wrong with the token; the status is no exception."""
    for path in ("dcim/sites/", "status/"):
        reply = netbox.request("GET", path, authorization=authorization)
        assert (reply.status, reply.body) == (403, {"detail": detail})


@pytest.mark.parametrize("keyword", ["Bearer", "Token", "bearer"])
def test_the_keyword_before_the_token_does_not_matter(netbox: NetBox, keyword: str) -> None:
    """A v2 token is known by its prefix, whatever the keyword says."""
    assert netbox.request("GET", "dcim/sites/?limit=1", authorization=f"{keyword} {netbox.token}").status == 200


def test_every_answer_carries_a_request_id_and_the_api_version(netbox: NetBox) -> None:
    """X-Request-ID finds in the change log what a request did."""
    headers = netbox.request("GET", "dcim/sites/?limit=1").headers
    assert headers["API-Version"] == "4.7"
    assert len(headers["X-Request-ID"]) == 36


@pytest.mark.parametrize(
    ("path", "word"),
    [(SITES, "Site"), ("virtualization/interfaces", "VMInterface"), ("ipam/ip-addresses", "IPAddress")],
)
@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
def test_what_does_not_exist_is_404(netbox: NetBox, path: str, word: str, method: str) -> None:
    """A missing object is 404 for reading, changing and deleting."""
    reply = netbox.request(method, f"{path}/99999999/", {} if method == "PATCH" else None)
    assert (reply.status, reply.body) == (404, {"detail": f"No {word} matches the given query."})


def test_an_unknown_endpoint_is_404(netbox: NetBox) -> None:
    """So a model that a version lacks can be told from an empty one."""
    assert netbox.request("GET", "dcim/no-such-thing/").status == 404


def test_a_method_that_does_not_fit_is_405(netbox: NetBox) -> None:
    """Objects are created on the list, not on a detail path."""
    reply = netbox.request("POST", f"dcim/sites/{netbox.site()['id']}/", {})
    assert (reply.status, reply.body) == (405, {"detail": 'Method "POST" not allowed.'})


def test_a_body_that_is_no_object_is_400(netbox: NetBox) -> None:
    """One object or a list of them; anything else is refused."""
    assert netbox.refused("POST", "dcim/sites/", "text") == {
        "__all__": ["Invalid data. Expected a dictionary, but got str."]
    }


def test_options_of_a_list_say_which_writes_are_allowed(netbox: NetBox) -> None:
    """POST for adding, PUT for changing; where neither is, nothing is said of actions."""
    assert netbox.request("OPTIONS", f"{SITES}/").body["actions"].keys() == {"POST", "PUT"}
    assert "actions" not in netbox.request("OPTIONS", "core/object-changes/").body


def test_the_user_of_a_token_can_ask_who_it_is(netbox: NetBox) -> None:
    """With the groups and permissions it was given; a superuser needs none."""
    user = netbox.get("authentication-check/")
    assert (user["username"], user["groups"], user["permissions"]) == ("admin", [], [])


def test_the_user_of_a_token_can_ask_when_it_ends(netbox: NetBox) -> None:
    """By its public key; null when it never does."""
    key = netbox.token.partition(".")[0].removeprefix("nbt_")
    (row,) = netbox.get(f"users/tokens/?key={key}&fields=id,expires")["results"]
    assert row["expires"] is None


def test_every_answer_says_the_time(netbox: NetBox) -> None:
    """As HTTP writes it."""
    date = netbox.request("GET", "status/").headers["Date"]
    assert abs(parsedate_to_datetime(date).timestamp() - time.time()) < 30


@pytest.mark.netbox
def test_permissions_by_object_type(real_netbox: NetBox) -> None:
    """What the embedded NetBox makes of a table of permissions is what the real one makes of a user's."""
    name = real_netbox.name("user")
    given = {"dcim.site": ["view", "add"], "dcim.device": ["change"]}
    user = real_netbox.create("users/users", username=name, password="Correct-horse-9")["id"]  # of a test
    for object_type, actions in given.items():
        real_netbox.create("users/permissions", name=name, object_types=[object_type], actions=actions, users=[user])
    token = real_netbox.create("users/tokens", user=user, version=2)
    limited = NetBox(real_netbox.url, f"nbt_{token['key']}.{token['token']}")
    with FakeNetBoxThread(permissions=given) as fake:
        for one in (limited, NetBox(fake.url, fake.token)):
            assert one.request("GET", f"{SITES}/?limit=1").status == 200
            for path, body in (("dcim/devices/", None), ("dcim/locations/", None)):
                reply = one.request("GET", path, body)
                assert (reply.status, reply.body) == (403, {"detail": _FORBIDDEN})
            reply = one.request("PATCH", f"{SITES}/", [])
            assert (reply.status, reply.body) == (403, {"detail": _FORBIDDEN})
            for path, methods in ((f"{SITES}/", {"POST"}), ("dcim/devices/", {"PUT"}), ("dcim/locations/", set())):
                assert one.request("OPTIONS", path).body.get("actions", {}).keys() == methods
            permissions = one.get("authentication-check/")["permissions"]
            found = {kind: found["actions"] for found in permissions for kind in found["object_types"]}
            assert {kind: sorted(actions) for kind, actions in found.items()} == {
                kind: sorted(actions) for kind, actions in given.items()
            }
            assert all(found["enabled"] is True for found in permissions)


_FORBIDDEN = "You do not have permission to perform this action."
