"""A progress bar on stderr."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as RichProgress

from proxbox_plan.model.outcome import ChangeResult
from proxbox_plan.report.values import harmless

LONGEST_LABEL = 40


class ProgressBar:
    """Shows how far a stage is; gone when the stage ends. May be told from several threads."""

    def __init__(self, title: str, *, no_color: bool = False) -> None:
        """Prepare a bar that is shown once the block is entered."""
        self._bar = RichProgress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("{task.fields[label]}"),
            console=Console(stderr=True, no_color=no_color or None),
            transient=True,
        )
        self._total = 0
        self._task = self._bar.add_task(escape(title), total=None, label="")

    def __enter__(self) -> Self:
        """Show the bar."""
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Take the bar away."""
        self._bar.stop()

    def started(self, total: int) -> None:
        """Say that there are `total` more steps."""
        self._total += total
        self._bar.update(self._task, total=self._total)

    def advanced(self, label: str) -> None:
        """Say that one step is done, and which."""
        self._bar.update(self._task, advance=1, label=escape(harmless(label)[:LONGEST_LABEL]))

    def finished(self, result: ChangeResult) -> None:
        """Say what became of one change."""
        self.advanced(result.name)
