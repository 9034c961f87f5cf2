"""`proxbox completion SHELL`: print the completion script of a shell."""

from __future__ import annotations

from typing import Final

import click

from proxbox_plan.cli.options import common_options
from proxbox_plan.cli.terminal.output import Output, pass_output

SHELLS: Final = ("bash", "zsh", "fish")


@click.command()
@click.argument("shell", type=click.Choice(SHELLS))
@common_options
@pass_output
def completion(output: Output, *, shell: str) -> None:
    """Print the script that makes a shell complete proxbox.

    \b
    bash  eval "$(proxbox completion bash)"                                   in ~/.bashrc
    zsh   eval "$(proxbox completion zsh)"                                    in ~/.zshrc
    fish  proxbox completion fish > ~/.config/fish/completions/proxbox.fish   once
    """  # noqa: D301 # \b is click's mark for lines that stay as they are
    from click.shell_completion import get_completion_class  # noqa: PLC0415 # only this command needs it

    from proxbox_plan.cli.main import cli  # noqa: PLC0415 # `main` lists this command

    found = get_completion_class(shell)
    if found is None:
        raise TypeError(f"click completes no {shell}")
    output.result(found(cli, {}, "proxbox", "_PROXBOX_COMPLETE").source())
