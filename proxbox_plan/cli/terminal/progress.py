"""Progress bars on stderr, one for each stage that runs."""

from __future__ import annotations

from threading import Lock
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.progress import Progress as RichProgress

from proxbox_plan.core.escaping import sanitized
from proxbox_plan.core.progress import StepResult

LONGEST_LABEL = 40
LONGEST_WAIT = 120


class Display:
    """Where the bars of stages that run side by side are drawn; it is on screen while there is one."""

    def __init__(self, *, no_color: bool = False) -> None:
        """Draw nothing yet."""
        self.bars = RichProgress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("{task.fields[label]}"),
            console=Console(stderr=True, no_color=no_color or None),
            transient=True,
        )
        self._lock = Lock()

    def add(self, title: str) -> TaskID:
        """Show one more bar."""
        with self._lock:
            self.bars.start()
            return self.bars.add_task(escape(title), total=None, label="")

    def remove(self, bar: TaskID) -> None:
        """Take a bar away, and the display with the last of them."""
        with self._lock:
            self.bars.remove_task(bar)
            if not self.bars.tasks:
                self.bars.stop()


class ProgressBar:
    """Shows how far a stage is; removed when the stage ends. May be called from several threads."""

    def __init__(self, title: str, display: Display) -> None:
        """Prepare a bar that is shown once the block is entered."""
        self._display = display
        self._title = title
        self._total = 0

    def __enter__(self) -> Self:
        """Show the bar."""
        self._task = self._display.add(self._title)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Take the bar away."""
        self._display.remove(self._task)

    def started(self, total: int) -> None:
        """Add `total` steps to the bar."""
        self._total += total
        self._display.bars.update(self._task, total=self._total)

    def advanced(self, label: str) -> None:
        """Advance the bar by the step `label`."""
        self._display.bars.update(self._task, advance=1, label=escape(sanitized(label)[:LONGEST_LABEL]))

    def finished(self, result: StepResult) -> None:
        """Advance the bar by one change."""
        self.advanced(result.name)

    def waiting(self, what: str) -> None:
        """Show what the stage waits for, until it does not or until its next step is done."""
        label = f"waiting for {sanitized(what)}"[:LONGEST_WAIT] if what else ""
        self._display.bars.update(self._task, label=escape(label))
