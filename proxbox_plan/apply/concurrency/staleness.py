"""Staleness: which objects of a batch were edited by somebody else since we last knew them, and which only by us."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from proxbox_plan.apply.batches.lookup import Lookup
from proxbox_plan.apply.concurrency.own_changes import Changelog
from proxbox_plan.apply.journal import Entry
from proxbox_plan.apply.results import Results
from proxbox_plan.model.plan import Action, Change

EDITED = "edited in NetBox since the plan was made"
GONE = "deleted in NetBox since the plan was made"


@dataclass
class Parted:
    """One batch, parted."""

    good: list[Change] = field(default_factory=list)
    landed: list[Entry] = field(default_factory=list)
    edited: list[Change] = field(default_factory=list)
    gone: list[Change] = field(default_factory=list)
    newer: bool = False  # of a good one a newer time stamp is known now


class Staleness:
    """Compares the objects of a batch with what is known of them, right before or after NetBox refused it."""

    def __init__(self, lookup: Lookup, results: Results, changelog: Changelog) -> None:
        """Take what knows the objects."""
        self._lookup = lookup
        self._results = results
        self._changelog = changelog

    async def part(self, changes: Sequence[Change]) -> Parted:
        """Part located changes of one kind and method; what is missing but was to be deleted has landed."""
        rows = await self._lookup.rows(changes)
        parted = Parted()
        for change in changes:
            number = change.target_id or 0
            row = rows.get(number)
            if row is None:
                if change.action is Action.DELETE:
                    parted.landed.append(self._results.done(change, number, None))
                else:
                    parted.gone.append(change)
            else:
                await self._judge(change, row, parted)
        return parted

    async def _judge(self, change: Change, row: dict[str, Any], parted: Parted) -> None:
        stamp = row["last_updated"] or ""
        if stamp == self._results.stamp(change):
            parted.good.append(change)
        elif self._is_late(change, row):
            parted.landed.append(self._results.done(change, row["id"], stamp))
        elif self._results.is_related(change) and await self._is_harmless(change, row):
            self._results.saw(change, stamp)
            parted.newer = True
            parted.good.append(change)
        else:
            parted.edited.append(change)

    def _is_late(self, change: Change, row: dict[str, Any]) -> bool:
        """Whether this very change, sent without an answer, arrived after we looked."""
        sent = change.address in self._results.uncertain and change.action is not Action.DELETE
        return sent and self._lookup.agrees(change, row, after=True)

    async def _is_harmless(self, change: Change, row: dict[str, Any]) -> bool:
        """Whether writing takes nothing back that a person did.

        NetBox stamps a guest anew when what hangs off it changes, so this run itself may be the cause. An update is
        safe when the values it replaces are those of the plan; a deletion only when the changelog shows nobody else.
        """
        if change.action is Action.DELETE:
            return await self._changelog.only_ours(change)
        return self._lookup.agrees(change, row, after=False)
