"""Which version of Proxmox VE something came with."""

from __future__ import annotations

import re

RELEASE = re.compile(r"(\d{1,4})\.(\d{1,4})", re.ASCII)


def is_older(version: str, since: tuple[int, int]) -> bool:
    """Whether a version is certainly older than one that has something; a text that is no version is not."""
    found = RELEASE.match(version)
    return found is not None and (int(found[1]), int(found[2])) < since
