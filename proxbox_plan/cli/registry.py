"""The commands: a module each, imported only when its command runs, so that `proxbox --help` is quick."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from typing import Final

import click

from proxbox_plan.cli.terminal.habits import check_habits, habit

# Name -> what `proxbox --help` says. The module is cli/NAME.py and holds a click command of the same name.
COMMANDS: Final[dict[str, str]] = {
    "init": "Write a commented proxbox.yaml, pipelines and a .gitignore.",
    "doctor": "Check connections, versions and privileges of Proxmox and NetBox.",
    "validate": "Check the configuration and explain it.",
    "rules": "Suggest rules that give guests what NetBox has.",
    "collect": "Read the configured Proxmox clusters into a state file.",
    "plan": "Show the changes that would bring NetBox in line with Proxmox.",
    "show": "Show a state, inventory, plan, outcome or drift file.",
    "approve": "Sign that a plan may be applied.",
    "apply": "Apply a plan to NetBox, exactly.",
    "drift": "Show what differs between Proxmox and NetBox, and who changed it.",
    "lint": "Show what is wrong in the estate by itself: no backup, duplicate addresses, ...",
    "notify": "Send a document's summary to webhooks, mailboxes and chats, once per content.",
    "diff": "Show what changed between two state files.",
    "undo": "Plan the changes that revert an apply.",
    "unlock": "Remove a stale lock.",
    "schema": "Print the JSON Schema of a document or of the configuration.",
    "completion": "Print the shell completion script of bash, zsh or fish.",
    "demo": "Run the whole workflow on an embedded Proxmox cluster and NetBox.",
}


class LazyGroup(click.Group):
    """A group whose commands are imported when they are asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  # click's interface
        """Return the names of the commands, in the order of the workflow."""
        return [name for name in COMMANDS if find_spec(f"proxbox_plan.cli.{name}") is not None]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return one command."""
        if cmd_name not in self.list_commands(ctx):
            return None
        command = getattr(import_module(f"proxbox_plan.cli.{cmd_name}"), cmd_name)
        if not isinstance(command, click.Command):
            raise TypeError(f"cli/{cmd_name}.py holds no click command '{cmd_name}'")
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command, with a suggestion when there is none of that name."""
        if args and not args[0].startswith("-") and args[0] not in self.list_commands(ctx):
            from difflib import get_close_matches  # noqa: PLC0415 # only a mistake needs it

            close = get_close_matches(args[0][:60], self.list_commands(ctx), n=1)
            asked = f"; did you mean '{close[0]}'?" if close else ""
            asked = f": {instead}" if (instead := habit(args)) else asked
            raise click.UsageError(f"There is no command '{args[0][:60]}'{asked}", ctx)
        name, command, rest = super().resolve_command(ctx, args)
        if command is not None:
            check_habits(command, rest, click.Context(command, info_name=name, parent=ctx))
        return name, command, rest

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands without importing any of them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, COMMANDS[name]) for name in self.list_commands(ctx)])
