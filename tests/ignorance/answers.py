"""The answers of one Proxmox, by what was asked: on the wire, so that whatever reads them is tried as it is."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import unquote, urlencode

from tests.recordings import recording

OK = 200
NOBODY_RECORDED = ("/aliases", "/ipset", "/route-maps/entries", "/prefix-lists")
"""Lists that the recordings lack and that are empty there."""
COMPARED = ("/cluster/sdn/controllers", "/cluster/sdn/vnets", "/cluster/sdn/zones")
"""Lists that were not recorded as they are compared with what runs: where all is applied, the rows are the same."""
_PLACES = (
    (re.compile(r"^/nodes/[^/]+"), "/nodes/{node}"),
    (re.compile(r"/(qemu|lxc)/\d+"), r"/\1/{vmid}"),
    (re.compile(r"/storage/[^/?]+"), "/storage/{storage}"),
    (re.compile(r"/(groups|ipset)/[^/?]+"), r"/\1/{name}"),
    (re.compile(r"/vnets/[^/?]+"), "/vnets/{vnet}"),
    (re.compile(r"/prefix-lists/[^/?]+"), "/prefix-lists/{name}"),
    (re.compile(r"\?.*$"), ""),
)


@dataclass(frozen=True)
class Reply:
    """What comes back over the wire; a silent one never comes."""

    status: int = OK
    reason: str = "OK"
    content: bytes = b""
    silent: bool = False

    @property
    def data(self) -> Any:
        """Return the data of an answer that is one."""
        return json.loads(self.content)["data"]


Answers = Mapping[str, Reply]
"""Replies by key: the path, and the query where it decides what is answered."""


def ok(data: object) -> Reply:
    """Return a 200 with these data."""
    return Reply(content=json.dumps({"data": data}, ensure_ascii=False).encode())


def refused(status: int, reason: str) -> Reply:
    """Return a refusal in Proxmox's form: the reason phrase, and the same text in the body."""
    return Reply(status, reason, json.dumps({"data": None, "message": f"{reason}\n"}).encode())


def key_of(path: str, query: Mapping[str, str]) -> str:
    """Return the key of a request; of the archive of tasks every page but the first has one of its own."""
    path = unquote(path)
    if path.endswith("/tasks"):
        start = query.get("start", "0")
        return path if start == "0" else f"{path}?start={start}"
    return f"{path}?{urlencode(sorted(query.items()))}" if query else path


@cache
def endpoint_of(key: str) -> str:
    """Return what is asked with a key, whatever node, guest or storage it is asked about."""
    for pattern, place in _PLACES:
        key = pattern.sub(place, key)
    return key


def reply_to(key: str, answers: Answers) -> Reply:
    """Return the reply to one request; what was not recorded is not implemented."""
    found = answers.get(key)
    if found is not None:
        return found
    return _EMPTY if "/tasks?start=" in key or key.endswith(NOBODY_RECORDED) else _NOT_IMPLEMENTED


def recorded(name: str) -> dict[str, Reply]:
    """Return the answers of a recording."""
    found: dict[str, Reply] = {}
    for path, answer in recording(name).answers.items():
        plain, _, query = path.partition("?")
        key = plain if plain.endswith("/tasks") else unquote(f"{plain}?{query}" if query else plain)
        found[key] = Reply(answer.status, answer.reason, answer.payload())
    for path in COMPARED:
        if path in found:
            found[f"{path}?pending=1"] = found[path]
    return found


_EMPTY = ok([])
_NOT_IMPLEMENTED = refused(501, "Method not implemented")
