"""Messages: the documents' codes in words; one table per closed list, so that mypy and a test find a missing one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from proxbox_plan.model.drift import Origin
from proxbox_plan.model.outcome import Result
from proxbox_plan.model.plan import Action, Cause, Reason
from proxbox_plan.model.problem import ProblemCode
from proxbox_plan.model.state import Incomplete

MARKERS: Final[Mapping[Action, str]] = {
    Action.CREATE: "+",
    Action.UPDATE: "~",
    Action.MOVE: "→",
    Action.DELETE: "-",
    Action.ADOPT: "»",
    Action.FORGET: "×",  # noqa: RUF001  # a multiplication sign on purpose: forgotten, not deleted
}

REASONS: Final[Mapping[Reason, str]] = {
    Reason.NEW: "new in Proxmox",
    Reason.SUPPORT: "needed by other objects",
    Reason.CHANGED: "changed in Proxmox",
    Reason.EDITED: "edited in NetBox, Proxmox's value is restored",
    Reason.BOTH: "changed on both sides, Proxmox's value wins",
    Reason.MOVED: "moved to another node",
    Reason.MOVED_CLUSTER: "moved to another cluster",
    Reason.REASSIGNED: "on another interface in Proxmox",
    Reason.REVIVED: "back in Proxmox after its vmid was another guest's",
    Reason.RENAMED: "renamed in Proxmox",
    Reason.MATCHED: "already in NetBox, adopted",
    Reason.GONE: "no longer exists in Proxmox",
    Reason.EXPIRED: "decommissioned long enough",
    Reason.PARENT_GONE: "parent no longer exists in Proxmox",
    Reason.REPLACED: "vmid now belongs to another guest",
    Reason.PRIMARY: "primary address",
    Reason.CYCLE: "second pass, after the objects it refers to",
    Reason.FORGOTTEN: "listed under `forget` in the configuration",
    Reason.UNDO: "reverted by undo",
}

CAUSES: Final[Mapping[Cause, str]] = {
    Cause.NEW: "New in Proxmox",
    Cause.PROXMOX: "Changed in Proxmox",
    Cause.NETBOX: "Changed in NetBox",
    Cause.BOTH: "Changed on both sides",
    Cause.ADOPTED: "Different in an adopted object",
}

ORIGINS: Final[Mapping[Origin, str]] = {
    Origin.NETBOX: CAUSES[Cause.NETBOX],
    Origin.DELETED: "Deleted in NetBox",
    Origin.BOTH: CAUSES[Cause.BOTH],
    Origin.PROXMOX: CAUSES[Cause.PROXMOX],
    Origin.ADOPTED: CAUSES[Cause.ADOPTED],
    Origin.NEW: CAUSES[Cause.NEW],
    Origin.GONE: "No longer in Proxmox",
    Origin.PRESERVED: "Changed in NetBox, which is authoritative for the field",
}

INCOMPLETE: Final[Mapping[Incomplete, str]] = {
    Incomplete.NODE_OFFLINE: "its node is offline",
    Incomplete.FORBIDDEN: "the token lacks the privilege to read it",
    Incomplete.TIMEOUT: "Proxmox did not answer in time",
    Incomplete.UNREACHABLE: "Proxmox could not be reached",
    Incomplete.SERVER_ERROR: "Proxmox answered with an error",
    Incomplete.BAD_ANSWER: "the answer of Proxmox is not understood",
    Incomplete.UNKNOWN_STATUS: "Proxmox does not know its status",
    Incomplete.HALF_MADE: "it is still being created",
    Incomplete.NO_QUORUM: "the cluster has no quorum",
    Incomplete.CONTRADICTION: "two answers of Proxmox contradict each other",
    Incomplete.GUEST_STOPPED: "the guest is not running",
    Incomplete.AGENT_DISABLED: "the guest agent is not enabled",
    Incomplete.AGENT_SILENT: "the guest agent does not answer",
    Incomplete.NIC_SILENT: "the guest shows no address on that NIC",
    Incomplete.SEEN_ELSEWHERE: "the guest shows it on another MAC address",
    Incomplete.VALUE_MISSING: "the answer of Proxmox lacks the value",
    Incomplete.STORAGE_DISABLED: "the storage is disabled",
    Incomplete.OLDER_STATE: "it was first applied after the state was collected",
    Incomplete.NOT_READ: "it was not read",
}

PROBLEMS: Final[Mapping[ProblemCode, str]] = {
    ProblemCode.ADDRESS_CONFLICT: "address conflict",
    ProblemCode.NAME_TAKEN: "name taken",
    ProblemCode.AMBIGUOUS_MATCH: "ambiguous match",
    ProblemCode.COPIED_KEY: "copied key",
    ProblemCode.UNREADABLE: "unreadable ownership metadata",
    ProblemCode.REFERENCE_MISSING: "reference missing",
    ProblemCode.TOO_MANY_VLANS: "too many VLANs",
    ProblemCode.HOLDS_OTHERS: "holds other objects",
    ProblemCode.EDITED_SINCE: "edited since the apply",
    ProblemCode.NOT_ALLOWED: "not allowed by NetBox",
    ProblemCode.BLOCKED: "blocked",
    ProblemCode.NO_PLACE: "not supported by this NetBox",
    ProblemCode.UNKNOWN_NIC: "unknown NIC",
    ProblemCode.IPAM_MANAGED: "managed by an IPAM of Proxmox",
    ProblemCode.OUT_OF_SCOPE: "out of scope",
    ProblemCode.RULE_FAILED: "rule failed",
    ProblemCode.REMOVAL_STOPPED: "removal stopped",
    ProblemCode.TIME_UNKNOWN: "time unknown",
}

RESULTS: Final[Mapping[Result, str]] = {
    Result.DONE: "done",
    Result.FAILED: "failed",
    Result.BLOCKED: "blocked by a change that failed",
    Result.STALE: "edited in NetBox since the plan was made",
    Result.PENDING: "not attempted",
}

GUEST_WORDS: Final[Mapping[str, str]] = {"qemu": "virtual machine", "lxc": "container"}

_ACRONYMS: Final = {
    "ip": "IP",
    "mac": "MAC",
    "vlan": "VLAN",
    "vm": "VM",
    "vrf": "VRF",
    "cpu": "CPU",
    "sdn": "SDN",
    "l2vpn": "L2VPN",
    "ipset": "IP set",
    "proxbox": "Proxbox",
}


def kind_word(kind: str, count: int = 1) -> str:
    """Return a kind in words: `virtual-machine` is 'virtual machine', two are 'virtual machines'."""
    words = [_ACRONYMS.get(word, word) for word in kind.split("-")]
    if count != 1:
        words[-1] = _plural(words[-1])
    return " ".join(words)


def _plural(word: str) -> str:
    if word == "options":
        return word
    if word.endswith(("s", "x", "ch")):
        return f"{word}es"
    if word.endswith("y") and word[-2:-1] not in "aeiou":
        return f"{word[:-1]}ies"
    return f"{word}s"


def counted(count: int, word: str) -> str:
    """Return `1 problem`, `2 problems`."""
    return f"{count:,} {word if count == 1 else _plural(word)}"


def capitalized(words: str) -> str:
    """Return words as the beginning of a sentence, the rest as it is."""
    return words[:1].upper() + words[1:]


def counted_kind(kind: str, count: int) -> str:
    """Return `3 virtual disks`."""
    return f"{count:,} {kind_word(kind, count)}"
