"""`proxbox apply`: exactly the plan."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from proxbox_plan.cli.completing import json_files
from proxbox_plan.cli.options import common_options, config_option, format_options, verbose_option
from proxbox_plan.cli.output import Output, Progress, pass_output
from proxbox_plan.cli.shown import show_document
from proxbox_plan.errors import PartialApplyError, RefusedError, UsageError
from proxbox_plan.report.format import Format

if TYPE_CHECKING:
    from proxbox_plan.applier.run import Run
    from proxbox_plan.config import Settings
    from proxbox_plan.model.outcome import Outcome
    from proxbox_plan.model.plan import Plan

LOCK = ".proxbox-apply.lock"
_COMMITS = ("GITHUB_SHA", "CI_COMMIT_SHA", "GIT_COMMIT")


@click.command()
@click.argument("file", metavar="[PLAN]", required=False, type=click.Path(path_type=Path), shell_complete=json_files)
@config_option
@click.option("--yes", "-y", is_flag=True, help="Don't ask, when there is no plan file.")
@click.option("--resume", is_flag=True, help="Finish an apply that stopped part-way.")
@click.option("--on-stale", type=click.Choice(["refuse", "skip"]), default="refuse", show_default=True,
              help="What to do when objects were edited since the plan.")  # fmt: skip
@click.option("--outcome", metavar="FILE", type=click.Path(path_type=Path),
              help="Outcome file; by default PLAN with .outcome.json.")  # fmt: skip
@click.option("--label", "labels", multiple=True, metavar="LABEL",
              help="Somebody's word for a check that requires it; may be given more than once.")  # fmt: skip
@click.option("--message", default="", metavar="TEXT", help="Added to NetBox's changelog after the plan's id.")
@format_options
@verbose_option
@common_options
@pass_output
def apply(  # one argument per option
    output: Output, *, file: Path | None, config: Path, yes: bool, resume: bool,
    on_stale: Literal["refuse", "skip"], outcome: Path | None, labels: tuple[str, ...], message: str,
    format_: Format, verbose: bool,
) -> None:  # fmt: skip
    """Apply a plan to NetBox, exactly. Without PLAN: plan, show, ask, apply."""
    from proxbox_plan.applier.journal import remove_journal
    from proxbox_plan.cli.settings import load_settings
    from proxbox_plan.documents import read_document, write_document
    from proxbox_plan.model.plan import Plan

    settings = load_settings(config)
    path = file or Path("plan.json")
    if file is not None or resume:
        plan = read_document(path, Plan)
    else:
        plan = _fresh(settings, output, path, yes=yes, verbose=verbose)
    _check_config(plan, settings)
    target = outcome or path.with_name(f"{path.stem}.outcome.json")
    if _was_applied(plan, target):
        if not resume:
            raise RefusedError(f"plan {plan.id} was applied already: {target} says so", hint="Plan again.")
        output.note(f"Plan {plan.id} was applied already: {target} says so.")
        return
    journal = path.with_name(f"{path.stem}.journal.jsonl")
    with output.progress("Applying") as progress:
        try:
            done = asyncio.run(_apply(plan, settings, output, progress, journal, resume, on_stale, labels, message))
        except asyncio.CancelledError:
            raise KeyboardInterrupt from None
    write_document(done, target)
    if done.complete:
        remove_journal(journal)
    show_document(output, done, format_, verbose=verbose)
    output.note(f"Wrote {target}.")
    _raise_incomplete(done)


def _fresh(settings: Settings, output: Output, path: Path, *, yes: bool, verbose: bool) -> Plan:
    """Plan now, show it and ask; nobody to ask is no consent."""
    from proxbox_plan.cli.sources import collected, planned
    from proxbox_plan.documents import write_document
    from proxbox_plan.report import text

    if not yes and not sys.stdin.isatty():
        raise UsageError("there is no plan file, and nobody to ask",
                         hint="Apply a reviewed plan: proxbox apply plan.json; or say --yes.")  # fmt: skip
    plan, _ = planned(settings, output, collected(settings, output), inventory=None, policy=settings.policy)
    write_document(plan, path)
    output.aside(text.render(plan, colour=output.colour, verbose=verbose))
    if plan.changes and not yes and not click.confirm("Apply this plan?", err=True):
        raise UsageError("not applied", hint=f"The plan is in {path}.")
    return plan


def _check_config(plan: Plan, settings: Settings) -> None:
    from proxbox_plan.errors import StaleError

    if plan.binding.config_digest != settings.digest:
        raise StaleError("the configuration changed since the plan was made",
                         hint="Plan again, so that what is reviewed is what is applied.")  # fmt: skip


def _was_applied(plan: Plan, target: Path) -> bool:
    """Whether the outcome says that all of the plan landed: a second time NetBox would only refuse its creations."""
    from proxbox_plan.documents import read_document
    from proxbox_plan.errors import DocumentError
    from proxbox_plan.model.outcome import Outcome

    if not target.exists():
        return False
    try:
        earlier = read_document(target, Outcome)
    except DocumentError as error:
        raise DocumentError(f"{target} is in the way: {error.message}", hint="Name another with --outcome.") from None
    return earlier.plan_digest == plan.digest and earlier.complete and bool(plan.changes)


async def _apply(  # everything one apply is told
    plan: Plan, settings: Settings, output: Output, progress: Progress, journal: Path, resume: bool,  # noqa: FBT001
    on_stale: Literal["refuse", "skip"], labels: tuple[str, ...], message: str,
) -> Outcome:  # fmt: skip
    from proxbox_plan.applier.apply import Options
    from proxbox_plan.applier.apply import apply as apply_plan
    from proxbox_plan.cli.sources import netbox_client
    from proxbox_plan.planner import KINDS

    options = Options(
        journal=journal, lock=journal.with_name(LOCK), resume=resume, on_stale=on_stale, labels=labels,
        message=" ".join(part for part in (_commit(), message) if part), progress=progress, started=_on_signals,
    )  # fmt: skip
    _end_on_sigterm()
    async with netbox_client(settings, output, read_only=False) as netbox:
        return await apply_plan(plan, netbox, KINDS, options)


def _end_on_sigterm() -> None:
    """Before writing begins: SIGTERM ends the command as SIGINT does, with its locks released."""
    task = asyncio.current_task()
    if task is not None:
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)


def _on_signals(run: Run) -> None:
    """Let SIGINT and SIGTERM finish what is on the way, and then stop."""
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, run.stop, f"stopped by {number.name}")


def _commit() -> str:
    """Return the Git commit this run belongs to, as CI names it or as the folder says."""
    found = next((os.environ[name] for name in _COMMITS if os.environ.get(name)), "")
    if not found:
        try:
            command = ["git", "rev-parse", "HEAD"]
            asked = subprocess.run(command, capture_output=True, timeout=5, check=False, env=_for_git())  # noqa: S603 # our own words
        except (OSError, subprocess.SubprocessError):
            return ""
        found = asked.stdout.decode(errors="replace").strip() if asked.returncode == 0 else ""
    return f"commit {found[:12]}" if found else ""


def _for_git() -> dict[str, str]:
    """Return what git needs of the environment: where things are, and none of our secrets."""
    return {name: value for name, value in os.environ.items() if name in ("PATH", "HOME") or name.startswith("GIT_")}


def _raise_incomplete(done: Outcome) -> None:
    from proxbox_plan.model.outcome import Result

    if done.complete:
        return
    landed = sum(result.result is Result.DONE for result in done.results)
    why = f": {done.stopped}" if done.stopped else ""
    hint = (
        "`proxbox apply --resume` finishes it."
        if done.stopped
        else "See the outcome for NetBox's words; then plan again."
    )
    raise PartialApplyError(f"{landed} of {len(done.results)} changes landed{why}", hint=hint)
