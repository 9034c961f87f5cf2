"""`proxbox diff BEFORE AFTER`: show what changed between two state files."""

from __future__ import annotations

import os

import click

from proxbox_plan import api
from proxbox_plan.api import Format
from proxbox_plan.cli.options import CHANGES, common_options, detailed_exitcode_option, format_options
from proxbox_plan.cli.terminal.completing import json_files
from proxbox_plan.cli.terminal.files import READ
from proxbox_plan.cli.terminal.output import Output, pass_output
from proxbox_plan.cli.terminal.rendered import show_document
from proxbox_plan.model.state import State


@click.command()
@click.argument("before", metavar="BEFORE", type=READ, shell_complete=json_files)
@click.argument("after", metavar="AFTER", type=READ, shell_complete=json_files)
@format_options
@detailed_exitcode_option
@common_options
@pass_output
def diff(output: Output, *, before: str, after: str, format_: Format, detailed_exitcode: bool) -> int:
    """Show what changed between two state files (`-` for standard input, `/dev/null` for an empty state)."""
    found = api.diff(_state(before), _state(after))
    show_document(output, found, format_)
    return CHANGES if detailed_exitcode and found.differs else 0


def _state(path: str) -> State:
    """Read a state; what `git difftool` gives for a file that one side lacks is an empty one."""
    return State.make() if path == os.devnull else api.read_states(path)
