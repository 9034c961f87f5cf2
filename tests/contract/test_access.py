from __future__ import annotations

import pytest

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
