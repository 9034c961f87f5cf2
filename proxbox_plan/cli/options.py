"""Options that several commands share, so that each has one spelling and one help text."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any, TypeVar, cast

import click

from proxbox_plan import api
from proxbox_plan.api import Format
from proxbox_plan.cli.terminal.completing import json_files
from proxbox_plan.cli.terminal.files import CACHE, READ_PATH, claimed, note
from proxbox_plan.cli.terminal.log_output import LEVELS
from proxbox_plan.cli.terminal.output import Output, Report
from proxbox_plan.core.files import Use

F = TypeVar("F", bound=Callable[..., Any])


def _remember(context: click.Context, parameter: click.Parameter, value: Any) -> None:
    """Note a switch on the run's output; it may stand before or after the command's name."""
    output = context.ensure_object(Output)
    if value and parameter.name:
        setattr(output, parameter.name, True)


def _begin_log(context: click.Context, parameter: click.Parameter, value: str | None) -> None:
    """Log from now on, as `--log-level` or `--log-file` says; either may stand before or after the command's name."""
    if not value or context.resilient_parsing:
        return
    log = context.ensure_object(Output).log
    log.begin(**{"level" if parameter.name == "log_level" else "file": value})


def _claiming(function: F) -> F:
    """Keep the files of a command apart while it runs."""

    @wraps(function)
    def run(*arguments: Any, **options: Any) -> Any:
        context = click.get_current_context()
        if isinstance(context.command, click.Group):  # the files of its command are not known yet
            return function(*arguments, **options)
        with claimed(context, function):
            return function(*arguments, **options)

    return cast("F", run)


def common_options(function: F) -> F:
    """Add `--no-color`, `--debug`, `--log-level` and `--log-file`, and keep the files that are named apart."""
    function = _claiming(function)
    function = click.option(
        "--log-file",
        metavar="FILE",
        expose_value=False,
        is_eager=True,
        callback=_begin_log,
        help="Append the log to FILE instead of stderr; the level is info unless --log-level sets it.",
    )(function)
    function = click.option(
        "--log-level",
        type=click.Choice(LEVELS, case_sensitive=False),
        metavar="LEVEL",
        expose_value=False,
        is_eager=True,
        callback=_begin_log,
        help=f"Log to stderr at this level: {', '.join(LEVELS)}. PROXBOX_LOG=LEVEL or LEVEL:FILE does the same.",
    )(function)
    for name, explanation in (
        ("--debug", "Show the traceback of an error."),
        ("--no-color", "Disable colors, even on a terminal."),
    ):
        option = click.option(
            name, is_flag=True, expose_value=False, is_eager=True, callback=_remember, help=explanation
        )
        function = option(function)
    return function


def config_option(function: F) -> F:
    """Add `--config/-c`, passed as `config: Path`."""
    return click.option(
        "--config",
        "-c",
        type=READ_PATH,
        default="proxbox.yaml",
        show_default=True,
        metavar="FILE",
        help="Configuration file.",
    )(function)


def format_options(function: F) -> F:
    """Add `--format`, `--json` and `--markdown`, passed as `format_: Format`; and `--report`, noted on the output."""
    function = click.option(
        "--report",
        "reports",
        metavar="FORMAT=FILE",
        multiple=True,
        expose_value=False,
        callback=_remember_reports,
        help="Also write a report to FILE, in any format, such as html=plan.html; may be repeated.",
    )(function)
    function = click.option(
        "--link",
        "links",
        metavar="NAME=URL",
        multiple=True,
        expose_value=False,
        callback=_remember_links,
        help="End a report in Markdown with a link, for example to the run of the pipeline; may be repeated.",
    )(function)
    for name in (Format.MARKDOWN, Format.JSON):
        function = click.option(
            f"--{name}", "format_", flag_value=name.value, type=_FORMAT, help=f"The same as --format {name}."
        )(function)
    return click.option(
        "--format",
        "format_",
        type=_FORMAT,
        default=Format.TEXT.value,
        show_default=True,
        help="Format of the report on stdout.",
    )(function)


class _FormatType(click.Choice[str]):
    """One of the formats, as the enumeration."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the format that is named."""
        return Format(super().convert(value, param, ctx))


_FORMAT = _FormatType([name.value for name in Format])


def _remember_reports(context: click.Context, parameter: click.Parameter, value: tuple[str, ...]) -> None:
    """Note on the run's output which reports are asked for; what cannot be written is refused before any work."""
    context.ensure_object(Output).reports = tuple(_report(text, context, parameter) for text in value)


def _remember_links(context: click.Context, parameter: click.Parameter, value: tuple[str, ...]) -> None:
    """Note the links on the run's output; what is no address is refused before any work."""
    del parameter
    context.ensure_object(Output).links = tuple(api.Link.parse(text) for text in value)


def _report(text: str, context: click.Context, parameter: click.Parameter) -> Report:
    format_, _, name = text.partition("=")
    path = Path(name)
    if not name or name == "-":
        message = f"'{text}' names no file: it is FORMAT=FILE, and --format is for stdout"
        raise click.BadParameter(message, context, parameter)
    if path.is_dir() or not path.parent.is_dir():
        raise click.BadParameter(f"'{name}' is not a path for a file", context, parameter)
    note(context, name, Use.WRITTEN, parameter)
    return Report(_FORMAT.convert(format_, parameter, context), path)


def verbose_option(function: F) -> F:
    """Add `--verbose/-v`, passed as `verbose: bool`."""
    return click.option("--verbose", "-v", is_flag=True, help="Show every row and field.")(function)


def inventory_cache_option(function: F) -> F:
    """Add `--inventory-cache`, passed as `inventory_cache: str | None`."""
    return click.option(
        "--inventory-cache",
        metavar="FILE",
        type=CACHE,
        shell_complete=json_files,
        help="Read only what changed in NetBox since this file was written, and write it anew; everything when in "
        "doubt, and the first time.",
    )(function)


def keep_going_option(function: F) -> F:
    """Add `--keep-going`, passed as `keep_going: bool`."""
    return click.option(
        "--keep-going", is_flag=True, help="Skip a cluster that cannot be read: it is out of scope for this run."
    )(function)


def events_option(function: F) -> F:
    """Add `--events`, noted on the output."""
    return click.option(
        "--events",
        metavar="FILE",
        expose_value=False,
        callback=_remember_events,
        help="Write events to FILE as JSON lines, while they happen; - for stdout, with the report on stderr.",
    )(function)


def _remember_events(context: click.Context, parameter: click.Parameter, value: str | None) -> None:
    """Note on the run's output where events go; the file is opened when the command begins."""
    if value is not None:
        note(context, value, Use.WRITTEN, parameter)
        context.ensure_object(Output).events_place = value


def detailed_exitcode_option(function: F) -> F:
    """Add `--detailed-exitcode`, passed as `detailed_exitcode: bool`."""
    return click.option("--detailed-exitcode", is_flag=True, help="Exit with 2 when there are changes.")(function)


def branch_option(function: F) -> F:
    """Add `--branch`, passed as `branch: str | None`."""
    return click.option(
        "--branch", metavar="NAME", help="Use this branch of NetBox (plugin netbox-branching) instead of main."
    )(function)


def approval_options(function: F) -> F:
    """Add the options about signed approvals."""
    for option in reversed(
        (
            click.option(
                "--approval",
                "approvals",
                multiple=True,
                metavar="FILE",
                type=READ_PATH,
                shell_complete=json_files,
                help="Approval that `proxbox approve` wrote, or a folder, of which those for this plan are taken; may "
                "be repeated.",
            ),
            click.option(
                "--require-approvals",
                type=click.IntRange(0, 100),
                default=0,
                metavar="N",
                help="How many people must have approved the plan; the configuration may require more.",
            ),
            click.option(
                "--allowed-signers",
                metavar="FILE",
                type=READ_PATH,
                help="Who may approve, and with which SSH keys, unless the configuration says it.",
            ),
            click.option(
                "--author",
                "authors",
                multiple=True,
                metavar="NAME",
                help="Who made the plan, as --allowed-signers has it: their approval does not count. Without it one "
                "approval more is required; may be repeated.",
            ),
            click.option(
                "--max-approval-age",
                type=click.FloatRange(min=0, min_open=True),
                metavar="HOURS",
                help="Hours after which an approval counts no more, by the clock of NetBox.",
            ),
        )
    ):
        function = option(function)
    return function


CHANGES = 2
"""Exit code of `--detailed-exitcode` when there are changes."""
