"""Census: which lists of NetBox are, object for object, as a saved inventory has them.

A list of the REST API costs NetBox as much for one object as for a hundred: it builds every filter there is. GraphQL
answers ten short lists in the time of one, by id and time of change. That may prove that nothing changed, and never
that something did or is gone: what is not exactly as it was, or can't be asked (GraphQL switched off, an older
NetBox, a permission), is read with the REST API, as if nobody had asked.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any
from urllib.parse import quote

from proxbox_plan.clients.netbox.client import NetBox
from proxbox_plan.clients.netbox.query import LONGEST_QUERY, parted
from proxbox_plan.core.errors import NetBoxError
from proxbox_plan.model.inventory import KEY_FIELD, Row
from proxbox_plan.model.kind import Kind

PATH = "/graphql/"
SINCE = (4, 3)  # first NetBox whose GraphQL has filters of this form
MOST_LISTS = 20  # in one request
MOST_ROWS = 500  # of so many, a number and the newest of them are found sooner


@dataclass(frozen=True)
class CachedList:
    """A list of which all objects are known as they were: those of a kind that pass a filter."""

    kind: Kind
    filter: str  # as GraphQL writes it
    rows: Sequence[Row]

    @property
    def name(self) -> str:
        """What GraphQL calls the list."""
        return f"{self.kind.name.replace('-', '_')}_list"

    @cached_property
    def question(self) -> str:
        """The list, as GraphQL asks for it: with more than there are, if there are more."""
        return f"{self.name}(filters:{self.filter},pagination:{{limit:{len(self.rows) + 1}}}){{id last_updated}}"


def ours(prefixes: Sequence[str]) -> str:
    """Return the filter of objects with a key of ours."""
    found = ""
    for prefix in reversed(prefixes):
        lookup = f"{{string_lookup:{{starts_with:{_text(prefix)}}}}}"
        one = f"custom_field_data:{{path:{_text(KEY_FIELD)},lookup:{lookup}}}"
        found = f"{{{one},OR:{found}}}" if found else f"{{{one}}}"
    return found


def named(field: str, values: Iterable[str]) -> str:
    """Return the filter of objects with one of these values in a field."""
    return f"{{{field}:{{in_list:[{','.join(map(_text, values))}]}}}}"


def _text(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)


async def unchanged(netbox: NetBox, lists: Iterable[CachedList]) -> frozenset[str]:
    """Return the kinds of the lists that were proven to be as they are known, in as few requests as possible."""
    asked = [saved for saved in lists if _can_be_proven(saved)] if netbox.version >= SINCE else []
    parts = await asyncio.gather(*(_proven(netbox, part) for part in parted(asked, _size, MOST_LISTS)))
    return frozenset(name for part in parts for name in part)


def _can_be_proven(saved: CachedList) -> bool:
    """Whether an answer would prove anything: GraphQL answers who may not see the objects with none, too."""
    timed = all(row.last_updated for row in saved.rows)
    few = 0 < len(saved.rows) <= MOST_ROWS and _size(saved) <= LONGEST_QUERY
    return saved.kind.plugin is None and few and timed


def _size(saved: CachedList) -> int:
    return len(quote(saved.question, safe="")) + 3


async def _proven(netbox: NetBox, lists: Sequence[CachedList]) -> list[str]:
    text = "{" + " ".join(saved.question for saved in lists) + "}"
    try:
        body = await netbox.get(PATH, {"query": text})
    except NetBoxError:  # whatever it was: what is read instead will say so, if it matters
        return []
    return [saved.kind.name for saved in lists if _is_same(saved, body)]


def _is_same(saved: CachedList, body: Any) -> bool:
    try:
        rows = body["data"][saved.name]
        there = {int(row["id"]): datetime.fromisoformat(row["last_updated"]) for row in rows}
        known = {row.id: datetime.fromisoformat(row.last_updated or "") for row in saved.rows}
    except (KeyError, TypeError, ValueError):
        return False
    return len(rows) == len(known) and there == known
