"""`proxbox demo`: the whole story on an embedded Proxmox cluster and an embedded NetBox."""

from __future__ import annotations

import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import click

from proxbox_plan.cli.options import common_options
from proxbox_plan.cli.terminal.output import Output, pass_output
from proxbox_plan.core.errors import ProxboxError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from proxbox_plan.demo.cluster import ClusterDescription, ClusterServer
    from proxbox_plan.demo.netbox import FakeNetBoxThread

_MARK = "# Written by `proxbox demo`; safe to delete."
_FEWEST = 20  # guests the story needs to have something to change


@click.command()
@click.option(
    "--guests",
    type=click.IntRange(_FEWEST, 20_000),
    default=40,
    show_default=True,
    help="Guests in the made-up cluster.",
)
@click.option("--seed", type=int, default=1, show_default=True, help="Another seed, another cluster.")
@click.option(
    "--folder",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("proxbox-demo"),
    show_default=True,
    help="Where the documents go.",
)
@click.option(
    "--serve",
    is_flag=True,
    help="Only start both servers, and keep them running for your own commands; "
    "each line on standard input changes something in the cluster.",
)
@common_options
@pass_output
def demo(output: Output, *, guests: int, seed: int, folder: Path, serve: bool) -> None:
    """Run the whole story on an embedded Proxmox cluster and NetBox. Touches nothing real."""
    from proxbox_plan.demo.cluster import ClusterDescription, ClusterServer
    from proxbox_plan.demo.netbox import FakeNetBoxThread

    _prepare(folder)
    cluster = ClusterDescription.seeded(seed, guests=guests, nodes=3, name="demo")
    with FakeNetBoxThread() as netbox, ClusterServer(cluster) as proxmox:
        _configure(folder, netbox, proxmox)
        if serve:
            _serve(output, folder, cluster, netbox, proxmox)
        else:
            _tell(output, folder, cluster)


def _prepare(folder: Path) -> None:
    """Make the folder, or clear what an earlier demo left; anybody else's folder stays as it is."""
    config = folder / "proxbox.yaml"
    try:
        if folder.exists() and any(folder.iterdir()):
            if not config.is_file() or not config.read_text(encoding="utf-8").startswith(_MARK):
                raise UsageError(f"the folder {folder} is not empty", hint="Name another one with --folder.")
            for path in (*folder.glob("*.json"), *folder.glob("*.jsonl")):
                path.unlink()
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(
            f"cannot use the folder {folder}: {error.strerror}", hint="Name another one with --folder."
        ) from None


def _configure(folder: Path, netbox: FakeNetBoxThread, proxmox: ClusterServer) -> None:
    """Write a configuration for the two servers; secrets go where they belong, into files of their own."""
    from proxbox_plan.documents import write_text

    write_text(folder / "netbox.token", netbox.token, private=True)
    write_text(folder / "proxmox.token", proxmox.token_secret, private=True)
    write_text(folder / "proxmox-ca.pem", proxmox.ca_file.read_text(encoding="utf-8"))
    write_text(
        folder / "proxbox.yaml",
        f"""{_MARK}
netbox:
  url: {netbox.url}
  token: {{file: netbox.token}}
clusters:
  - name: demo
    host: {proxmox.host}
    port: {proxmox.port}
    token: {{id: "{proxmox.token_id}", secret: {{file: proxmox.token}}}}
    ca_file: proxmox-ca.pem
    site: Demo
mapping:
  create_sites: true
""",
    )


def _tell(output: Output, folder: Path, cluster: ClusterDescription) -> None:
    from proxbox_plan.demo.story import a_working_day

    config, state, plan = str(folder / "proxbox.yaml"), str(folder / "state.json"), str(folder / "plan.json")
    again, second = str(folder / "state-2.json"), str(folder / "plan-2.json")
    _say(output, "1. Collect the cluster into a state file")
    _run(output, "collect", "-c", config, "-o", state)
    _say(output, "2. Plan what NetBox should say")
    _run(output, "plan", "-c", config, "--state", state, "-o", plan)
    _say(output, "3. Apply exactly that plan")
    _run(output, "apply", "-c", config, plan)
    _say(output, "4. Plan again: there is nothing to do")
    _run(output, "plan", "-c", config, "-o", str(folder / "plan-empty.json"))
    _say(output, "5. A working day in the cluster")
    for step in a_working_day(cluster):
        output.result(f"   * {step}")
    _say(output, "6. What changed in Proxmox")
    _run(output, "collect", "-c", config, "-o", again)
    _run(output, "diff", state, again)
    _say(output, "7. Plan it for NetBox, and apply")
    _run(output, "plan", "-c", config, "--state", again, "-o", second)
    _run(output, "apply", "-c", config, second)
    _say(output, f"Done. The documents are in {folder}/ — try: proxbox show {second} --markdown")


def _say(output: Output, text: str) -> None:
    output.result("\n" + (click.style(text, bold=True) if output.colour else text))


def _run(output: Output, *arguments: str) -> None:
    """Run one command as a person would, showing the command line first."""
    from proxbox_plan.cli.main import cli

    line = f"$ proxbox {' '.join(arguments)}"
    output.result(click.style(line, fg="cyan") if output.colour else line)
    sys.stdout.flush()
    code = cli.main(args=list(arguments), prog_name="proxbox", standalone_mode=False, obj=output)
    if isinstance(code, int) and code:
        raise ProxboxError(
            f"the step `proxbox {arguments[0]}` ended with {code}", hint="This is a bug; please report it."
        )


def _serve(
    output: Output, folder: Path, cluster: ClusterDescription, netbox: FakeNetBoxThread, proxmox: ClusterServer
) -> None:
    from proxbox_plan.demo.story import endless_days

    config = folder / "proxbox.yaml"
    output.result(
        f"NetBox   {netbox.url}  (open it in a browser to see the objects)\n"
        f"Proxmox  https://{proxmox.host}:{proxmox.port}\n\nIn another terminal:\n"
        f"  proxbox collect -c {config} -o {folder}/state.json\n"
        f"  proxbox plan -c {config} --state {folder}/state.json -o {folder}/plan.json\n"
        f"  proxbox apply -c {config} {folder}/plan.json\n"
    )
    sys.stdout.flush()
    try:
        _wait(output, endless_days(cluster))
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
        threading.Event().wait()  # nobody is there to send another line
