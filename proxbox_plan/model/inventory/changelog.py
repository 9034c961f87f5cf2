"""NetBox's changelog as far as it says who made NetBox differ."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from pydantic import Field

from proxbox_plan.model.base import Frozen

PATH = "/api/core/object-changes/"
OURS = "proxbox plan "
"""What the message of every change of ours begins with; the plan's id follows."""
LOCK = "proxbox-lock"
"""Name and slug of the tag that is on NetBox while an apply runs: no object carries it."""


class Access(StrEnum):
    """Whether the changelog could say who changed something."""

    READ = "read"
    NOT_NEEDED = "not-needed"  # no difference was made in NetBox
    FORBIDDEN = "forbidden"  # the token may not read it
    TOO_OLD = "too-old"  # this NetBox's has no messages: changes of users that apply are not told from our own


class Position(Frozen):
    """The newest entry of the changelog at some time: by it, a copy of NetBox from before that time is recognized."""

    entry: int = Field(description="Its id.")
    request: str = Field(description="Id of the request that it was part of.")
    time: str = Field(description="UTC, `2026-11-21T07:30:00Z`.")


class ChangelogEntry(Frozen):
    """One entry of the changelog."""

    id: int
    time: str = Field(description="UTC, `2026-11-21T07:30:00Z`.")
    user: str
    message: str = ""
    action: str = Field(description="create, update or delete.")
    object_type: str
    object_id: int
    request: str = Field(description="Id of the request that it was part of.")
    before: dict[str, Any] = Field(default_factory=dict, description="The object's fields as they were.")
    after: dict[str, Any] = Field(default_factory=dict, description="The object's fields as they became.")

    by_applier: bool = Field(default=False, description="Its user applies plans, and no message says what this was.")

    @property
    def is_ours(self) -> bool:
        """Whether an apply of ours wrote it, or may have where no message tells.

        What goes along with such a write is logged without its message.
        """
        return self.message.startswith(OURS) or self.by_applier


class History(Frozen):
    """What the changelog says about the objects that were asked for."""

    access: Access
    entries: tuple[ChangelogEntry, ...] = Field(default=(), description="Newest first.")
