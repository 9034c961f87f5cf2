"""Compares versions of Proxmox VE."""

from __future__ import annotations

import re

RELEASE = re.compile(r"(\d{1,4})\.(\d{1,4})", re.ASCII)


def is_older(version: str, since: tuple[int, int]) -> bool:
    """Whether a version is older than `since`; false for a text that is not a version."""
    found = RELEASE.match(version)
    return found is not None and (int(found[1]), int(found[2])) < since
