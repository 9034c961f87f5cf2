"""The commands: a module each, imported only when its command runs, so that `proxbox --help` is quick."""

from __future__ import annotations

from difflib import get_close_matches
from importlib import import_module
from importlib.util import find_spec
from typing import Final

import click

# Name -> what `proxbox --help` says. The module is cli/NAME.py and holds a click command of the same name.
COMMANDS: Final[dict[str, str]] = {
    "init": "Write a commented proxbox.yaml, pipelines and a .gitignore.",
    "doctor": "Check both sides: reachable, new enough, and the rights that are needed.",
    "validate": "Check the configuration and say what it means.",
    "collect": "Read the configured Proxmox clusters into a state file.",
    "plan": "Plan what NetBox should say, and why.",
    "show": "Show a state, inventory, plan, outcome or drift file.",
    "apply": "Apply a plan to NetBox, exactly.",
    "drift": "Say what differs between Proxmox and NetBox, and who changed it.",
    "diff": "Say what changed between two state files.",
    "undo": "Make a plan that takes an apply back.",
    "unlock": "Remove a stale lock, by its id.",
    "schema": "Print the JSON Schema of a document or of the configuration.",
    "completion": "Print what makes bash, zsh or fish complete all this.",
    "demo": "Run the whole story on an embedded Proxmox cluster and NetBox.",
}


class LazyGroup(click.Group):
    """A group whose commands are imported when they are asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  # click's interface
        """Return the names of the commands that are there, in the order of the work."""
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
            close = get_close_matches(args[0][:60], self.list_commands(ctx), n=1)
            asked = f"; did you mean '{close[0]}'?" if close else ""
            raise click.UsageError(f"There is no command '{args[0][:60]}'{asked}", ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands without importing any of them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, COMMANDS[name]) for name in self.list_commands(ctx)])
