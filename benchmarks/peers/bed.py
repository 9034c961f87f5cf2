"""The real NetBox of the tests, for a benchmark: up, empty again before each tool, and down at the end."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import requests

from benchmarks.peers.processes import ToolError
from scripts.real_netbox import running_testbed, testbed

SECONDS = 300.0  # a NetBox that a stopped tool has left busy is slow
# What is no object, or counts one twice.
NOT_OBJECTS = frozenset({"extras/tagged-objects", "extras/bookmarks", "extras/notifications", "extras/subscriptions"})
# What a name answers that leads to no list of objects.
NO_LIST = frozenset({HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED})
ROOTS = ("dcim", "extras", "ipam", "tenancy", "virtualization", "vpn", "plugins/proxbox", "plugins/proxbox/endpoints")


@dataclass(frozen=True)
class NetBox:
    """A NetBox, reached directly: what is done here is not measured."""

    url: str
    token: str
    """Version 2."""
    token_v1: str
    version: str
    plugin: str
    """Version of netbox-proxbox."""
    pids: tuple[int, ...]
    """The processes that everything else of it comes from: its web server's, its database's, its cache's."""

    def reset(self) -> None:
        """Empty it."""
        testbed("reset")

    def create(self, path: str, **fields: Any) -> int:
        """Make an object and return its id."""
        answer = requests.post(f"{self.url}/api/{path}/", json=fields, headers=self._headers(), timeout=SECONDS)
        if not answer.ok:
            raise ToolError(f"NetBox refuses {path} that it wants beforehand: {answer.text[:300]}")
        return int(answer.json()["id"])

    def counts(self) -> dict[str, int]:
        """Return how many objects there are, by the path of their kind."""
        found = {}
        with requests.Session() as session:
            session.headers.update(self._headers())
            for root in ROOTS:
                for name in self._get(session, root):
                    path = f"{root}/{name}"
                    if path not in NOT_OBJECTS:
                        found[path] = int(self._get(session, path).get("count", 0))
        return found

    def _get(self, session: requests.Session, path: str) -> dict[str, Any]:
        answer = session.get(f"{self.url}/api/{path}/", params={"limit": 1}, timeout=SECONDS)
        if answer.status_code in NO_LIST:
            return {}
        answer.raise_for_status()
        document: dict[str, Any] = answer.json()
        return document

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}


@contextlib.contextmanager
def running() -> Iterator[NetBox]:
    """Bring it up, and down at the end unless it was up before."""
    with running_testbed() as found:
        versions = found["versions"]
        yield NetBox(
            found["url"],
            found["token_v2"],
            found["token_v1"],
            versions["netbox"],
            versions["netbox_proxbox"],
            tuple(found["pids"].values()),
        )
