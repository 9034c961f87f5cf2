"""`proxbox apply`: apply a reviewed plan to NetBox, exactly."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal

import click

from proxbox_plan import api
from proxbox_plan.api import Format
from proxbox_plan.cli.options import (
    approval_options,
    branch_option,
    common_options,
    config_option,
    events_option,
    format_options,
    verbose_option,
)
from proxbox_plan.cli.terminal.commit import commit_message
from proxbox_plan.cli.terminal.completing import json_files
from proxbox_plan.cli.terminal.files import CACHE_PATH, READ_PATH, NamedFile, derived_files
from proxbox_plan.cli.terminal.listener import Listener
from proxbox_plan.cli.terminal.output import Output, pass_output
from proxbox_plan.cli.terminal.rendered import show_document
from proxbox_plan.cli.terminal.signals import canceled_by_signals
from proxbox_plan.core.errors import DocumentError, PartialApplyError, ProxboxError, RefusedError, UsageError
from proxbox_plan.core.files import Use
from proxbox_plan.model.outcome import Outcome, Result
from proxbox_plan.model.plan import Plan


def _outcome(path: Path) -> Path:
    return path.with_name(f"{path.stem}.outcome.json")


def _journal(path: Path) -> Path:
    return path.with_name(f"{path.stem}.journal.jsonl")


def _lock(path: Path) -> Path:
    return path.with_name(api.LOCK_NAME)


def _files(given: Mapping[str, Any]) -> Iterator[NamedFile]:
    """Yield what no parameter names: the files beside the plan, and its own when it is made."""
    path = given["file"] or Path("plan.json")
    if not path.name:
        raise DocumentError(f"{path}: is a folder, not a file", hint="Name the file inside it.")
    if given["file"] is None:
        yield NamedFile(str(path), Use.READ if given["resume"] else Use.WRITTEN, "the plan")
    if given["outcome"] is None:  # an earlier one says whether the plan is applied
        yield NamedFile(str(_outcome(path)), Use.BOTH, "the outcome")
    yield NamedFile(str(_journal(path)), Use.WRITTEN, "the journal")
    yield NamedFile(str(_lock(path)), Use.WRITTEN, "the lock")


def _no_empty_label(_: click.Context, __: click.Parameter, labels: tuple[str, ...]) -> tuple[str, ...]:
    """Refuse a label that a pipeline's empty variable gave: no check requires it, so the apply would end otherwise."""
    if not all(label.strip() for label in labels):
        raise click.BadParameter("a label must not be empty; omit the option if there is none")
    return labels


@click.command()
@click.argument("file", metavar="[PLAN]", required=False, type=READ_PATH, shell_complete=json_files)
@config_option
@click.option("--yes", "-y", is_flag=True, help="Do not ask for confirmation when no plan file is given.")
@click.option("--resume", is_flag=True, help="Finish an apply that stopped early.")
@branch_option
@click.option(
    "--merge", "merged", is_flag=True, help="Merge the plan's branch into main after the apply, with a dry run first."
)
@click.option(
    "--on-stale",
    type=click.Choice(["refuse", "skip"]),
    default="refuse",
    show_default=True,
    help="What to do when objects were edited since the plan was made.",
)
@click.option(
    "--outcome",
    metavar="FILE",
    type=CACHE_PATH,
    help="Outcome file; by default PLAN with the suffix .outcome.json.",
)
@click.option(
    "--label",
    "labels",
    multiple=True,
    metavar="LABEL",
    callback=_no_empty_label,
    help="Label that a check requires; may be repeated.",
)
@click.option(
    "--force-limit",
    is_flag=True,
    help="Ignore the change limits that the plan shows as forced; without PLAN, plan so, too.",
)
@click.option(
    "--expect",
    metavar="DIGEST",
    help="Apply only if the plan has exactly these changes: the digest that `plan` and `show` print after `Changes:`.",
)
@approval_options
@click.option(
    "--lock-timeout",
    type=click.FloatRange(min=0),
    default=0,
    metavar="SECONDS",
    help="How long to wait for another apply that holds the lock; by default not at all.",
)
@click.option("--message", default="", metavar="TEXT", help="Text for NetBox's changelog, after the plan's id.")
@events_option
@format_options
@verbose_option
@common_options
@derived_files(_files)
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
    force_limit: bool,
    expect: str | None,
    approvals: tuple[Path, ...],
    require_approvals: int,
    allowed_signers: Path | None,
    authors: tuple[str, ...],
    max_approval_age: float | None,
    lock_timeout: float,
    message: str,
    format_: Format,
    verbose: bool,
) -> None:
    """Apply a plan to NetBox, exactly. Without PLAN: plan, show the plan, ask for confirmation, apply."""
    settings = api.load(config)
    path = file or Path("plan.json")
    target = outcome or _outcome(path)
    given = api.Approvals(approvals, require_approvals, allowed_signers, authors, max_approval_age)
    if file is None and not resume and max(require_approvals, settings.approvals.require_approvals):
        raise UsageError(
            "Approvals are required, so only a plan that was saved and approved is applied",
            hint="proxbox plan; proxbox approve plan.json; proxbox apply plan.json --approval FILE",
        )
    if file is not None or resume:
        plan = api.read_as(path, Plan)
    elif merged and branch is None:
        raise UsageError("--merge requires a branch", hint="Name it: --branch NAME --merge")
    else:
        plan = _fresh(settings, output, path, branch, yes=yes, force_limit=force_limit, verbose=verbose)
    _check_branch(plan, branch, merge=merged)
    if expect is not None:  # also when nothing is left to apply, and only the branch is merged
        api.check_expected(plan, expect)
    if _was_applied(plan, target):
        if not (resume or merged):
            raise RefusedError(f"Plan {plan.id} is already applied, according to {target}", hint="Plan again.")
        output.note(f"Plan {plan.id} is already applied, according to {target}.")
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
            ignore_limits=force_limit,
            expect=expect,
            approvals=given,
            message=" ".join(part for part in (commit_message(), message) if part),
            lock_timeout=lock_timeout,
        )
        _show(output, done, format_, verbose=verbose)
        output.note(f"Wrote {target}.")
        if on_stale == "skip" and not merged and _only_skipped(done):
            left = sum(result.result is not Result.DONE for result in done.by_object())
            skipped = f"Skipped {left:,} of {len(done.by_object()):,} changes"
            output.note(f"{skipped}, because NetBox was edited since the plan was made. Plan again.")
        else:
            _raise_incomplete(done, force_limit=force_limit)
    if merged:
        output.note(api.merge(settings, plan, expect=expect, approvals=given, listener=Listener(output)))


def _show(output: Output, done: Outcome, format_: Format, *, verbose: bool) -> None:
    """Show an outcome. The changes are made and recorded: a pipe that is closed does not change the exit code."""
    output.done = True
    try:
        show_document(output, done, format_, verbose=verbose)
    except ProxboxError as error:
        output.warning(error.message)
    finally:
        output.done = False


def _apply(output: Output, settings: api.Settings, plan: Plan, path: Path, **options: Any) -> Outcome:
    """Apply the plan of a file; KeyboardInterrupt when a signal ended it before it wrote anything."""
    with canceled_by_signals() as cancellation:
        try:
            return api.apply(
                settings,
                plan,
                journal=_journal(path),
                lock=_lock(path),
                listener=Listener(output),
                cancellation=cancellation,
                **options,
            )
        except api.CanceledError:
            raise KeyboardInterrupt from None


def _fresh(  # what `apply` was asked for
    settings: api.Settings,
    output: Output,
    path: Path,
    branch: str | None,
    *,
    yes: bool,
    force_limit: bool,
    verbose: bool,
) -> Plan:
    """Plan now, show the plan and ask for confirmation; nothing is applied without it."""
    if not yes and not sys.stdin.isatty():
        raise UsageError(
            "No plan file is given, and stdin is not a terminal to ask for confirmation",
            hint="Apply a reviewed plan: proxbox apply plan.json; or pass --yes.",
        )
    plan = api.plan(settings, branch=branch, ignore_limits=force_limit, listener=Listener(output)).plan
    api.write(plan, path)
    output.aside(api.render(plan, color=output.color, verbose=verbose))
    if plan.changes and not yes and not click.confirm("Apply this plan?", err=True):
        raise UsageError(
            "The plan is not applied, because it was not confirmed",
            hint=f"The plan is saved in {path}; apply it with: proxbox apply {shlex.quote(str(path))}",
        )
    return plan


def _check_branch(plan: Plan, name: str | None, *, merge: bool) -> None:
    """Raise UsageError when the command line names another branch than the plan."""
    bound = plan.binding.branch
    if name is not None and (bound is None or bound.name != name):
        where = f"the branch {bound.name!r}" if bound else "NetBox's main branch"
        raise UsageError(
            f"The plan is for {where}, not for the branch {name!r}",
            hint=f"Plan again: proxbox plan --branch {shlex.quote(name)}",
        )
    if merge and bound is None:
        raise UsageError("--merge requires a plan for a branch", hint="Plan for a branch: proxbox plan --branch NAME")


def _was_applied(plan: Plan, target: Path) -> bool:
    """Whether the outcome says that the whole plan is applied: NetBox would reject its creations a second time."""
    if not target.exists():
        return False
    try:
        earlier = api.read_as(target, Outcome)
    except DocumentError as error:
        raise DocumentError(
            f"Cannot use {target} as the outcome file: {error.message}", hint="Name another file with --outcome."
        ) from None
    return earlier.plan_digest == plan.digest and earlier.complete and bool(plan.changes)


def _only_skipped(done: Outcome) -> bool:
    """Whether all that did not land was edited in NetBox since the plan was made, or depends on such an object."""
    results = {result.result for result in done.results}
    return not done.stopped and Result.STALE in results and results <= {Result.DONE, Result.STALE, Result.BLOCKED}


def _raise_incomplete(done: Outcome, *, force_limit: bool) -> None:
    if done.complete:
        return
    results = done.by_object()
    landed = sum(item.result is Result.DONE for item in results)
    why = f": {done.stopped}" if done.stopped else ""
    hint = (
        f"Run `proxbox apply --resume{' --force-limit' if force_limit else ''}` to finish."
        if done.stopped
        else "Read NetBox's messages in the outcome file, then plan again."
    )
    raise PartialApplyError(f"{landed:,} of {len(results):,} changes were applied{why}", hint=hint)
