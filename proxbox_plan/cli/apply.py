"""`proxbox apply`: exactly the plan."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any, Literal

import click

from proxbox_plan import api
from proxbox_plan.api import Format
from proxbox_plan.cli.options import (
    branch_option,
    common_options,
    config_option,
    events_option,
    format_options,
    verbose_option,
)
from proxbox_plan.cli.terminal.commit import commit_message
from proxbox_plan.cli.terminal.completing import json_files
from proxbox_plan.cli.terminal.listener import Listener
from proxbox_plan.cli.terminal.output import Output, pass_output
from proxbox_plan.cli.terminal.rendered import show_document
from proxbox_plan.cli.terminal.signals import canceled_by_signals
from proxbox_plan.core.errors import DocumentError, PartialApplyError, RefusedError, UsageError
from proxbox_plan.model.outcome import Outcome, Result
from proxbox_plan.model.plan import Plan


@click.command()
@click.argument("file", metavar="[PLAN]", required=False, type=click.Path(path_type=Path), shell_complete=json_files)
@config_option
@click.option("--yes", "-y", is_flag=True, help="Don't ask, when there is no plan file.")
@click.option("--resume", is_flag=True, help="Finish an apply that stopped part-way.")
@branch_option
@click.option(
    "--merge", "merged", is_flag=True, help="Merge the plan's branch into main afterwards, after a rehearsal."
)
@click.option(
    "--on-stale",
    type=click.Choice(["refuse", "skip"]),
    default="refuse",
    show_default=True,
    help="What to do when objects were edited since the plan.",
)
@click.option(
    "--outcome",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Outcome file; by default PLAN with .outcome.json.",
)
@click.option(
    "--label",
    "labels",
    multiple=True,
    metavar="LABEL",
    help="Somebody's word for a check that requires it; may be given more than once.",
)
@click.option(
    "--lock-timeout",
    type=click.FloatRange(min=0),
    default=0,
    metavar="SECONDS",
    help="Wait so long for another apply that holds the lock; by default not at all.",
)
@click.option("--message", default="", metavar="TEXT", help="Added to NetBox's changelog after the plan's id.")
@events_option
@format_options
@verbose_option
@common_options
@pass_output
def apply(  # one argument per option
    output: Output,
    *,
    file: Path | None,
    config: Path,
    yes: bool,
    resume: bool,
    branch: str | None,
    merged: bool,
    on_stale: Literal["refuse", "skip"],
    outcome: Path | None,
    labels: tuple[str, ...],
    lock_timeout: float,
    message: str,
    format_: Format,
    verbose: bool,
) -> None:
    """Apply a plan to NetBox, exactly. Without PLAN: plan, show, ask, apply."""
    settings = api.load(config)
    path = file or Path("plan.json")
    if file is not None or resume:
        plan = api.read_as(path, Plan)
    elif merged and branch is None:
        raise UsageError("there is nothing to merge without a branch", hint="Say which: --branch NAME --merge")
    else:
        plan = _fresh(settings, output, path, branch, yes=yes, verbose=verbose)
    _check_branch(plan, branch, merge=merged)
    target = outcome or path.with_name(f"{path.stem}.outcome.json")
    if _was_applied(plan, target):
        if not (resume or merged):
            raise RefusedError(f"plan {plan.id} was applied already: {target} says so", hint="Plan again.")
        output.note(f"Plan {plan.id} was applied already: {target} says so.")
    else:
        done = _apply(
            output,
            settings,
            plan,
            path,
            outcome=target,
            resume=resume,
            on_stale=on_stale,
            labels=labels,
            message=" ".join(part for part in (commit_message(), message) if part),
            lock_timeout=lock_timeout,
        )
        show_document(output, done, format_, verbose=verbose)
        output.note(f"Wrote {target}.")
        _raise_incomplete(done)
    if merged:
        output.note(api.merge(settings, plan, listener=Listener(output)))


def _apply(output: Output, settings: api.Settings, plan: Plan, path: Path, **options: Any) -> Outcome:
    """Apply the plan of a file; KeyboardInterrupt when a signal ended it before it wrote anything."""
    journal = path.with_name(f"{path.stem}.journal.jsonl")
    lock = path.with_name(api.LOCK_NAME)
    with canceled_by_signals() as cancellation:
        try:
            return api.apply(
                settings,
                plan,
                journal=journal,
                lock=lock,
                listener=Listener(output),
                cancellation=cancellation,
                **options,
            )
        except api.CanceledError:
            raise KeyboardInterrupt from None


def _fresh(settings: api.Settings, output: Output, path: Path, branch: str | None, *, yes: bool, verbose: bool) -> Plan:
    """Plan now, show it and ask; without an answer nothing is applied."""
    if not yes and not sys.stdin.isatty():
        raise UsageError(
            "there is no plan file, and nobody to ask",
            hint="Apply a reviewed plan: proxbox apply plan.json; or say --yes.",
        )
    plan = api.plan(settings, branch=branch, listener=Listener(output)).plan
    api.write(plan, path)
    output.aside(api.render(plan, color=output.color, verbose=verbose))
    if plan.changes and not yes and not click.confirm("Apply this plan?", err=True):
        raise UsageError("not applied", hint=f"The plan is in {path}.")
    return plan


def _check_branch(plan: Plan, name: str | None, *, merge: bool) -> None:
    """Raise UsageError when the command line speaks of another branch than the plan."""
    bound = plan.binding.branch
    if name is not None and (bound is None or bound.name != name):
        where = f"the branch {bound.name!r}" if bound else "NetBox's main data"
        raise UsageError(
            f"the plan is for {where}, not for the branch {name!r}", hint=f"Plan for it: proxbox plan --branch {name}"
        )
    if merge and bound is None:
        raise UsageError(
            "there is nothing to merge: the plan is not for a branch", hint="Plan for one: proxbox plan --branch NAME"
        )


def _was_applied(plan: Plan, target: Path) -> bool:
    """Whether the outcome says that all of the plan landed: a second time NetBox would only refuse its creations."""
    if not target.exists():
        return False
    try:
        earlier = api.read_as(target, Outcome)
    except DocumentError as error:
        raise DocumentError(f"{target} is in the way: {error.message}", hint="Name another with --outcome.") from None
    return earlier.plan_digest == plan.digest and earlier.complete and bool(plan.changes)


def _raise_incomplete(done: Outcome) -> None:
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
