"""Relation: what NetBox deletes or empties along with an object, and how to ask for it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from proxbox_plan.model.netbox_versions import NEVER, OLDEST, Version


class Effect(StrEnum):
    """What becomes of an object when the one that it depends on is deleted."""

    DELETED = "deleted"
    EMPTIED = "emptied"  # it stays, without what refers to the deleted object
    REFUSED = "refused"  # it stays as it is, and NetBox refuses to delete the other one


@dataclass(frozen=True, slots=True)
class Relation:
    """One relation of another type to a kind: `filter` lists what depends on any of several objects of it."""

    model: str  # app_label.model of what depends on it
    path: str = ""  # list path of the API; empty where the object itself shows what depends on it
    filter: str = ""
    links: tuple[str, ...] = ()  # fields of a row of the list that refer to the object: ids, or objects with one
    effect: Effect = Effect.DELETED
    typed: str = ""  # filter that takes the object's type, where ids alone are ambiguous
    shown: str = ""  # field of the object itself that counts or lists what depends on it
    since: Version = OLDEST
    until: Version = NEVER
    plugin: str = ""
    singly: bool = False  # the filter takes one value only

    def is_on(self, version: Version, plugins: Collection[str]) -> bool:
        """Whether a NetBox of this version, with these plugins, has it."""
        return self.since <= version < self.until and (not self.plugin or self.plugin in plugins)


def generic(model: str, path: str, name: str, *, shown: str = "") -> Relation:
    """Return a relation by type and id: `{name}_type`, `{name}_id`."""
    return Relation(model, path, f"{name}_id", (f"{name}_id",), typed=f"{name}_type", shown=shown)


JOURNAL: Final = generic("extras.journalentry", "/api/extras/journal-entries/", "assigned_object")
"""Every object has a journal, in which people write."""
