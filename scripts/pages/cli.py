"""`docs/cli.md`: the help of every command."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import click

from proxbox_plan.cli.main import cli

_WIDTH: dict[str, Any] = {"terminal_width": 100, "max_content_width": 100}

HEAD = """\
# Command line

Generated from the commands themselves by `./dev generate`; don't edit it.

Results go to stdout, everything else to stderr. `--json` makes stdout one machine-readable document.
The exit codes are in [problems.md](problems.md#exit-codes).
"""


def page() -> str:
    """Return the page."""
    context = click.Context(cli, info_name="proxbox", **_WIDTH, **cli.context_settings)
    parts = [HEAD, _section(cli, context, "proxbox")]
    return "\n".join([*parts, *_commands(cli, context, "proxbox")])


def _commands(group: click.Group, context: click.Context, title: str) -> Iterator[str]:
    """Yield a section for each command of a group, and for those of the groups in it."""
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if command is not None:
            inner = click.Context(command, info_name=name, parent=context, **_WIDTH)
            yield _section(command, inner, f"{title} {name}")
            if isinstance(command, click.Group):
                yield from _commands(command, inner, f"{title} {name}")


def _section(command: click.Command, context: click.Context, title: str) -> str:
    return f"## `{title}`\n\n```text\n{command.get_help(context).rstrip()}\n```\n"
