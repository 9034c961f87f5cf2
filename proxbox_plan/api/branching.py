"""Work in a branch of NetBox: finds or creates a plan's branch before an apply, and merges it afterwards."""

from __future__ import annotations

from proxbox_plan.apply.concurrency.owners import kept_by_owners
from proxbox_plan.clients.netbox.branch import (
    ExistingBranch,
    branch_changes,
    find_branch,
    make_branch,
    merge_branch,
    ready_branch,
)
from proxbox_plan.clients.netbox.client import NetBox
from proxbox_plan.clients.netbox.dependents import DependentsReader
from proxbox_plan.core.errors import StaleError
from proxbox_plan.core.escaping import word_or
from proxbox_plan.mapping import KINDS
from proxbox_plan.model.branch import Branch
from proxbox_plan.model.plan import Delete, Plan

_NAMED = 5  # objects named in a message


async def branch_for(main: NetBox, plan: Plan, bound: Branch, *, resume: bool) -> ExistingBranch:
    """Return the branch a plan is for; it is created when there was none. StaleError when it is another one now."""
    found = await find_branch(main, bound.name)
    if found is None and bound.schema_id is None:
        return await make_branch(main, bound.name, f"proxbox plan {plan.id}")
    is_ours = found is not None and (found.schema_id == bound.schema_id or (resume and bound.schema_id is None))
    if found is None or not is_ours:
        what = "no longer exists" if found is None else "is not the one the plan was made for"
        raise StaleError(f"The branch {bound.name!r} {what}", hint=_again(bound.name))
    return found if found.status == "ready" else await ready_branch(main, bound.name)


def _again(name: str) -> str:
    return f"Plan again: proxbox plan --branch {word_or(name, 'NAME')}"


async def merge_branch_of(main: NetBox, plan: Plan, bound: Branch) -> str:
    """Merge a plan's branch after a dry run; return the note about it. RefusedError when it cannot be merged."""
    name = bound.name
    found = await find_branch(main, name)
    if found is None and not plan.changes:
        return f"The branch {name} does not exist, because no change was planned: nothing to merge."
    if found is None:
        raise StaleError(f"The branch {name!r} no longer exists", hint="Check the branches in NetBox.")
    if found.status == "merged":
        return f"The branch {name} is already merged."
    await _refuse_held(main, found, plan)
    await _refuse_kept(main, found, plan)
    await merge_branch(main, found, commit=False)
    await merge_branch(main, found, commit=True)
    return f"Merged the branch {name} into main, after a dry run."


async def _refuse_held(main: NetBox, branch: ExistingBranch, plan: Plan) -> None:
    """Raise StaleError when something in main depends on what a merge would delete: the branch was made before it."""
    changes = await branch_changes(main, branch)
    kinds = {kind.object_type: kind.name for kind in KINDS.values()}
    ids: dict[str, list[int]] = {}
    for change in changes:
        if change.deletes and change.object_type in kinds:
            ids.setdefault(kinds[change.object_type], []).append(change.object_id)
    known: set[tuple[str, int | None]] = {(item.object_type, item.object_id) for item in changes if item.deletes}
    for planned in plan.changes:
        if isinstance(planned, Delete):
            known |= {(item.model, item.id) for item in planned.along}
        elif any(item.field == KINDS[planned.kind].parent for item in planned.fields):
            known.add((KINDS[planned.kind].object_type, planned.target_id))  # the branch moved it away
    found = await DependentsReader(main, KINDS).read(ids)
    held = [item for item in found if not item.is_seen or (item.model, item.id) not in known]
    if held:
        names = ", ".join(item.title for item in held[:_NAMED])
        raise StaleError(
            f"The branch {branch.name!r} deletes objects on which others depend in main: {names}",
            hint="Move or delete these objects in NetBox, or plan again in a new branch.",
        )


async def _refuse_kept(main: NetBox, branch: ExistingBranch, plan: Plan) -> None:
    """Raise StaleError when a person marked in main what loses parts by a merge: the branch has the old tags."""
    kept = await kept_by_owners(main, KINDS, plan.changes, plan.changes)
    if kept:
        named = [
            f"{change.kind} {change.name!r} {kept[change.address]}" for change in plan.changes if change.address in kept
        ]
        raise StaleError(
            f"The branch {branch.name!r} removes what is protected in main: {'; '.join(named[:_NAMED])}",
            hint="Remove the tag in NetBox if that is right, or plan again in a new branch.",
        )
