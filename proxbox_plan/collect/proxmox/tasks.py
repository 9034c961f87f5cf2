"""The finished tasks of one node that were about a guest."""

from __future__ import annotations

from proxbox_plan.collect.proxmox.api_models.datacenter import TaskRow
from proxbox_plan.collect.proxmox.gathering import MISSING, Gathering
from proxbox_plan.collect.proxmox.parse.datacenter import parse_guest
from proxbox_plan.collect.proxmox.parse.grammar import GrammarError
from proxbox_plan.collect.proxmox.privileges.effective import AUDIT_NODE, EffectivePrivileges
from proxbox_plan.collect.proxmox.reading import Reader, wrong_shape
from proxbox_plan.model.policy.areas import TaskArea
from proxbox_plan.model.state import Coverage, Task

DAY = 86_400
PAGE = 500
MOST_PAGES = 200
_FINISHED = frozenset({"pid", "pstart", "endtime", "status"})  # what Proxmox says of every finished task


def read_tasks(
    reader: Reader, node: str, area: TaskArea, now: float, privileges: EffectivePrivileges
) -> tuple[tuple[Task, ...], Coverage]:
    """Read the archive of a node page by page, back to the beginning of a day, newest first."""
    gathering = Gathering(reader)
    path = ("nodes", node, "tasks")
    # Whole days, so that the state does not change every second.
    since = (int(now) // DAY - area.days) * DAY
    found: dict[str, Task] = {}

    def make(row: TaskRow) -> Task | None:
        if not row.model_fields_set >= _FINISHED:  # only finished tasks are in the archive
            raise GrammarError("expected a finished task", row.upid)
        vmid = parse_guest(row.id)
        too_old = (row.endtime or row.starttime) < since
        return None if vmid is None or too_old else _task(row, node, vmid)

    for page in range(MOST_PAGES):
        data = gathering.get(*path, source="archive", since=since, start=page * PAGE, limit=PAGE)
        if data is MISSING:
            break
        for task in gathering.made(TaskRow, make, data, *path):
            found.setdefault(task.upid, task)
        if not isinstance(data, list) or len(data) < PAGE or len(found) >= area.most:
            break
    else:
        gathering.note(wrong_shape(f"/nodes/{node}/tasks", f"more than {MOST_PAGES * PAGE} tasks"))
    gathering.note(privileges.holds(f"/nodes/{node}", AUDIT_NODE))
    newest_first = sorted(found.values(), key=lambda task: (-task.started, task.upid))
    return tuple(newest_first[: area.most]), gathering.coverage


def _task(row: TaskRow, node: str, vmid: int) -> Task:
    return Task(
        upid=row.upid,
        node=node,
        vmid=vmid,
        type=row.type,
        id=row.id,
        user=f"{row.user}!{row.tokenid}" if row.tokenid else row.user,
        pid=row.pid,
        pstart=row.pstart,
        started=row.starttime,
        ended=row.endtime,
        status=row.status,
    )
