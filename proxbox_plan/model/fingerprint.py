"""Fingerprint: what tells two guests of one vmid apart: `uuid`, and `vmgenid`, which a clone and a restore get anew."""

from __future__ import annotations

from collections.abc import Mapping


def fingerprint_of(uuid: str | None, vmgenid: str | None) -> dict[str, str]:
    """Return the parts that are known."""
    return {part: value for part, value in (("uuid", uuid), ("vmgenid", vmgenid)) if value}


def is_whole(fingerprint: Mapping[str, str]) -> bool:
    """Whether both parts are known."""
    return "uuid" in fingerprint and "vmgenid" in fingerprint


def common_parts(one: Mapping[str, str], other: Mapping[str, str]) -> list[str]:
    """Return the parts that both sides know."""
    return [part for part in one if part in other]


def is_of_another(one: Mapping[str, str], other: Mapping[str, str]) -> bool:
    """Whether two fingerprints are of two guests: everything that both sides know differs, and there is something."""
    common = common_parts(one, other)
    return bool(common) and all(one[part] != other[part] for part in common)
