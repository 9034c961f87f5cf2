"""Run an apply: in main or in the plan's branch, ended cleanly by signals, with the commit it belongs to."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
from dataclasses import replace
from typing import TYPE_CHECKING

from proxbox_plan.cli.event_loop import run
from proxbox_plan.cli.terminal.output import Output

if TYPE_CHECKING:
    from proxbox_plan.apply.apply import Options
    from proxbox_plan.apply.run import Run
    from proxbox_plan.config import Settings
    from proxbox_plan.model.outcome import Outcome
    from proxbox_plan.model.plan import Plan

_COMMITS = ("GITHUB_SHA", "CI_COMMIT_SHA", "GIT_COMMIT")


def run_apply(plan: Plan, settings: Settings, output: Output, options: Options) -> Outcome:
    """Apply a plan, with a progress bar; KeyboardInterrupt when it was stopped before it wrote anything."""
    with output.progress("Applying", "apply") as progress:
        words = " ".join(part for part in (_commit(), options.message) if part)
        told = replace(options, message=words, progress=progress, started=_on_signals)
        try:
            return run(_apply(plan, settings, output, told))
        except asyncio.CancelledError:
            raise KeyboardInterrupt from None


async def _apply(plan: Plan, settings: Settings, output: Output, options: Options) -> Outcome:
    from proxbox_plan.apply.apply import apply
    from proxbox_plan.apply.concurrency.preconditions import check_binding
    from proxbox_plan.cli.branching import branch_for
    from proxbox_plan.cli.sources import netbox_client
    from proxbox_plan.model.branch import Branch
    from proxbox_plan.plan import KINDS
    from proxbox_plan.policy.permission import check_permission

    _end_on_sigterm()
    on_wait = options.progress.waiting if options.progress else None
    async with netbox_client(settings, output, read_only=False, on_wait=on_wait) as main:
        bound = plan.binding.branch
        if bound is None or not plan.changes:
            return await apply(plan, main, KINDS, options)
        check_permission(plan, options.labels)
        check_binding(plan, main)
        found = await branch_for(main, plan, bound, resume=options.resume)
        branch = Branch(name=found.name, schema_id=found.schema_id)
        schema = found.schema_id
        async with netbox_client(settings, output, read_only=False, branch=schema, on_wait=on_wait) as inside:
            return await apply(plan, inside, KINDS, replace(options, main=main, branch=branch))


def merge_into_main(plan: Plan, settings: Settings, output: Output) -> str:
    """Merge the branch of a plan that was applied; return what there is to say."""
    from proxbox_plan.cli.branching import merge
    from proxbox_plan.cli.sources import netbox_client

    bound = plan.binding.branch
    if bound is None:
        raise AssertionError(plan.id)

    async def work() -> str:
        async with netbox_client(settings, output, read_only=False) as main:
            return await merge(main, plan, bound)

    return run(work())


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
