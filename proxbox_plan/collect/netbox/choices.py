"""Choices: which values of a field NetBox does not have; it refuses to filter by them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from proxbox_plan.clients.netbox.client import NetBox
from proxbox_plan.clients.netbox.query import chunks
from proxbox_plan.core.errors import NetBoxError
from proxbox_plan.model.kind import Kind

Choices = Mapping[str, Mapping[str, Sequence[str]]]
"""Values by kind and field."""
_REFUSED: Final = 400


async def read_no_choices(netbox: NetBox, kinds: Mapping[str, Kind], wanted: Choices) -> Choices:
    """Return those of the values that are no choices."""
    asked = [(kind, name, values) for kind, by_name in wanted.items() for name, values in by_name.items()]
    found = await asyncio.gather(*(_refused(netbox, kinds[kind], name, values) for kind, name, values in asked))
    refused: dict[str, dict[str, tuple[str, ...]]] = {}
    for (kind, name, _), values in zip(asked, found, strict=True):
        if values:
            refused.setdefault(kind, {})[name] = values
    return refused


async def _refused(netbox: NetBox, kind: Kind, name: str, values: Sequence[str]) -> tuple[str, ...]:
    """Return the values that NetBox refuses: it takes all of them as a rule, else each is tried alone."""
    parts = list(chunks(name, values))
    taken = await asyncio.gather(*(_is_taken(netbox, kind, name, part) for part in parts))
    doubtful = [value for part, good in zip(parts, taken, strict=True) if not good for value in part]
    if len(doubtful) < 2:  # noqa: PLR2004 # one that was refused was alone
        return tuple(doubtful)
    alone = await asyncio.gather(*(_is_taken(netbox, kind, name, [value]) for value in doubtful))
    return tuple(value for value, good in zip(doubtful, alone, strict=True) if not good)


async def _is_taken(netbox: NetBox, kind: Kind, name: str, values: Iterable[str]) -> bool:
    try:
        await netbox.get(kind.path, {name: list(values), "fields": "id", "limit": 1})
    except NetBoxError as error:
        if error.status != _REFUSED:
            raise
        return False
    return True
