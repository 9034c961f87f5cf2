"""Work in a branch of NetBox: where a plan's branch is found or made before an apply, and merged after it."""

from __future__ import annotations

from proxbox_plan.clients.netbox.branch import ExistingBranch, find_branch, make_branch, merge_branch, ready_branch
from proxbox_plan.clients.netbox.client import NetBox
from proxbox_plan.core.errors import StaleError
from proxbox_plan.model.branch import Branch
from proxbox_plan.model.plan import Plan


async def branch_for(main: NetBox, plan: Plan, bound: Branch, *, resume: bool) -> ExistingBranch:
    """Return the branch a plan is for; it is created when there was none. StaleError when it is another one now."""
    found = await find_branch(main, bound.name)
    if found is None and bound.schema_id is None:
        return await make_branch(main, bound.name, f"proxbox plan {plan.id}")
    is_ours = found is not None and (found.schema_id == bound.schema_id or (resume and bound.schema_id is None))
    if found is None or not is_ours:
        what = "is gone" if found is None else "is not the one the plan was made for"
        raise StaleError(f"the branch {bound.name!r} {what}", hint=f"Plan again: proxbox plan --branch {bound.name}")
    return found if found.status == "ready" else await ready_branch(main, bound.name)


async def merge_branch_of(main: NetBox, plan: Plan, bound: Branch) -> str:
    """Rehearse merging a plan's branch, then merge it; return what there is to say. RefusedError when it can't be."""
    name = bound.name
    found = await find_branch(main, name)
    if found is None and not plan.changes:
        return f"There is nothing to merge: no change was planned, so there is no branch {name}."
    if found is None:
        raise StaleError(f"the branch {name!r} is gone", hint="Look at NetBox's branches.")
    if found.status == "merged":
        return f"The branch {name} was merged already."
    await merge_branch(main, found, commit=False)
    await merge_branch(main, found, commit=True)
    return f"Merged the branch {name} into main, after a rehearsal."
