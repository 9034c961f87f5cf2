"""Marks: tags with which people take a NetBox object away from us."""

from __future__ import annotations

from typing import Final

IGNORE_TAG: Final = "proxbox-ignore"  # never touched
PROTECT_TAGS: Final = frozenset({IGNORE_TAG, "proxbox-protect"})  # never deleted
