"""Cache validation: proves with GraphQL which lists of NetBox are unchanged since an inventory was saved.

Each list request of the REST API has a fixed cost: NetBox builds every filter there is. GraphQL answers ten short lists
in the time of one, by id and time of change. An answer can prove that a list is unchanged, never that an object changed
or no longer exists. Any list that is not proven unchanged (GraphQL switched off, an older NetBox, a missing permission,
any difference) is read with the REST API.
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
MOST_ROWS = 500  # above this, the count and the newest object are read faster


@dataclass(frozen=True)
class CachedList:
    """A list known from a saved inventory: all objects of a kind that pass a filter."""

    kind: Kind
    filter: str  # as GraphQL writes it
    rows: Sequence[Row]

    @property
    def name(self) -> str:
        """Name of the list in GraphQL."""
        return f"{self.kind.name.replace('-', '_')}_list"

    @cached_property
    def question(self) -> str:
        """The GraphQL query of the list; its limit is one above the known number, so that an added object shows."""
        return f"{self.name}(filters:{self.filter},pagination:{{limit:{len(self.rows) + 1}}}){{id last_updated}}"


def ours(prefixes: Sequence[str]) -> str:
    """Return the filter of managed objects: those whose key has one of the prefixes."""
    found = ""
    for prefix in reversed(prefixes):
        lookup = f"{{string_lookup:{{starts_with:{_text(prefix)}}}}}"
        one = f"custom_field_data:{{path:{_text(KEY_FIELD)},lookup:{lookup}}}"
        found = f"{{{one},OR:{found}}}" if found else f"{{{one}}}"
    return found


def named(field: str, values: Iterable[str]) -> str:
    """Return the filter of objects whose field has one of these values."""
    return f"{{{field}:{{in_list:[{','.join(map(_text, values))}]}}}}"


def _text(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)


async def unchanged(netbox: NetBox, lists: Iterable[CachedList]) -> frozenset[str]:
    """Return the kinds whose lists are proven unchanged, in as few requests as possible."""
    asked = [saved for saved in lists if _can_be_proven(saved)] if netbox.version >= SINCE else []
    parts = await asyncio.gather(*(_proven(netbox, part) for part in parted(asked, _size, MOST_LISTS)))
    return frozenset(name for part in parts for name in part)


def _can_be_proven(saved: CachedList) -> bool:
    """Whether an answer can prove the list unchanged; an empty one cannot, as GraphQL hides objects silently."""
    timed = all(row.last_updated for row in saved.rows)
    few = 0 < len(saved.rows) <= MOST_ROWS and _size(saved) <= LONGEST_QUERY
    return saved.kind.plugin is None and few and timed


def _size(saved: CachedList) -> int:
    return len(quote(saved.question, safe="")) + 3


async def _proven(netbox: NetBox, lists: Sequence[CachedList]) -> list[str]:
    text = "{" + " ".join(saved.question for saved in lists) + "}"
    try:
        body = await netbox.get(PATH, {"query": text})
    except NetBoxError:  # the REST request that replaces it reports the error, if it persists
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
