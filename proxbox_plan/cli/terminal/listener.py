"""Listener: the API's events on this terminal: progress bars, notes, warnings, and lines of `--events`."""

from __future__ import annotations

from contextlib import ExitStack
from typing import assert_never

from proxbox_plan import api
from proxbox_plan.cli.terminal.output import Output
from proxbox_plan.core.progress import Progress
from proxbox_plan.model.event import Stage

_TITLES = {Stage.COLLECT: "Collecting", Stage.READ: "Reading NetBox", Stage.PLAN: "Planning", Stage.APPLY: "Applying"}


class Listener:
    """Shows what a call of the API reports. May be called from several threads."""

    def __init__(self, output: Output) -> None:
        """Show nothing yet."""
        self._output = output
        self._stages: dict[Stage, tuple[ExitStack, Progress]] = {}

    def __call__(self, event: api.Event) -> None:
        """Show one event."""
        match event:
            case api.Warned():
                self._output.warning(event.message)
            case api.Noted():
                self._output.note(event.message)
            case api.StageBegan():
                self._begin(event.stage)
            case api.StageEnded():
                self._end(event.stage)
            case api.Waiting(stage=None):
                self._output.waiting(event.what)
            case api.Waiting() | api.StepsAhead() | api.StepDone() | api.ChangeDone():
                self._pass_on(event)
            case _:
                assert_never(event)

    def _begin(self, stage: Stage) -> None:
        stack = ExitStack()
        self._stages[stage] = stack, stack.enter_context(self._output.progress(_TITLES[stage], stage))

    def _end(self, stage: Stage) -> None:
        stack, _ = self._stages.pop(stage)
        stack.close()

    def _pass_on(self, event: api.Waiting | api.StepsAhead | api.StepDone | api.ChangeDone) -> None:
        if event.stage is None or event.stage not in self._stages:
            return
        _, progress = self._stages[event.stage]
        match event:
            case api.Waiting():
                progress.waiting(event.what)
            case api.StepsAhead():
                progress.started(event.total)
            case api.StepDone():
                progress.advanced(event.label)
            case api.ChangeDone():
                progress.finished(event.result)
            case _:
                assert_never(event)
