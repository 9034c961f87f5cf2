"""Cache validation: proves with GraphQL which lists of NetBox are unchanged since an inventory was saved.

Each list request of the REST API has a fixed cost: NetBox builds every filter there is. GraphQL answers ten short lists
in the time of one, by id and time of change. An answer can prove that a list is unchanged, never that an object changed
or no longer exists. Any list that is not proven unchanged (GraphQL switched off, an older NetBox, a missing permission,
any difference) is read with the REST API.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from proxbox_plan.clients.netbox.client import NetBox
from proxbox_plan.clients.netbox.query import LONGEST_QUERY, parted, size
from proxbox_plan.core.errors import NetBoxError
from proxbox_plan.model.inventory import Row
from proxbox_plan.model.kind import KEY_FIELD, Kind
from proxbox_plan.model.netbox_versions import GRAPHQL_FILTERS

PATH = "/graphql/"
MOST_LISTS = 10  # in one request; NetBox allows ten aliases by default
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
        return f"{self.name}(filters:{self.filter},pagination:{{limit:{len(self.rows) + 1}}}){{{self.columns}}}"

    @property
    def columns(self) -> str:
        """What tells whether an object is the same; what others show whole may have no time of change."""
        return "id name slug" if self.kind.shown_whole else "id last_updated"

    def proof(self, row: Mapping[str, Any]) -> object:
        """Return what these columns say of a row; raise KeyError, TypeError or ValueError where they are not there."""
        return (row["name"], row["slug"]) if self.kind.shown_whole else datetime.fromisoformat(row["last_updated"])

    @cached_property
    def beyond(self) -> str:
        """The GraphQL query of what comes after the known number of objects."""
        pages = f"{{offset:{len(self.rows)},limit:1}}"
        return f"{self.beyond_name}:{self.name}(filters:{self.filter},pagination:{pages}){{id}}"

    @property
    def beyond_name(self) -> str:
        """Name of what comes after the known number of objects."""
        return f"after_{self.name}"


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
    """Return the kinds whose lists are proven unchanged, in as few requests as possible.

    NetBox cuts an answer at its MAX_PAGE_SIZE without saying so. The longest list shows that no shorter one is cut;
    what comes after the longest is asked for besides.
    """
    asked = [saved for saved in lists if _can_be_proven(saved)] if GRAPHQL_FILTERS.is_in(netbox.version) else []
    longest = max((len(saved.rows) for saved in asked), default=0)
    questions = {
        saved.name: (saved.question, *([saved.beyond] if len(saved.rows) == longest else [])) for saved in asked
    }
    parts = parted(questions.values(), lambda texts: sum(size(text) + 1 for text in texts), MOST_LISTS)
    answers = await asyncio.gather(*(_answer(netbox, [text for texts in part for text in texts]) for part in parts))
    found = {name: rows for answer in answers for name, rows in answer.items()}
    most = max(map(len, found.values()), default=0)
    return frozenset(saved.kind.name for saved in asked if _is_whole(saved, found, most) and _is_same(saved, found))


def _can_be_proven(saved: CachedList) -> bool:
    """Whether an answer can prove the list unchanged; an empty one cannot, as GraphQL hides objects silently."""
    timed = saved.kind.shown_whole or all(row.last_updated for row in saved.rows)
    few = 0 < len(saved.rows) <= MOST_ROWS and size(saved.question) + size(saved.beyond) < LONGEST_QUERY
    return saved.kind.plugin is None and few and timed


async def _answer(netbox: NetBox, questions: Sequence[str]) -> dict[str, list[Any]]:
    """Return the lists of an answer by name."""
    try:
        body = await netbox.get(PATH, {"query": "{" + " ".join(questions) + "}"})
    except NetBoxError:  # the REST request that replaces it reports the error, if it persists
        return {}
    data = body.get("data") if isinstance(body, dict) else None
    return {name: rows for name, rows in data.items() if isinstance(rows, list)} if isinstance(data, dict) else {}


def _is_whole(saved: CachedList, found: Mapping[str, list[Any]], most: int) -> bool:
    """Whether a list of the known length is not cut: another one is longer, or nothing comes after it."""
    return len(saved.rows) < most or found.get(saved.beyond_name) == []


def _is_same(saved: CachedList, found: Mapping[str, list[Any]]) -> bool:
    try:
        rows = found[saved.name]
        there = {int(row["id"]): saved.proof(row) for row in rows}
        known = {row.id: saved.proof({**row.fields, "last_updated": row.last_updated}) for row in saved.rows}
    except (KeyError, TypeError, ValueError):
        return False
    return len(rows) == len(known) and there == known
