"""Coverage: whether a part of the state is complete. Unknown is not absent."""

from __future__ import annotations

from enum import StrEnum

from pydantic import Field

from proxbox_plan.model.base import Frozen


class Incomplete(StrEnum):
    """Why a sub-tree could not be read completely. Closed list; documented in docs/problems.md."""

    NODE_OFFLINE = "node-offline"
    FORBIDDEN = "forbidden"
    TIMEOUT = "timeout"
    UNREACHABLE = "unreachable"
    SERVER_ERROR = "server-error"
    BAD_ANSWER = "bad-answer"
    UNKNOWN_STATUS = "unknown-status"
    HALF_MADE = "half-made"
    NO_QUORUM = "no-quorum"
    CONTRADICTION = "contradiction"
    GUEST_STOPPED = "guest-stopped"
    AGENT_DISABLED = "agent-disabled"
    AGENT_SILENT = "agent-silent"
    NIC_SILENT = "nic-silent"
    SEEN_ELSEWHERE = "seen-elsewhere"
    VALUE_MISSING = "value-missing"
    STORAGE_DISABLED = "storage-disabled"
    OLDER_STATE = "older-state"
    NOT_READ = "not-read"


class Coverage(Frozen):
    """Whether one sub-tree was read completely, and if not, why.

    Only a complete sub-tree proves that something is absent.
    """

    complete: bool = Field(description="True only when the whole sub-tree was read and understood.")
    reason: Incomplete | None = Field(default=None, description="Why it is not complete.")
    detail: str = Field(default="", description="One line for people: the path and what Proxmox answered.")


COMPLETE = Coverage(complete=True)
# The coverage of an area that was not requested, in this collection or in a state of an older release.
NOT_READ = Coverage(complete=False, reason=Incomplete.NOT_READ)


def first_incomplete(*coverages: Coverage) -> Coverage:
    """Return the first coverage that is not complete."""
    return next((coverage for coverage in coverages if not coverage.complete), COMPLETE)
