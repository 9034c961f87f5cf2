"""The output of a command: results to stdout, everything else to stderr, color and progress bars only to a terminal."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import click

from proxbox_plan.api import Format
from proxbox_plan.cli.terminal.log_output import LogOutput, shown
from proxbox_plan.cli.terminal.wait_notes import WaitNotes
from proxbox_plan.core.errors import DocumentError
from proxbox_plan.core.escaping import for_terminal, sanitized, sanitized_lines
from proxbox_plan.core.progress import Progress, StepResult
from proxbox_plan.core.redaction import KNOWN

if TYPE_CHECKING:
    from proxbox_plan.api import Link
    from proxbox_plan.cli.terminal.events import Events
    from proxbox_plan.cli.terminal.progress import Display


class ReaderGoneError(Exception):
    """The reader of stdout is gone, as in `proxbox show plan.json | head -1`: there is no more to do, and no error."""


@dataclass(frozen=True, slots=True)
class Report:
    """A report that goes into a file."""

    format: Format
    path: Path


@dataclass(frozen=True, slots=True)
class Audience:
    """The listeners of a stage: a progress bar or wait notes, and the events if wanted."""

    listeners: tuple[Progress, ...] = ()

    def started(self, total: int) -> None:
        """Call every listener."""
        for listener in self.listeners:
            listener.started(total)

    def advanced(self, label: str) -> None:
        """Call every listener."""
        for listener in self.listeners:
            listener.advanced(label)

    def finished(self, result: StepResult) -> None:
        """Call every listener."""
        for listener in self.listeners:
            listener.finished(result)

    def waiting(self, what: str) -> None:
        """Call every listener."""
        for listener in self.listeners:
            listener.waiting(what)


@dataclass(slots=True)
class Output:
    """The output streams of one run and their options. Every text is free of the run's secrets."""

    no_color: bool = False
    debug: bool = False
    done: bool = False  # the work is done and recorded: what cannot be shown of it is no error
    reports: tuple[Report, ...] = ()
    links: tuple[Link, ...] = ()  # what a report in Markdown ends with
    events_place: str = ""  # where they are to be written
    events: Events | None = None
    events_on_stdout: bool = False  # then the result goes to stderr
    display: Display | None = None
    wait_notes: WaitNotes | None = None
    log: LogOutput = field(init=False)

    def __post_init__(self) -> None:
        """Log nothing yet."""
        self.log = LogOutput(self.warning)

    def begin(self) -> None:
        """Open what is written while the command runs: nothing that it names is the same file."""
        self.log.release()
        if self.events_place:
            from proxbox_plan.cli.terminal.events import open_events  # noqa: PLC0415 # only when it is asked for

            self.events = open_events(self.events_place, self.warning)
            self.events_on_stdout = self.events_place == "-"

    @property
    def color(self) -> bool:
        """Whether results may be colored."""
        return self._may_color(sys.stdout)

    def result(self, text: str) -> None:
        """Write a result to stdout."""
        if self.events_on_stdout:
            self.aside(text)
            return
        try:
            # A result may be a document: only what cannot be part of it by chance is taken out.
            click.echo(_document(text, sys.stdout), nl=not text.endswith("\n"), color=True)
        except BrokenPipeError:
            if not self.done:
                raise ReaderGoneError from None
        except OSError as error:
            if not self.done:
                raise DocumentError(f"Cannot write the result: {error.strerror}") from error
            self.warning(f"Cannot write the result: {error.strerror}")

    def aside(self, text: str) -> None:
        """Write a rendered document to stderr: it is shown, but is not the result."""
        _say(_document(text, sys.stderr), nl=not text.endswith("\n"))

    def note(self, text: str) -> None:
        """Write a line for people to stderr."""
        self._wait_note(text)
        shown.info("%s", text)

    def _wait_note(self, text: str) -> None:
        """Write a line for people to stderr that is in the log already."""
        _say(sanitized(KNOWN.hide(text)))

    def trace(self, text: str) -> None:
        """Write a traceback to stderr: the data it quotes is sanitized."""
        _say(_lines(text), nl=False)

    def warning(self, text: str) -> None:
        """Write a warning to stderr."""
        self._labelled("Warning", text, "yellow")
        self.event("warning", message=text)
        shown.warning("%s", text)

    def error(self, message: str, hint: str = "") -> None:
        """Write an error and its remedy to stderr."""
        self._labelled("Error", message, "red")
        if hint:
            self._labelled("Hint", hint, "cyan")
        shown.error("%s", f"{message} ({hint})" if hint else message)

    def _labelled(self, label: str, text: str, hue: str) -> None:
        styled = click.style(f"{label}:", fg=hue, bold=True) if self._may_color(sys.stderr) else f"{label}:"
        body = _lines(text.rstrip("\n"))
        _say(f"{styled} {body}", color=True)

    def _may_color(self, stream: IO[str] | None) -> bool:
        return not self.no_color and not os.environ.get("NO_COLOR") and _is_terminal(stream)

    def event(self, event: str, stage: str | None = None, **fields: Any) -> None:
        """Write an event, if the run writes events."""
        if self.events is not None:
            from proxbox_plan.model.event import EventType, Stage  # noqa: PLC0415 # rich loads slowly

            self.events.emit(EventType(event), Stage(stage) if stage else None, **fields)

    def waiting(self, what: str) -> None:
        """Write a note of what a command without a progress bar waits for."""
        self.wait_notes = self.wait_notes or WaitNotes(self._wait_note)
        self.wait_notes.waiting(what)

    def close(self) -> None:
        """Close the files of the events and of the log."""
        self.log.close()
        if self.events is not None:
            self.events.close()

    @contextmanager
    def progress(self, title: str, stage: str) -> Iterator[Progress]:
        """Yield the listeners of a stage: a bar on a terminal, else notes of its waits; and the events, if wanted."""
        listeners: list[Progress] = []
        with ExitStack() as stack:
            if _is_terminal(sys.stderr):
                from proxbox_plan.cli.terminal.progress import Display, ProgressBar  # noqa: PLC0415 # as above

                self.display = self.display or Display(no_color=self.no_color)
                listeners.append(stack.enter_context(ProgressBar(title, self.display)))
            else:
                listeners.append(WaitNotes(self._wait_note))
            if self.events is not None:
                from proxbox_plan.cli.terminal.events import StageEvents  # noqa: PLC0415 # as above
                from proxbox_plan.model.event import Stage  # noqa: PLC0415 # as above

                listeners.append(StageEvents(self.events, Stage(stage)))
            yield Audience(tuple(listeners))


def _say(text: str, *, nl: bool = True, color: bool | None = None) -> None:
    """Write to stderr. That no one reads it is no reason to stop: an apply may be at work."""
    with suppress(OSError, ValueError):
        click.echo(text, err=True, nl=nl, color=color)


def _is_terminal(stream: IO[str] | None) -> bool:
    with suppress(OSError, ValueError):
        return stream is not None and stream.isatty()
    return False


def _document(text: str, stream: IO[str] | None) -> str:
    found = KNOWN.hide_in_data(text)
    return for_terminal(found) if _is_terminal(stream) else found


def _lines(text: str) -> str:
    return sanitized_lines(KNOWN.hide(text))


pass_output = click.make_pass_decorator(Output, ensure=True)
