"""Findings of the doctor: the result of each check, and what to do about it."""

from __future__ import annotations

from enum import StrEnum

from pydantic import Field

from proxbox_plan.model.base import Frozen


class Status(StrEnum):
    """How a check ended."""

    OK = "ok"
    WARNING = "warning"  # it works, but not completely, or not as safely as possible
    FAILED = "failed"


class CheckResult(Frozen):
    """Result of one check."""

    where: str = Field(description="`configuration`, `netbox`, or `proxmox NAME` with the cluster's name.")
    check: str = Field(description="Stable name of the check.")
    status: Status
    message: str
    hint: str = Field(default="", description="What to do; empty when the check passed.")


class Diagnosis(Frozen):
    """All findings, and the least privileges this configuration requires."""

    findings: tuple[CheckResult, ...]
    roles: dict[str, tuple[str, ...]] = Field(description="Cluster -> commands that give its token the least role.")

    @property
    def healthy(self) -> bool:
        """Whether no check failed."""
        return all(finding.status is not Status.FAILED for finding in self.findings)
