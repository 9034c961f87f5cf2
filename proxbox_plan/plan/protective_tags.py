"""Protective tags: users put them on a NetBox object to exclude it from changes or deletes."""

from __future__ import annotations

from typing import Final

IGNORE_TAG: Final = "proxbox-ignore"  # never touched
PROTECT_TAGS: Final = frozenset({IGNORE_TAG, "proxbox-protect"})  # never deleted
