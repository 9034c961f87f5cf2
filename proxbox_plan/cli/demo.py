"""`proxbox demo`: the whole workflow on an embedded Proxmox cluster and an embedded NetBox."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import click

from proxbox_plan import api
from proxbox_plan.cli.options import common_options
from proxbox_plan.cli.terminal.output import Output, pass_output
from proxbox_plan.core.errors import ProxboxError
from proxbox_plan.model.netbox_versions import NEWEST, SUPPORTED, version_text

_FEWEST = 20  # guests that the workflow needs to have something to change


@click.command()
@click.option(
    "--guests",
    type=click.IntRange(_FEWEST, 20_000),
    default=40,
    show_default=True,
    help="Number of guests in the embedded cluster.",
)
@click.option("--seed", type=int, default=1, show_default=True, help="Seed of the generated cluster.")
@click.option(
    "--netbox-version",
    type=click.Choice([version_text(version) for version in SUPPORTED]),
    default=version_text(NEWEST),
    show_default=True,
    help="Version that the embedded NetBox is.",
)
@click.option(
    "--folder",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("proxbox-demo"),
    show_default=True,
    help="Folder for the documents.",
)
@click.option(
    "--serve",
    is_flag=True,
    help="Start both servers and keep them running for your own commands; "
    "each line on standard input changes something in the cluster.",
)
@common_options
@pass_output
def demo(output: Output, *, guests: int, seed: int, netbox_version: str, folder: Path, serve: bool) -> None:
    """Run the whole workflow on an embedded Proxmox cluster and NetBox. Needs no server."""
    with api.demo(folder, guests=guests, seed=seed, netbox_version=netbox_version) as servers:
        if serve:
            _serve(output, folder, servers)
        else:
            _tell(output, folder, servers)


def _tell(output: Output, folder: Path, servers: api.Demo) -> None:
    config, state, plan = str(folder / "proxbox.yaml"), str(folder / "state.json"), str(folder / "plan.json")
    again, second = str(folder / "state-2.json"), str(folder / "plan-2.json")
    _say(output, "1. Collect the cluster into a state file")
    _run(output, "collect", "-c", config, "-o", state)
    _say(output, "2. Plan the changes that bring NetBox in line with Proxmox")
    _run(output, "plan", "-c", config, "--state", state, "-o", plan)
    _say(output, "3. Apply exactly that plan")
    _run(output, "apply", "-c", config, plan)
    _say(output, "4. Plan again: there is nothing to do")
    _run(output, "plan", "-c", config, "-o", str(folder / "plan-empty.json"))
    _say(output, "5. A working day in the cluster")
    for step in servers.working_day():
        output.result(f"   * {step}")
    _say(output, "6. Show what changed in Proxmox")
    _run(output, "collect", "-c", config, "-o", again)
    _run(output, "diff", state, again)
    _say(output, "7. Plan and apply these changes")
    _run(output, "plan", "-c", config, "--state", again, "-o", second)
    _run(output, "apply", "-c", config, second)
    _say(output, f"Done. The documents are in {folder}/ — try: proxbox show {second} --markdown")


def _say(output: Output, text: str) -> None:
    output.result("\n" + (click.style(text, bold=True) if output.color else text))


def _run(output: Output, *arguments: str) -> None:
    """Run one command as a person would, showing the command line first."""
    from proxbox_plan.cli.main import cli  # noqa: PLC0415 # `main` lists this command

    line = f"$ proxbox {' '.join(arguments)}"
    output.result(click.style(line, fg="cyan") if output.color else line)
    sys.stdout.flush()
    code = cli.main(args=list(arguments), prog_name="proxbox", standalone_mode=False, obj=output)
    if isinstance(code, int) and code:
        raise ProxboxError(
            f"The step `proxbox {arguments[0]}` ended with {code}", hint="This is a bug; please report it."
        )


def _serve(output: Output, folder: Path, servers: api.Demo) -> None:
    config = servers.config
    output.result(
        f"NetBox   {servers.netbox_url}  (open it in a browser to see the objects)\n"
        f"Proxmox  {servers.proxmox_url}\n\nIn another terminal:\n"
        f"  proxbox collect -c {config} -o {folder}/state.json\n"
        f"  proxbox plan -c {config} --state {folder}/state.json -o {folder}/plan.json\n"
        f"  proxbox apply -c {config} {folder}/plan.json\n"
    )
    sys.stdout.flush()
    try:
        _wait(output, servers.endless_days())
    except (KeyboardInterrupt, click.Abort):
        output.note("Stopped.")


def _wait(output: Output, steps: Iterator[str]) -> None:
    """Keep running until Ctrl-C; every Enter, or every line a program sends, changes something in the cluster."""
    while True:
        _next_enter()
        output.result(f"   * {next(steps)}")
        sys.stdout.flush()


def _next_enter() -> None:
    if sys.stdin.isatty():
        click.prompt(
            "Enter changes something in the cluster, Ctrl-C ends",
            default="",
            show_default=False,
            prompt_suffix=". ",
            err=True,
        )
    elif not sys.stdin.readline():
        threading.Event().wait()  # standard input is closed: no further line can come
