"""Who did something in Proxmox: a task of its log, and who started it."""

from __future__ import annotations

from pydantic import Field

from proxbox_plan.model.base import Frozen


class TaskAuthor(Frozen):
    """Which task of Proxmox changed something, and who started it."""

    user: str = Field(description="`alice@pve`, or `alice@pve!token`.")
    type: str = Field(description="qmconfig, qmigrate, ...")
    time: str = Field(description="When it started: UTC, `2026-11-21T07:30:00Z`.")
    upid: str
