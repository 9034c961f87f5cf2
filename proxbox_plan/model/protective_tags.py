"""Protective tags: users put them on a guest in Proxmox or on an object in NetBox to have it left alone."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from proxbox_plan.core.sanitize import slug

IGNORE_TAG: Final = "proxbox-ignore"  # never touched
PROTECT_TAG: Final = "proxbox-protect"  # never deleted
PROTECTIVE_TAGS: Final = frozenset({IGNORE_TAG, PROTECT_TAG})


def is_protective(tag: str) -> bool:
    """Whether a tag is one of them, however it is spelled: they are never written to NetBox."""
    return _spelled(tag) in PROTECTIVE_TAGS


def has_tag(tags: Iterable[str], wanted: str) -> bool:
    """Whether a guest has a tag, however it is spelled there."""
    return any(_spelled(tag) == wanted for tag in tags)


def _spelled(tag: str) -> str:
    return slug(tag).replace("_", "-")
