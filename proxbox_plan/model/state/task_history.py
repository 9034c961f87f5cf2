"""Task history: which finished tasks of Proxmox may have changed a guest so, as far as its log was read.

A task of a guest says who started it and of which type it was, and not which value it changed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, NamedTuple

from proxbox_plan.core.key import Key
from proxbox_plan.core.moment import utc
from proxbox_plan.model.state.state import Cluster, Node, Task
from proxbox_plan.model.task_author import TaskAuthor


class Doing(NamedTuple):
    """What tasks do to a guest."""

    types: frozenset[str]
    last_counts: bool  # whether it is as the last of them left it; else each of them may have done it


_MADE: Final = frozenset({"qmcreate", "qmclone", "qmrestore", "vzcreate", "vzclone", "vzrestore"})
_DESTROYED: Final = frozenset({"qmdestroy", "vzdestroy"})
_CONFIGURED: Final = frozenset(
    {"qmconfig", "qmmove", "move_volume", "resize", "imgdel", "qmrollback", "vzrollback", "qmtemplate", "vztemplate"}
)

MADE: Final = Doing(_MADE, last_counts=True)
DESTROYED: Final = Doing(_DESTROYED, last_counts=True)
MIGRATED: Final = Doing(frozenset({"qmigrate", "vzmigrate", "hamigrate"}), last_counts=True)
STATUS_SET: Final = Doing(
    frozenset(
        f"{tool}{verb}"
        for tool in ("qm", "vz")
        for verb in ("start", "stop", "shutdown", "reboot", "suspend", "resume")
    )
    | {"qmpause", "qmreset", "hastart", "hastop", "hashutdown"},
    last_counts=True,
)
CONFIGURED: Final = Doing(_CONFIGURED, last_counts=False)
PART_MADE: Final = Doing(_CONFIGURED | _MADE, last_counts=False)
PART_REMOVED: Final = Doing(_CONFIGURED | _DESTROYED, last_counts=False)

_FINE: Final = ("OK", "WARNINGS")  # what the status of a task that did something begins with


@dataclass(frozen=True, slots=True)
class TaskHistory:
    """The successful tasks of each guest, the newest first, and of which clusters not all were read."""

    _tasks: dict[Key, list[Task]]
    unread: frozenset[str]  # clusters

    @classmethod
    def of(cls, clusters: Iterable[Cluster]) -> TaskHistory:
        """Return that of these clusters; a vmid is that of a machine or of a container."""
        found: dict[Key, list[Task]] = {}
        unread: set[str] = set()
        for cluster in clusters:
            if not all(map(_has_tasks, cluster.nodes)):
                unread.add(cluster.name)
            for task in (task for node in cluster.nodes for task in node.tasks):
                if task.vmid is not None and task.status.startswith(_FINE):
                    for sort in ("qemu", "lxc"):
                        found.setdefault(Key.of(cluster.name, sort, task.vmid), []).append(task)
        for tasks in found.values():
            tasks.sort(key=lambda task: (-task.started, task.upid))
        return cls(found, frozenset(unread))

    @property
    def is_empty(self) -> bool:
        """Whether no task of any guest is known."""
        return not self._tasks

    def fitting(self, guest: Key, doing: Doing, after: float = 0) -> list[Task]:
        """Return the tasks that may have done something to a guest, since a moment (seconds since 1970)."""
        tasks = self._tasks.get(guest, [])
        found = [task for task in tasks if task.type in doing.types and task.started >= after]
        return [task for task in found if task.started == found[0].started] if doing.last_counts else found

    def authors(self, guest: Key, doings: Iterable[Doing], after: float = 0) -> tuple[TaskAuthor, ...]:
        """Return who did these things to a guest, of each where exactly one task fits; the newest first."""
        fitting = (self.fitting(guest, doing, after) for doing in doings)
        found = {tasks[0].upid: author_of(tasks[0]) for tasks in fitting if len(tasks) == 1}
        return tuple(sorted(found.values(), key=lambda author: (author.time, author.upid), reverse=True))


def author_of(task: Task) -> TaskAuthor:
    """Return a task as documents name it."""
    return TaskAuthor(user=task.user, type=task.type, time=utc(int(task.started)), upid=task.upid)


def _has_tasks(node: Node) -> bool:
    return node.coverage.tasks.complete
