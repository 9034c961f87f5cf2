"""Event: one line of `--events`: what a command is doing, for dashboards and other programs."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from pydantic import Field

from proxbox_plan.model.base import Frozen
from proxbox_plan.model.outcome import Result
from proxbox_plan.model.plan import Action, Reason


class Stage(StrEnum):
    """The stage of a command."""

    COLLECT = "collect"
    READ = "read"  # NetBox, for a plan
    PLAN = "plan"
    APPLY = "apply"


class EventType(StrEnum):
    """What an event says. Programs skip unknown ones: releases may add more."""

    STARTED = "started"  # so many pieces of work are ahead; may come again, then they add up
    PROGRESS = "progress"  # one piece is done, whatever became of it
    PLANNED = "planned"  # one change of the plan
    DONE = "done"  # one change landed in NetBox
    FAILED = "failed"  # one change did not, and why
    WAITING = "waiting"  # nothing happens until something else does: a server answers, or another run ends
    WARNING = "warning"
    SUMMARY = "summary"  # a stage is over: its result in one line
    ERROR = "error"  # the command ends with an error


class Event(Frozen):
    """One event; its line has only the fields that are set."""

    event: EventType
    at: str = Field(description="When, in UTC: 2026-01-31T23:59:59Z")
    stage: Stage | None = None
    total: int | None = Field(default=None, description="Pieces of work of the stage, as far as it is known.")
    done: int | None = Field(default=None, description="Of them finished.")
    label: str | None = Field(default=None, description="The piece, in words.")
    address: str | None = Field(default=None, description="Of the change, as the plan has it.")
    kind: str | None = None
    name: str | None = None
    cluster: str | None = None
    action: Action | None = None
    reason: Reason | None = None
    result: Result | None = None
    netbox_id: int | None = None
    message: str | None = Field(default=None, description="In words: a summary, wait, warning, error or failure.")
    hint: str | None = None
    exit_code: int | None = None

    def line(self) -> str:
        """Return it as one line of JSON."""
        return self.model_dump_json(exclude_none=True) + "\n"


def event_schema() -> dict[str, Any]:
    """Return the JSON Schema of one line."""
    schema = Event.model_json_schema(mode="serialization")
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": "proxbox-plan event"}
