"""Events: what a long call reports while it runs, as typed values for a listener."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from proxbox_plan.core.progress import StepResult
from proxbox_plan.model.event import Stage


@dataclass(frozen=True, slots=True)
class StageBegan:
    """A stage begins; stages may run side by side."""

    stage: Stage


@dataclass(frozen=True, slots=True)
class StepsAhead:
    """So many more steps are ahead in a stage; the totals of several such events add up."""

    stage: Stage
    total: int


@dataclass(frozen=True, slots=True)
class StepDone:
    """One step of a stage is done."""

    stage: Stage
    label: str


@dataclass(frozen=True, slots=True)
class ChangeDone:
    """One change of an apply has its result."""

    stage: Stage
    result: StepResult


@dataclass(frozen=True, slots=True)
class Waiting:
    """A call waits for something, in a stage or outside of one; an empty text: the wait is over."""

    stage: Stage | None
    what: str


@dataclass(frozen=True, slots=True)
class StageEnded:
    """A stage is over, whether it succeeded or not."""

    stage: Stage


@dataclass(frozen=True, slots=True)
class Warned:
    """Something a person should know; the call goes on."""

    message: str


@dataclass(frozen=True, slots=True)
class Noted:
    """Something worth a line."""

    message: str


Event = StageBegan | StepsAhead | StepDone | ChangeDone | Waiting | StageEnded | Warned | Noted
Listener = Callable[[Event], None]
"""Is called with each event, from several threads but for one stage never two at a time."""


def unheard(event: Event) -> None:
    """Drop an event."""


@dataclass(frozen=True, slots=True)
class Reporter:
    """Turns what the stages report into events."""

    listener: Listener

    def warning(self, message: str) -> None:
        """Report something a person should know."""
        self.listener(Warned(message))

    def note(self, message: str) -> None:
        """Report something worth a line."""
        self.listener(Noted(message))

    def waiting(self, what: str) -> None:
        """Report a wait outside of any stage."""
        self.listener(Waiting(None, what))

    @contextmanager
    def stage(self, stage: Stage) -> Iterator[StageReporter]:
        """Report a stage while the block runs."""
        self.listener(StageBegan(stage))
        try:
            yield StageReporter(self.listener, stage)
        finally:
            self.listener(StageEnded(stage))


@dataclass(frozen=True, slots=True)
class StageReporter:
    """The progress of one stage (`core.progress.Progress`) as events."""

    listener: Listener
    stage: Stage

    def started(self, total: int) -> None:
        """Report that more steps are ahead."""
        self.listener(StepsAhead(self.stage, total))

    def advanced(self, label: str) -> None:
        """Report that one step is done."""
        self.listener(StepDone(self.stage, label))

    def finished(self, result: StepResult) -> None:
        """Report what became of one change."""
        self.listener(ChangeDone(self.stage, result))

    def waiting(self, what: str) -> None:
        """Report what the stage waits for."""
        self.listener(Waiting(self.stage, what))
