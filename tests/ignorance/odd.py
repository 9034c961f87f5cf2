"""Answers that contradict each other, that are only half of the truth, or that say the same in other words."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import Any

from tests.ignorance.answers import Answers, endpoint_of, ok
from tests.ignorance.case import Case, Sort
from tests.ignorance.contradictions import macs_of
from tests.ignorance.estate import Estate
from tests.ignorance.whole import is_good

STATUS, NODES, RESOURCES, BACKUP = "/cluster/status", "/nodes", "/cluster/resources", "/cluster/backup"
AGENT = "/agent/network-get-interfaces"
DOCKER = {
    "name": "docker0",
    "hardware-address": "02:42:ac:11:00:01",
    "ip-addresses": [{"ip-address": "172.17.0.1", "ip-address-type": "ipv4", "prefix": 16}],
}
ELSEWHERE = "02:00:5e:00:53:01"
IDENTITY = ("id", "vmid", "node", "type")
_LINE = re.compile(r"^((net|scsi|virtio|sata|ide|efidisk|tpmstate|mp)\d+|rootfs)$", re.ASCII)
_INSIDE = ("proxbox-guest-*",)
"""What the plugin's tables of the inside of guests may say of an interface that is new or another."""


def odd(estate: Estate, other: Estate) -> Iterator[Case]:
    """Give all of them; `other` is another cluster."""
    yield from _clusters(estate, other)
    yield from _guests(estate)
    yield from _insides(estate)
    yield from _same_again(estate)


def _case(
    estate: Estate,
    fault: str,
    where: str,
    make: Callable[[], Answers],
    *,
    sampled: bool,
    knowledge: tuple[str, ...] = (),
) -> Case:
    return Case(
        recording=estate.name,
        sort=Sort.ODD,
        endpoint=endpoint_of(where),
        fault=fault,
        where=where,
        make=make,
        sampled=sampled,
        knowledge=knowledge,
    )


def _clusters(estate: Estate, other: Estate) -> Iterator[Case]:
    """Nodes that do not see the others, and another cluster behind the same name."""
    status = estate.answers[STATUS].data
    members = [row for row in status if row["type"] == "node"]
    online = [row["name"] for row in members if row["online"]]
    if len(members) > 1:
        for number, name in enumerate(online):
            yield _case(
                estate, "a node that knows of no cluster", STATUS, partial(_alone, estate, name), sampled=number == 0
            )
            yield _case(
                estate,
                "a node without quorum",
                STATUS,
                partial(_minority, estate, name),
                sampled=number == 0,
                knowledge=("proxbox-cluster.update.quorate", "proxbox-cluster-state.update.*quor*"),
            )
    answers = {key: other.answers[key] for key in other.asked if key in other.answers}
    yield replace(_case(estate, "another cluster answers", "/", lambda: answers, sampled=True), coarse=True)


def _alone(estate: Estate, name: str) -> Answers:
    row = next(row for row in estate.answers[STATUS].data if row.get("name") == name)
    return {STATUS: ok([{**row, "local": 1, "nodeid": 0}])}


def _minority(estate: Estate, name: str) -> Answers:
    def status(row: dict[str, Any]) -> dict[str, Any]:
        if row["type"] == "cluster":
            return {**row, "quorate": 0}
        return row if row["name"] == name else {**row, "online": 0}

    return {
        STATUS: ok([status(row) for row in estate.answers[STATUS].data]),
        NODES: ok([row if row["node"] == name else {**row, "status": "offline"} for row in estate.answers[NODES].data]),
    }


def _guests(estate: Estate) -> Iterator[Case]:
    """Guests of which the list has no fresh numbers, one by one and all of a node."""
    rows = [row for row in estate.answers[RESOURCES].data if row["type"] in {"qemu", "lxc"} and "name" in row]
    seen: set[str] = set()
    for row in rows:
        bare = partial(_bare, estate, frozenset({row["id"]}))
        yield _case(estate, f"{row['type']} without fresh numbers", RESOURCES, bare, sampled=row["type"] not in seen)
        seen.add(row["type"])
    for number, node in enumerate(sorted({row["node"] for row in rows})):
        bare = partial(_bare, estate, frozenset(row["id"] for row in rows if row["node"] == node))
        yield _case(estate, "all guests of a node without fresh numbers", RESOURCES, bare, sampled=number == 0)


def _bare(estate: Estate, ids: frozenset[str]) -> Answers:
    def change(row: dict[str, Any]) -> dict[str, Any]:
        return {**{name: row[name] for name in IDENTITY}, "status": "unknown"} if row["id"] in ids else row

    return {RESOURCES: ok([change(row) for row in estate.answers[RESOURCES].data])}


def _insides(estate: Estate) -> Iterator[Case]:
    """Guests that show only part of their network."""
    asked = [key for key in estate.asked if key.endswith(AGENT) and is_good(estate, key)]
    keys = [key for key in asked if isinstance(estate.answers[key].data["result"], list)]
    faults: list[tuple[str, Callable[[list[Any], set[str]], list[Any]], tuple[str, ...]]] = [
        ("still starting: only link-local addresses", _starting, _INSIDE),
        ("a prefix of -1 for every IPv6 address", partial(_prefix, "ipv6"), _INSIDE),
        ("a prefix of -1 for every IPv4 address", partial(_prefix, "ipv4"), _INSIDE),
        ("an interface without a name", lambda rows, _macs: [*rows, {**DOCKER, "name": None}], _INSIDE),
        ("the addresses are on another MAC", _moved, _INSIDE),
    ]
    for fault, change, knowledge in faults:
        for number, key in enumerate(sorted(keys, key=lambda key: (-len(estate.answers[key].content), key))):
            make = partial(_inside, estate, key, change)
            yield _case(estate, fault, key, make, sampled=number == 0, knowledge=knowledge)


def _inside(estate: Estate, key: str, change: Callable[[list[Any], set[str]], list[Any]]) -> Answers:
    rows = json.loads(json.dumps(estate.answers[key].data["result"]))
    return {key: ok({"result": change(rows, macs_of(estate.answers, key))})}


def _starting(rows: list[Any], macs: set[str]) -> list[Any]:
    """Return the NICs with what they have before anybody gave them an address, and a bridge that has one already."""
    local = {"ip-address": "fe80::be24:11ff:fe00:1", "ip-address-type": "ipv6", "prefix": 64}
    own = [row for row in rows if str(row.get("hardware-address")).upper() in macs]
    others = [row for row in rows if row not in own and row["name"] != DOCKER["name"]]
    return [*others, *({**row, "ip-addresses": [local]} for row in own), DOCKER]


def _prefix(family: str, rows: list[Any], macs: set[str]) -> list[Any]:
    del macs
    for row in rows:
        for address in row.get("ip-addresses", []):
            if address["ip-address-type"] == family:
                address["prefix"] = -1
    return rows


def _moved(rows: list[Any], macs: set[str]) -> list[Any]:
    own = [row for row in rows if str(row.get("hardware-address")).upper() in macs]
    for number, row in enumerate(own):
        row["hardware-address"] = f"{ELSEWHERE[:-2]}{number:02x}"
    return rows


def _same_again(estate: Estate) -> Iterator[Case]:
    """Give the same answers in another order, in other words, and at another time."""
    for key in estate.asked:
        if is_good(estate, key) and isinstance(estate.answers[key].data, list) and len(estate.answers[key].data) > 1:
            yield _case(estate, "rows in another order", key, partial(_reversed, estate, (key,)), sampled=False)
    every = partial(_reversed, estate, tuple(key for key in estate.asked if is_good(estate, key)))
    yield _case(estate, "all rows in another order", "/", every, sampled=True)
    configs = [key for key in estate.asked if key.endswith("/config?current=1") and is_good(estate, key)]
    for key in configs:
        yield _case(estate, "options in another order", key, partial(_respelled, estate, (key,)), sampled=False)
    yield _case(estate, "all options in another order", "/", partial(_respelled, estate, tuple(configs)), sampled=True)
    if is_good(estate, BACKUP):
        later = [
            {**row, "next-run": row["next-run"] + 900} if "next-run" in row else row
            for row in estate.answers[BACKUP].data
        ]
        yield _case(estate, "a quarter of an hour later", BACKUP, lambda: {BACKUP: ok(later)}, sampled=True)


def _reversed(estate: Estate, keys: tuple[str, ...]) -> Answers:
    lists = {key: estate.answers[key].data for key in keys}
    return {key: ok(data[::-1]) for key, data in lists.items() if isinstance(data, list)}


def _respelled(estate: Estate, keys: tuple[str, ...]) -> Answers:
    """Return configurations whose lines have their first word last: its key is the default one, wherever it stands."""
    return {key: ok({name: _turned(name, line) for name, line in estate.answers[key].data.items()}) for key in keys}


def _turned(name: str, line: Any) -> Any:
    if not _LINE.match(name):
        return line
    first, *rest = str(line).split(",")
    return ",".join([*rest, first])
