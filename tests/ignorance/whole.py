"""Answers that do not come, or that are none: always ignorance, whatever was asked."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from types import MappingProxyType

from tests.ignorance.answers import OK, Answers, Reply, endpoint_of, refused
from tests.ignorance.case import Case, Sort
from tests.ignorance.estate import Estate

LOGIN_PAGE = b"<!DOCTYPE html><html><title>Proxmox Virtual Environment</title></html>"
FAULTS = MappingProxyType(
    {
        "403": refused(403, "Permission check failed"),
        "500": refused(500, "got no worker upid - start worker failed"),
        "595": Reply(595, "Connection refused"),
        "timeout": Reply(silent=True),
        "login page": Reply(content=LOGIN_PAGE),
        "null": Reply(content=b'{"data":null}'),
        "cut off": Reply(),  # made of the answer itself
    }
)


def whole_answers(estate: Estate, *, everywhere: frozenset[str]) -> Iterator[Case]:
    """Give every fault of every answer that was asked for.

    In every run each endpoint loses the answer that says most: in all ways where the endpoint is in `everywhere`, and
    in one way, another for each endpoint, where it is not.
    """
    keys = [key for key in estate.asked if is_good(estate, key)]
    richest: dict[str, str] = {}
    for key in sorted(keys, key=lambda key: (-len(estate.answers[key].content), key)):
        richest.setdefault(endpoint_of(key), key)
    places = sorted(richest)
    for key in keys:
        endpoint = endpoint_of(key)
        turn = places.index(endpoint)
        for number, fault in enumerate(FAULTS):
            often = endpoint in everywhere or (number + turn) % len(FAULTS) == 0
            yield Case(
                recording=estate.name,
                sort=Sort.ANSWER,
                endpoint=endpoint,
                fault=fault,
                where=key,
                make=partial(_spoiled, estate, (key,), fault),
                sampled=often and richest[endpoint] == key,
            )
    yield from _silent_nodes(estate, keys)


def _silent_nodes(estate: Estate, keys: list[str]) -> Iterator[Case]:
    """Give nodes that answer nothing at all although the cluster takes them for online."""
    names = sorted({key.split("/")[2] for key in keys if key.startswith("/nodes/")})
    for number, name in enumerate(names):
        below = tuple(key for key in keys if key.startswith(f"/nodes/{name}/"))
        for fault in ("403", "500", "595", "timeout"):
            yield Case(
                recording=estate.name,
                sort=Sort.ANSWER,
                endpoint="/nodes/{node}/*",
                fault=fault,
                where=f"/nodes/{name}/*",
                make=partial(_spoiled, estate, below, fault),
                sampled=number == 0,
            )


def is_good(estate: Estate, key: str) -> bool:
    """Whether a key has a full answer that can be taken away."""
    reply = estate.answers.get(key)
    return reply is not None and reply.status == OK


def _spoiled(estate: Estate, keys: tuple[str, ...], fault: str) -> Answers:
    return {key: spoil(estate.answers[key], fault) for key in keys}


def spoil(reply: Reply, fault: str) -> Reply:
    """Return what comes instead of a reply."""
    if fault == "cut off":
        return Reply(content=reply.content[: len(reply.content) // 2])
    return FAULTS[fault]
