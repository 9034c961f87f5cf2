"""A listener to a stage, which remembers what it was told."""

from __future__ import annotations

from dataclasses import dataclass, field

from proxbox_plan.core.progress import StepResult


@dataclass
class Listener:
    """Collects what a stage reports."""

    total: int = 0
    labels: list[str] = field(default_factory=list)
    results: list[StepResult] = field(default_factory=list)
    waits: list[str] = field(default_factory=list)

    def started(self, total: int) -> None:
        """Add up."""
        self.total += total

    def advanced(self, label: str) -> None:
        """Remember it."""
        self.labels.append(label)

    def finished(self, result: StepResult) -> None:
        """Remember it."""
        self.results.append(result)

    def waiting(self, what: str) -> None:
        """Remember it."""
        self.waits.append(what)
