"""Apply: executes exactly the plan, in main or in the plan's branch; a cancellation ends it cleanly."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection
from dataclasses import replace
from pathlib import Path
from typing import Final, Literal

from proxbox_plan.api.approvals.counting import Approved, approved
from proxbox_plan.api.approvals.given import Approvals
from proxbox_plan.api.branching import branch_for, merge_branch_of
from proxbox_plan.api.cancellation import Cancellation
from proxbox_plan.api.event_loop import run
from proxbox_plan.api.events import Listener, Reporter, unheard
from proxbox_plan.api.sources import claims_of, netbox_client
from proxbox_plan.apply.apply import Options
from proxbox_plan.apply.apply import apply as apply_plan
from proxbox_plan.apply.journal import remove_journal
from proxbox_plan.apply.preconditions.checks import check_document
from proxbox_plan.apply.preconditions.expected import check_expected
from proxbox_plan.apply.run import Run
from proxbox_plan.config import Settings
from proxbox_plan.core import files
from proxbox_plan.core.errors import DocumentError, StaleError, UsageError
from proxbox_plan.documents import read_document, write_document
from proxbox_plan.mapping import KINDS
from proxbox_plan.model.branch import Branch
from proxbox_plan.model.event import Stage
from proxbox_plan.model.outcome import Outcome
from proxbox_plan.model.plan import Plan
from proxbox_plan.policy.permission import Consent

LOCK_NAME: Final = ".proxbox-apply.lock"
NO_APPROVALS: Final = Approvals()


def apply(  # noqa: PLR0913 # one argument per way to apply
    settings: Settings,
    plan: Plan | Path | str,
    *,
    journal: Path | None = None,
    lock: Path | None = None,
    outcome: Path | None = None,
    resume: bool = False,
    on_stale: Literal["refuse", "skip"] = "refuse",
    labels: Collection[str] = (),
    ignore_limits: bool = False,
    expect: str | None = None,
    approvals: Approvals = NO_APPROVALS,
    message: str = "",
    lock_timeout: float = 0.0,
    listener: Listener = unheard,
    cancellation: Cancellation | None = None,
) -> Outcome:
    """Execute exactly that plan and return what became of each change.

    The journal and the lock are beside the plan's file, or in the current folder. `outcome` names a file that the
    outcome is written to before the journal of a complete one is removed. `lock_timeout` is in seconds; `message` is
    added to NetBox's changelog after the plan's id. `expect` is the `changes_digest` of the plan that was reviewed.
    `ignore_limits` applies a plan that was made with it, or an undo, although it exceeds limits. `approvals` are those
    that the configuration, or they themselves, require.

    Raises DocumentError, StaleError, RefusedError, LockedError or CanceledError before anything is written. Once
    writing has begun there is always an outcome; one that is not complete says what is missing and why.
    """
    path = Path("plan.json") if isinstance(plan, Plan) else Path(plan)
    if not path.name:
        raise DocumentError(f"{path}: is a folder, not a file", hint="Name the file inside it.")
    options = Options(
        journal=journal or path.with_name(f"{path.stem}.journal.jsonl"),
        lock=lock or path.with_name(LOCK_NAME),
        resume=resume,
        on_stale=on_stale,
        consent=Consent(labels, ignore_limits),
        policy=settings.policy,
        message=message,
        lock_timeout=lock_timeout,
    )
    with claims_of(settings) as claims:
        if not isinstance(plan, Plan):
            claims.add(plan, files.Use.READ, "the plan")
        claims.add(options.journal, files.Use.WRITTEN, "the journal")
        claims.add(options.lock, files.Use.WRITTEN, "the lock")
        if outcome is not None:
            claims.add(outcome, files.Use.WRITTEN, "the outcome")
        document = plan if isinstance(plan, Plan) else read_document(plan, Plan)
        if expect is not None:
            check_expected(document, expect)
        given = approved(settings, document, approvals)
        return _executed(settings, document, options, outcome, Reporter(listener), cancellation, given)


def _executed(  # noqa: PLR0913 # what `apply` was asked for
    settings: Settings,
    document: Plan,
    options: Options,
    outcome: Path | None,
    reporter: Reporter,
    cancellation: Cancellation | None,
    given: Approved | None,
) -> Outcome:
    _check_configuration(settings, document)
    with reporter.stage(Stage.APPLY) as progress:
        told = replace(options, progress=progress, started=_stop_with(cancellation) if cancellation else None)
        done = run(_apply(document, settings, reporter, told, given), cancellation)
    if outcome is not None:
        write_document(done, outcome)
    if done.complete:
        remove_journal(options.journal)
    return done


def _check_configuration(settings: Settings, plan: Plan) -> None:
    """Refuse a plan of another configuration: what that holds, observes or checks is not what this one does."""
    if plan.binding.config_digest != settings.digest:
        raise StaleError(
            "The configuration changed since the plan was made",
            hint="Plan again and review the new plan.",
        )


def merge(
    settings: Settings,
    plan: Plan,
    *,
    expect: str | None = None,
    approvals: Approvals = NO_APPROVALS,
    listener: Listener = unheard,
) -> str:
    """Merge the branch of a plan that was applied, after a dry run; return the note about it.

    `expect` is the `changes_digest` of the plan that was reviewed: StaleError for a plan with other changes.
    `approvals` are those that an apply of the plan requires, too.
    """
    if expect is not None:
        check_expected(plan, expect)
    given = approved(settings, plan, approvals)
    _check_configuration(settings, plan)
    bound = plan.binding.branch
    if bound is None:
        raise UsageError("Merging requires a plan for a branch", hint="Plan for a branch: proxbox plan --branch NAME")

    async def work() -> str:
        reporter = Reporter(listener)
        async with netbox_client(settings, reporter, read_only=False) as main:
            if given is not None:
                given.check_at(main.date, reporter)
            return await merge_branch_of(main, plan, bound)

    return run(work())


async def _apply(
    plan: Plan, settings: Settings, reporter: Reporter, options: Options, given: Approved | None
) -> Outcome:
    on_wait = options.progress.waiting if options.progress else None
    async with netbox_client(settings, reporter, read_only=False, on_wait=on_wait) as main:
        if given is not None:
            given.check_at(main.date, reporter)
        bound = plan.binding.branch
        if bound is None or not plan.changes:
            return await apply_plan(plan, main, KINDS, options)
        check_document(plan, main, KINDS, options.policy, options.consent)
        found = await branch_for(main, plan, bound, resume=options.resume)
        branch = Branch(name=found.name, schema_id=found.schema_id)
        schema = found.schema_id
        async with netbox_client(settings, reporter, read_only=False, branch=schema, on_wait=on_wait) as inside:
            return await apply_plan(plan, inside, KINDS, replace(options, main=main, branch=branch))


def _stop_with(cancellation: Cancellation) -> Callable[[Run], None]:
    """Return the callback for the start of writing: from then on a cancellation lets what is in flight finish."""

    def began(writing: Run) -> None:
        loop = asyncio.get_running_loop()
        cancellation.on_cancel(lambda reason: loop.call_soon_threadsafe(writing.stop, reason))

    return began
