"""What caused drift beside NetBox's changelog: tasks of Proxmox, and other drift that brought it along. Pure."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from typing import Final

from proxbox_plan.core.address import Address
from proxbox_plan.core.key import Key
from proxbox_plan.core.moment import utc
from proxbox_plan.mapping import GUEST, NODE
from proxbox_plan.model.drift import Drift, Item, Origin, TaskAuthor, TaskLog
from proxbox_plan.model.reference import refs_of
from proxbox_plan.model.state import Cluster, Node, Task

# Types of Proxmox's tasks by what they do to a guest. The last one that sets a status or a node is why it is as it is.
_MADE: Final = frozenset({"qmcreate", "qmclone", "qmrestore", "vzcreate", "vzclone", "vzrestore"})
_DESTROYED: Final = frozenset({"qmdestroy", "vzdestroy"})
_MIGRATED: Final = frozenset({"qmigrate", "vzmigrate", "hamigrate"})
_STATUS: Final = frozenset(
    {f"{tool}{verb}" for tool in ("qm", "vz") for verb in ("start", "stop", "shutdown", "reboot", "suspend", "resume")}
    | {"qmpause", "qmreset", "hastart", "hastop", "hashutdown"}
)
# A change of a configuration leaves a task, but not which value: two of them are two that fit.
_CONFIGURED: Final = frozenset(
    {"qmconfig", "qmmove", "move_volume", "resize", "imgdel", "qmrollback", "vzrollback", "qmtemplate", "vztemplate"}
)
_FINE: Final = ("OK", "WARNINGS")  # what the status of a task that did something begins with
_IN_PROXMOX: Final = frozenset({Origin.PROXMOX, Origin.BOTH, Origin.NEW, Origin.GONE})


def with_tasks(drift: Drift, clusters: Sequence[Cluster]) -> Drift:
    """Return the drift with the task of Proxmox that caused it, where exactly one fits."""
    tasks = dict(_tasks(clusters))
    unread = {cluster.name for cluster in clusters if not all(map(_has_tasks, cluster.nodes))}
    items = tuple(_with_task(item, tasks, unread) for item in drift.items)
    return drift.remade(items=items)


def _has_tasks(node: Node) -> bool:
    return node.coverage.tasks.complete


def _tasks(clusters: Iterable[Cluster]) -> Iterator[tuple[Key, list[Task]]]:
    """Yield the successful tasks of each guest, the newest first; a vmid is that of a machine or of a container."""
    for cluster in clusters:
        found: dict[int, list[Task]] = {}
        for task in (task for node in cluster.nodes for task in node.tasks):
            if task.vmid is not None and task.status.startswith(_FINE):
                found.setdefault(task.vmid, []).append(task)
        for vmid, tasks in found.items():
            tasks.sort(key=lambda task: (-task.started, task.upid))
            yield from ((Key.of(cluster.name, sort, vmid), tasks) for sort in ("qemu", "lxc"))


def _with_task(item: Item, tasks: Mapping[Key, list[Task]], unread: Container[str]) -> Item:
    key = item.address.key
    if item.origin not in _IN_PROXMOX or not key.is_of_machine or key.sort == NODE.documents:
        return item
    fitting = _fitting(item, tasks.get(key.machine, []))
    if not fitting:
        # What was not read may hold it.
        return item if key.cluster in unread else item.replace(task_log=TaskLog.NONE)
    if len(fitting) > 1:
        return item.replace(task_log=TaskLog.SEVERAL)
    (task,) = fitting
    return item.replace(task=TaskAuthor(user=task.user, type=task.type, time=utc(int(task.started)), upid=task.upid))


def _fitting(item: Item, tasks: list[Task]) -> list[Task]:
    types, last_counts = _types(item)
    found = [task for task in tasks if task.type in types]
    if not last_counts:
        return found
    return [task for task in found if task.started == found[0].started]


def _types(item: Item) -> tuple[frozenset[str], bool]:
    """Return the types of tasks that do such a thing, and whether the last of them did it for sure."""
    own = item.kind == GUEST.name
    if item.field is None and item.origin is Origin.NEW:
        return (_MADE, True) if own else (_CONFIGURED | _MADE, False)
    if item.field is None:
        return (_DESTROYED, True) if own else (_CONFIGURED | _DESTROYED, False)
    if own and item.field == "status":
        return _STATUS, True
    if own and item.field == "device":
        return _MIGRATED, True
    return _CONFIGURED, False


def with_consequences(drift: Drift) -> Drift:
    """Return the drift with what each item follows from: parts from what they are on, references from their object."""
    whole = {item.address: item for item in drift.items if item.field is None}
    by_key = {(item.address.key, item.origin): item.address for item in whole.values()}
    items = tuple(item.replace(follows=_leader(item, whole, by_key)) for item in drift.items)
    return drift.remade(items=items)


def _leader(item: Item, whole: Container[Address], by_key: Mapping[tuple[Key, Origin], Address]) -> Address | None:
    """Return the object whose coming or going brought an item along; null when it stands for itself.

    A part came or went with its machine, or with the interface or disk of it that it is on.
    """
    if item.field is None:
        found = (by_key.get((key, item.origin)) for key in item.address.key.above)
        return next((address for address in found if address is not None), None)
    if item.origin is Origin.PRESERVED:
        return None
    values = (item.netbox, item.proxmox)
    addresses = (ref.address for value in values for ref in refs_of(value) if ref.address is not None)
    return next((address for address in addresses if address in whole), None)
