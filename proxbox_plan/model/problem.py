"""Problem: something that a person should know or fix; the rest of the plan is not affected."""

from __future__ import annotations

from enum import StrEnum

from pydantic import Field

from proxbox_plan.core.address import Address
from proxbox_plan.model.base import Frozen


class ProblemCode(StrEnum):
    """Every problem there is. Closed list; each has a section in docs/problems.md."""

    ADDRESS_CONFLICT = "address-conflict"
    NAME_TAKEN = "name-taken"
    AMBIGUOUS_MATCH = "ambiguous-match"
    COPIED_KEY = "copied-key"
    UNREADABLE = "unreadable-metadata"
    REFERENCE_MISSING = "reference-missing"
    NOT_ALLOWED = "not-allowed"
    TOO_MANY_VLANS = "too-many-vlans"
    HOLDS_OTHERS = "holds-others"
    EDITED_SINCE = "edited-since"
    BLOCKED = "blocked"
    NO_PLACE = "no-place"
    UNKNOWN_NIC = "unknown-nic"
    IPAM_MANAGED = "ipam-managed"
    OUT_OF_SCOPE = "out-of-scope"
    RULE_FAILED = "rule-failed"
    REMOVAL_STOPPED = "removal-stopped"
    TIME_UNKNOWN = "time-unknown"


class Problem(Frozen):
    """What is wrong, with which object, and what to do."""

    code: ProblemCode
    address: Address = Field(description="Address of the object the problem is about.")
    message: str
    hint: str = ""
