"""Habits: what people type who know another tool of this sort, and how it is spelled here."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from types import MappingProxyType
from typing import Final

import click

from proxbox_plan.core.suggestion import suggestion

COMMANDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "destroy": "nothing is removed as a whole; `proxbox undo OUTCOME` plans to revert an apply",
        "refresh": "`proxbox collect` reads Proxmox, and every plan reads NetBox",
        "import": "`proxbox plan` adopts what NetBox has; `proxbox init --from-netbox` learns rules from it",
        "sync": "`proxbox plan`, then `proxbox apply plan.json`",
        "test": "`proxbox validate` runs the mapping tests",
        "lint": "`proxbox validate` checks the configuration",
        "force-unlock": "`proxbox unlock ID`",
        "version": "`proxbox --version`",
        "help": "`proxbox --help`",
    }
)
"""Command of another tool -> what to do here."""

_OPTIONS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "auto-approve": "`proxbox apply PLAN` asks nothing; without a plan file, `--yes` answers the question",
        "destroy": "nothing is removed as a whole; `proxbox undo OUTCOME` plans to revert an apply",
        "refresh": "every plan reads Proxmox, or the `--state` that is named, and NetBox",
        "var": "a configuration reads variables as ${NAME}",
        "var-file": "a configuration includes files (`include:`), and reads variables as ${NAME}",
        "dry-run": "`proxbox plan` writes nothing to NetBox",
    }
)
_OPTION: Final = re.compile(r"(--?)([a-z][a-z-]+)(?:=.*)?", re.DOTALL)


def check_habits(command: click.Command, arguments: Iterable[str], context: click.Context) -> None:
    """Raise UsageError for an option with one dash, which would be taken for short ones, and for another tool's."""
    known = {name.removeprefix("--") for item in command.params for name in item.opts if name.startswith("--")}
    short = {name[1] for item in command.params for name in item.opts if len(name) == len("-o")}
    taking = {name for item in command.params if not getattr(item, "is_flag", True) for name in item.opts}
    for before, argument in pairwise(("", *arguments)):
        if argument == "--":
            return
        if before in taking:  # it is the value of that
            continue
        if spelled := _spelled(argument, known, short):
            raise click.UsageError(spelled, context)


def _spelled(argument: str, known: set[str], short: set[str]) -> str:
    option = _OPTION.fullmatch(argument)
    dashes, name = option.groups() if option else ("", "")
    if name in _OPTIONS and name not in known:
        return f"There is no option '{argument.partition('=')[0]}': {_OPTIONS[name]}"
    if dashes == "-" and name in known:
        return f"'{argument[:60]}' has one dash: write '-{argument[:60]}'"
    if dashes == "-" and not set(name) <= short:
        return f"There is no option '{argument[:60]}'{suggestion(f'--{name}', [f'--{one}' for one in known])}"
    return ""


def habit(arguments: Sequence[str]) -> str:
    """Return what to do instead of a command of another tool; empty when it is none."""
    return COMMANDS.get(arguments[0], "") if arguments else ""
