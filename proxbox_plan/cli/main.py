"""The command `proxbox`: its group, and the one place that turns errors into messages and exit codes."""

from __future__ import annotations

import gc
import os
import re
import sys
import traceback
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import NoReturn

import click

from proxbox_plan import __version__
from proxbox_plan.cli.options import common_options
from proxbox_plan.cli.registry import LazyGroup
from proxbox_plan.cli.terminal.captured_output import captured_output
from proxbox_plan.cli.terminal.log_output import VARIABLE, shown
from proxbox_plan.cli.terminal.output import Output, ReaderGoneError
from proxbox_plan.core import files
from proxbox_plan.core.errors import ProxboxError

INTERRUPTED = 130
READER_GONE = 141  # as of a program that SIGPIPE ends
# Documents are trees of millions of small values and hardly a cycle: looking for some takes a fifth of a large plan.
RARELY = (2_000_000, 50, 50)
LONGEST_BUG = 300


@click.group(cls=LazyGroup, name="proxbox", context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="proxbox")
@common_options
def cli() -> None:
    """Keep NetBox in line with Proxmox VE: collect, plan, review, apply."""


def main() -> NoReturn:
    """Run the command line and leave with its exit code."""
    gc.set_threshold(*RARELY)
    open_closed()
    output = Output()
    captured_output(output)
    leave(run(sys.argv[1:], output))


def open_closed() -> None:
    """Put a stream in the place of a standard stream that is closed, which fails when it is used.

    Without it the next file that is opened, such as a journal, would be standard output; and Python has null for it.
    """
    for name in ("stdin", "stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, files.open_failing("r" if name == "stdin" else "w"))


def leave(code: int) -> NoReturn:
    """End the process at once: Python would take every document apart first, a twentieth of a plan's time.

    Everything is written by now but what a standard stream could not take, which was said: Python would say it again.
    """
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):
            stream.flush()
    os._exit(code)


def run(arguments: Sequence[str], output: Output | None = None) -> int:
    """Run one command line and return its exit code; every error is a message on stderr."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure:  # a terminal that cannot show a character gets an escape instead of a crash
            reconfigure(errors="backslashreplace")
    speaker = output or Output()
    try:
        return guarded(speaker, lambda: _invoke(list(arguments), speaker))
    finally:
        speaker.close()


def _invoke(arguments: list[str], output: Output) -> int:
    output.log.from_environment(os.environ.get(VARIABLE, ""))
    code = cli.main(args=arguments, prog_name="proxbox", standalone_mode=False, obj=output)
    return code if isinstance(code, int) else 0


def guarded(output: Output, work: Callable[[], int]) -> int:
    """Run `work`; turn what it raises into a message on stderr and an exit code."""
    stdout, stderr = sys.stdout, sys.stderr
    try:
        return work()
    except ReaderGoneError:
        return READER_GONE
    except SystemExit:  # click writes its help itself, and ends so when its reader is gone: with other streams
        if sys.stdout is stdout:
            raise
        sys.stdout, sys.stderr = stdout, stderr
        return READER_GONE
    except BaseException as error:  # noqa: BLE001  # the last resort: a traceback is no message
        if output.debug:
            output.trace(traceback.format_exc())
        shown.debug("traceback of %s", type(error).__name__, exc_info=error)
        return _explained(output, error)


def _explained(output: Output, error: BaseException) -> int:
    match error:
        case ProxboxError():
            output.error(error.message, error.hint)
            output.event("error", message=error.message, hint=error.hint or None, exit_code=error.exit_code)
            return error.exit_code
        case click.exceptions.NoArgsIsHelpError():
            output.aside(error.format_message())
        case OSError() if _is_of_stdout(error):
            output.error(f"Cannot write the result: {error.strerror}")
        case click.ClickException():
            output.error(_flowing(error.format_message()), _usage_hint(error))
        case click.Abort() | KeyboardInterrupt():
            output.note("Interrupted.")
            output.event("error", message="interrupted", exit_code=INTERRUPTED)
            return INTERRUPTED
        case _:
            words = " ".join(str(error)[:LONGEST_BUG].split("\n"))  # it may quote whatever data it failed on
            message = f"This is a bug in proxbox: {type(error).__name__}: {words}"
            output.error(message, _bug_hint(output))
            output.event("error", message=message, exit_code=1)
    return 1


def _is_of_stdout(error: BaseException) -> bool:
    """Whether click could not write its help or a question."""
    frames = traceback.extract_tb(error.__traceback__)
    return any(frame.name == "echo" and frame.filename == click.utils.__file__ for frame in frames)


def _flowing(message: str) -> str:
    """Return a message in one line: click puts each of several choices on its own, behind a tab."""
    return re.sub(r"\s*\n\s*", " ", message)


def _usage_hint(error: click.ClickException) -> str:
    context = getattr(error, "ctx", None)
    return f"`{context.command_path} --help` lists the options." if context else ""


def _bug_hint(output: Output) -> str:
    ask = "Please report it with the traceback and `proxbox --version`"
    return f"{ask}; the traceback is above." if output.debug else f"{ask}; --debug shows the traceback."
