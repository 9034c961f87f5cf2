"""Severity: how much a finding of `proxbox lint` matters."""

from __future__ import annotations

from enum import StrEnum


class Severity(StrEnum):
    """How much a finding matters, the gravest first."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"

    def counts(self, least: Severity) -> bool:
        """Whether it is at least as grave as another one."""
        order = list(Severity)
        return order.index(self) <= order.index(least)
