"""Branches of NetBox's plugin netbox-branching: found, made, and merged, by jobs of NetBox that are waited for."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from proxbox_plan.clients.netbox.client import NetBox
from proxbox_plan.clients.netbox.waiting import Sleep
from proxbox_plan.core.errors import NetBoxError, RefusedError, UncertainWriteError, UsageError
from proxbox_plan.model.branch import Branch, BranchView
from proxbox_plan.model.kind import Kind

PLUGIN = "netbox_branching"
BRANCHES = "/api/plugins/branching/branches/"
_BRANCHABLE = "/api/plugins/branching/branchable-models/"
_JOBS = "/api/core/jobs/"
_PAUSE = 1.0
_IDLE = 120  # looks at a job that no worker takes
_PATIENCE = 3600  # looks at one that is under way: the plugin's own limit is an hour
_CONFLICT = 409
_WAITING = frozenset({"pending", "scheduled"})
_OVER = frozenset({"completed", "errored", "failed"})
_TO_BE_READY = frozenset({"new", "provisioning", "syncing", "migrating"})
_NAMED = 5  # conflicts named in a message
_Model = TypeVar("_Model", bound=BaseModel)


class _Status(BaseModel):
    value: str


class _JobRow(BaseModel):
    """A background job, as far as it matters here; the answer to a merge is one without a status that counts."""

    id: int
    status: _Status = _Status(value="pending")
    error: str = ""


class _BranchRow(BaseModel):
    id: int
    name: str
    schema_id: str
    status: _Status


@dataclass(frozen=True, slots=True)
class ExistingBranch:
    """A branch as NetBox has it."""

    id: int
    name: str
    schema_id: str
    status: str


async def find_branch(netbox: NetBox, name: str) -> ExistingBranch | None:
    """Return the branch of that name, whatever its status; null when there is none.

    UsageError when NetBox has no branches at all.
    """
    if PLUGIN not in netbox.plugins:
        raise UsageError(
            "NetBox does not run the plugin netbox-branching, so it has no branches",
            hint="Install it, or leave --branch out.",
        )
    async for row in netbox.rows(BRANCHES, {"name": [name], "fields": "id,name,schema_id,status"}):
        if row.get("name") == name:
            found = _understood(_BranchRow, row)
            return ExistingBranch(found.id, found.name, found.schema_id, found.status.value)
    return None


async def look_at_branch(netbox: NetBox, name: str, kinds: Iterable[Kind]) -> BranchView:
    """Return the branch to plan for, and what is outside of all branches. One that was merged is an error."""
    found = await find_branch(netbox, name)
    if found is not None and found.status != "ready":
        raise _not_ready(found)
    models = await netbox.get(_BRANCHABLE)
    inside = {f"{row.get('app_label')}.{row.get('model')}" for row in models} if isinstance(models, list) else set()
    outside = tuple(kind.name for kind in kinds if kind.object_type not in inside)
    return BranchView(branch=Branch(name=name, schema_id=found.schema_id if found else None), outside=outside)


async def make_branch(netbox: NetBox, name: str, description: str, sleep: Sleep = asyncio.sleep) -> ExistingBranch:
    """Create a branch and wait until it is provisioned."""
    with suppress(UncertainWriteError):  # names are unique: it is there, or it is not
        await netbox.write("POST", BRANCHES, {"name": name, "description": description[:200]})
    return await ready_branch(netbox, name, sleep)


async def ready_branch(netbox: NetBox, name: str, sleep: Sleep = asyncio.sleep) -> ExistingBranch:
    """Wait until a branch can be written to. RefusedError when it never will."""
    for look in range(_PATIENCE):
        found = await find_branch(netbox, name)
        if found is None:
            raise NetBoxError(f"NetBox has no branch {name!r}", hint="Try again.")
        if found.status == "ready":
            return found
        if found.status not in _TO_BE_READY:
            raise _not_ready(found)
        if found.status == "new" and look >= _IDLE:
            raise _no_worker(f"provision the branch {name!r}")
        netbox.on_wait(f"NetBox to provision the branch {name!r} ({found.status})")
        await sleep(_PAUSE)
    raise NetBoxError(f"the branch {name!r} is still not provisioned", hint="See NetBox's background jobs.")


async def merge_branch(netbox: NetBox, branch: ExistingBranch, *, commit: bool, sleep: Sleep = asyncio.sleep) -> None:
    """Merge a branch into main, or only rehearse it. RefusedError when it has conflicts or can't be merged."""
    try:
        job = await netbox.write("POST", f"{BRANCHES}{branch.id}/merge/", {"commit": commit})
    except NetBoxError as error:
        if error.status == _CONFLICT:
            raise _conflicts(branch, error.body) from None
        raise
    done = await _finished(netbox, _understood(_JobRow, job).id, f"merge the branch {branch.name!r}", sleep)
    if done.status.value != "completed":
        words = done.error or "NetBox does not say why"
        what = "could not be merged" if commit else "can't be merged: the rehearsal failed"
        raise RefusedError(
            f"the branch {branch.name!r} {what}: {words}", hint="Nothing of it is in main. See the job's log in NetBox."
        )


async def _finished(netbox: NetBox, number: int, what: str, sleep: Sleep) -> _JobRow:
    """Wait for a job of NetBox."""
    for look in range(_PATIENCE):
        job = _understood(_JobRow, await netbox.get(f"{_JOBS}{number}/"))
        if job.status.value in _OVER:
            return job
        if job.status.value in _WAITING and look >= _IDLE:
            raise _no_worker(what)
        netbox.on_wait(f"NetBox to {what} (job {number}, {job.status.value})")
        await sleep(_PAUSE)
    raise NetBoxError(f"NetBox is still at work to {what} (job {number})", hint="See NetBox's background jobs.")


def _understood(model: type[_Model], data: object) -> _Model:
    try:
        return model.model_validate(data)
    except ValidationError:
        raise NetBoxError(
            "NetBox answered about a branch in a way that can't be understood",
            hint="Is netbox-branching of a version that fits NetBox?",
        ) from None


def _not_ready(found: ExistingBranch) -> RefusedError:
    hint = "Take another name: a branch is merged once." if found.status in {"merged", "archived"} else "See NetBox."
    return RefusedError(f"the branch {found.name!r} is {found.status}, so nothing can be written to it", hint=hint)


def _no_worker(what: str) -> NetBoxError:
    return NetBoxError(
        f"NetBox has a job to {what}, but no worker takes it",
        hint="Is NetBox's background worker (`netbox rqworker`) running?",
    )


def _conflicts(branch: ExistingBranch, body: object) -> RefusedError:
    found = body.get("conflicts") if isinstance(body, dict) else None
    rows = [row for row in found if isinstance(row, dict)] if isinstance(found, list) else []
    names = "; ".join(f"{row.get('object_repr')} ({', '.join(row.get('conflicts') or ())})" for row in rows[:_NAMED])
    more = f" and {len(rows) - _NAMED} more" if len(rows) > _NAMED else ""
    return RefusedError(
        f"the branch {branch.name!r} has conflicts: main was changed since, too: {names}{more}",
        hint="Look at the branch in NetBox and settle them there; or plan again in a new branch.",
    )
