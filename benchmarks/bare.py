"""Bare scripts that speak to NetBox: what a person writes who wants nothing but the requests, as fast as they go.

`python -m benchmarks.bare send FILE` sends prepared bulk requests, each as soon as the objects it refers to exist;
`... read FILE` reads prepared lists. Both take NetBox's address and token from NETBOX_URL and NETBOX_TOKEN and keep as
many requests on the way as CONCURRENT says. They hold no lock, keep no journal, check nothing and try nothing again.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Any

import aiohttp

ID_OF = "@id of:"  # what follows in a value of a body is an address: the id of what was created under it


async def send(session: aiohttp.ClientSession, requests: list[dict[str, Any]], concurrent: int) -> None:
    """Send all requests: `method`, `path`, `rows`, the `addresses` of the rows, and the requests it `needs`."""
    slots = asyncio.Semaphore(concurrent)
    done = [asyncio.Event() for _ in requests]
    ids: dict[str, int] = {}

    async def one(number: int, request: dict[str, Any]) -> None:
        for need in request["needs"]:
            await done[need].wait()
        async with slots:
            body = [_resolved(row, ids) for row in request["rows"]]
            async with session.request(request["method"], request["path"], json=body) as answer:
                if answer.status not in (200, 201, 204):
                    raise RuntimeError(f"{answer.status} {request['path']}: {(await answer.text())[:500]}")
                rows = await answer.json()
        if request["method"] == "POST":
            ids.update(zip(request["addresses"], (row["id"] for row in rows), strict=True))
        done[number].set()

    async with asyncio.TaskGroup() as group:
        for number, request in enumerate(requests):
            group.create_task(one(number, request))


async def read(session: aiohttp.ClientSession, lists: list[dict[str, Any]], concurrent: int) -> None:
    """Read all lists, page after page: `path` and `query`."""
    slots = asyncio.Semaphore(concurrent)

    async def one(wanted: dict[str, Any]) -> None:
        query = {**wanted["query"], "limit": 1000, "start": 0}
        while True:
            async with slots, session.get(wanted["path"], params=query) as answer:
                page = await answer.json()
            if not page["next"]:
                return
            query["start"] = page["results"][-1]["id"] + 1

    async with asyncio.TaskGroup() as group:
        for wanted in lists:
            group.create_task(one(wanted))


def _resolved(value: Any, ids: dict[str, int]) -> Any:
    match value:
        case str() if value.startswith(ID_OF):
            return ids[value.removeprefix(ID_OF)]
        case dict():
            return {name: _resolved(item, ids) for name, item in value.items()}
        case list():
            return [_resolved(item, ids) for item in value]
        case _:
            return value


async def _main(what: str, work: list[dict[str, Any]]) -> None:
    headers = {"Authorization": f"Bearer {os.environ['NETBOX_TOKEN']}"}
    concurrent = int(os.environ["CONCURRENT"])
    async with aiohttp.ClientSession(os.environ["NETBOX_URL"], headers=headers) as session:
        await {"send": send, "read": read}[what](session, work, concurrent)


if __name__ == "__main__":
    asyncio.run(_main(sys.argv[1], json.loads(Path(sys.argv[2]).read_text(encoding="utf-8"))))
