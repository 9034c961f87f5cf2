"""Branches of the NetBox plugin netbox-branching: finds, creates, and merges them, and waits for NetBox's jobs."""

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
from proxbox_plan.core.listed import listed
from proxbox_plan.model.branch import Branch, BranchView
from proxbox_plan.model.kind import Kind

PLUGIN = "netbox_branching"
BRANCHES = "/api/plugins/branching/branches/"
_BRANCHABLE = "/api/plugins/branching/branchable-models/"
_CHANGES = "/api/plugins/branching/changes/"
_JOBS = "/api/core/jobs/"
_PAUSE = 1.0
_IDLE = 120  # polls of a job that no worker picks up
_PATIENCE = 3600  # polls of a running job: the plugin's own limit is an hour
_CONFLICT = 409
_WAITING = frozenset({"pending", "scheduled"})
_OVER = frozenset({"completed", "errored", "failed"})
_TO_BE_READY = frozenset({"new", "provisioning", "syncing", "migrating"})
_NAMED = 5  # conflicts named in a message
_Model = TypeVar("_Model", bound=BaseModel)


class _Status(BaseModel):
    value: str


class _JobRow(BaseModel):
    """The used fields of a background job; the response to a merge is a job whose status is not used."""

    id: int
    status: _Status = _Status(value="pending")
    error: str = ""


class BranchChange(BaseModel):
    """One object that differs in a branch."""

    object_type: str
    object_id: int
    action: _Status

    @property
    def deletes(self) -> bool:
        """Whether a merge deletes the object."""
        return self.action.value == "delete"


class _BranchRow(BaseModel):
    id: int
    name: str
    schema_id: str
    status: _Status


@dataclass(frozen=True, slots=True)
class ExistingBranch:
    """A branch in NetBox."""

    id: int
    name: str
    schema_id: str
    status: str


async def find_branch(netbox: NetBox, name: str) -> ExistingBranch | None:
    """Return the branch of that name, whatever its status; null when there is none.

    UsageError when NetBox does not run the plugin.
    """
    if PLUGIN not in netbox.plugins:
        raise UsageError(
            "NetBox does not run the plugin netbox-branching, so it has no branches",
            hint="Install the plugin, or omit --branch.",
        )
    async for row in netbox.rows(BRANCHES, {"name": [name], "fields": "id,name,schema_id,status"}):
        if row.get("name") == name:
            found = _understood(_BranchRow, row)
            return ExistingBranch(found.id, found.name, found.schema_id, found.status.value)
    return None


async def look_at_branch(netbox: NetBox, name: str, kinds: Iterable[Kind]) -> BranchView:
    """Return the branch to plan for, and the kinds that no branch holds. A merged branch is an error."""
    found = await find_branch(netbox, name)
    if found is not None and found.status != "ready":
        raise _not_ready(found)
    models = await netbox.get(_BRANCHABLE)
    inside = {f"{row.get('app_label')}.{row.get('model')}" for row in models} if isinstance(models, list) else set()
    outside = tuple(kind.name for kind in kinds if kind.object_type not in inside)
    return BranchView(branch=Branch(name=name, schema_id=found.schema_id if found else None), outside=outside)


async def make_branch(netbox: NetBox, name: str, description: str, sleep: Sleep = asyncio.sleep) -> ExistingBranch:
    """Create a branch and wait until it is provisioned."""
    with suppress(UncertainWriteError):  # names are unique: the next read tells whether it was created
        await netbox.write("POST", BRANCHES, {"name": name, "description": description[:200]})
    return await ready_branch(netbox, name, sleep)


async def ready_branch(netbox: NetBox, name: str, sleep: Sleep = asyncio.sleep) -> ExistingBranch:
    """Wait until a branch is ready for writes. RefusedError when it never will be."""
    for look in range(_PATIENCE):
        found = await find_branch(netbox, name)
        if found is None:
            raise NetBoxError(f"NetBox has no branch {name!r}", hint="Run the command again.")
        if found.status == "ready":
            return found
        if found.status not in _TO_BE_READY:
            raise _not_ready(found)
        if found.status == "new" and look >= _IDLE:
            raise _no_worker(f"provision the branch {name!r}")
        netbox.on_wait(f"NetBox to provision the branch {name!r} ({found.status})")
        await sleep(_PAUSE)
    raise NetBoxError(f"The branch {name!r} is still not provisioned", hint="Check NetBox's background jobs.")


async def merge_branch(netbox: NetBox, branch: ExistingBranch, *, commit: bool, sleep: Sleep = asyncio.sleep) -> None:
    """Merge a branch into main, or only check that it can be. RefusedError when it cannot be merged."""
    try:
        job = await netbox.write("POST", f"{BRANCHES}{branch.id}/merge/", {"commit": commit})
    except NetBoxError as error:
        if error.status == _CONFLICT:
            raise _conflicts(branch, error.body) from None
        raise
    done = await _finished(netbox, _understood(_JobRow, job).id, f"merge the branch {branch.name!r}", sleep)
    if done.status.value != "completed":
        words = done.error or "NetBox gives no reason"
        what = "could not be merged" if commit else "cannot be merged: the dry run failed"
        raise RefusedError(
            f"The branch {branch.name!r} {what}: {words}",
            hint="Check the job's log in NetBox. Nothing was merged into main.",
        )


async def branch_changes(netbox: NetBox, branch: ExistingBranch) -> list[BranchChange]:
    """Return what a merge of the branch would do, object by object."""
    query = {"branch_id": [str(branch.id)], "fields": "id,object_type,object_id,action"}
    return [_understood(BranchChange, row) async for row in netbox.rows(_CHANGES, query)]


async def _finished(netbox: NetBox, number: int, what: str, sleep: Sleep) -> _JobRow:
    """Wait until a NetBox job ends."""
    for look in range(_PATIENCE):
        job = _understood(_JobRow, await netbox.get(f"{_JOBS}{number}/"))
        if job.status.value in _OVER:
            return job
        if job.status.value in _WAITING and look >= _IDLE:
            raise _no_worker(what)
        netbox.on_wait(f"NetBox to {what} (job {number}, {job.status.value})")
        await sleep(_PAUSE)
    raise NetBoxError(f"NetBox has not finished the job {number} to {what}", hint="Check NetBox's background jobs.")


def _understood(model: type[_Model], data: object) -> _Model:
    try:
        return model.model_validate(data)
    except ValidationError:
        raise NetBoxError(
            "NetBox answered a request about a branch with data that is not valid",
            hint="Check that the version of netbox-branching supports this NetBox.",
        ) from None


def _not_ready(found: ExistingBranch) -> RefusedError:
    hint = (
        "Choose another name: a branch can be merged only once."
        if found.status in {"merged", "archived"}
        else "Check the branch in NetBox."
    )
    return RefusedError(f"The branch {found.name!r} is {found.status} and does not accept changes", hint=hint)


def _no_worker(what: str) -> NetBoxError:
    return NetBoxError(
        f"No worker picks up the NetBox job to {what}",
        hint="Check that NetBox's background worker (`netbox rqworker`) runs.",
    )


def _conflicts(branch: ExistingBranch, body: object) -> RefusedError:
    found = body.get("conflicts") if isinstance(body, dict) else None
    rows = [row for row in found if isinstance(row, dict)] if isinstance(found, list) else []
    names = [f"{row.get('object_repr')} ({', '.join(row.get('conflicts') or ())})" for row in rows]
    return RefusedError(
        f"The branch {branch.name!r} has conflicts with changes in main: {listed(names, _NAMED, '; ')}",
        hint="Resolve them in NetBox, or plan again in a new branch.",
    )
