"""What caused drift beside NetBox's changelog: tasks of Proxmox, and other drift that brought it along. Pure."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from typing import Final

from proxbox_plan.core.address import Address
from proxbox_plan.core.key import Key
from proxbox_plan.mapping import NODE
from proxbox_plan.model.drift import Drift, Item, Origin, TaskLog
from proxbox_plan.model.plan import Action
from proxbox_plan.model.reference import refs_of
from proxbox_plan.model.state import Cluster
from proxbox_plan.model.state.task_history import TaskHistory, author_of
from proxbox_plan.plan.task_causes import GONE, doing_of

_IN_PROXMOX: Final = frozenset({Origin.PROXMOX, Origin.BOTH, Origin.NEW, Origin.GONE})


def with_tasks(drift: Drift, clusters: Sequence[Cluster]) -> Drift:
    """Return the drift with the task of Proxmox that caused it, where exactly one fits."""
    history = TaskHistory.of(clusters)
    items = tuple(_with_task(item, history) for item in drift.items)
    return drift.remade(items=items)


def _with_task(item: Item, history: TaskHistory) -> Item:
    key = item.address.key
    if item.origin not in _IN_PROXMOX or not key.is_of_machine or key.sort == NODE.documents:
        return item
    whole = Action.CREATE if item.origin is Origin.NEW else Action.DELETE
    action = Action.DELETE if item.reason in GONE else whole if item.field is None else Action.UPDATE
    fitting = history.fitting(key.machine, doing_of(item.kind, action, item.field))
    if not fitting:
        # What was not read may hold it.
        return item if key.cluster in history.unread else item.replace(task_log=TaskLog.NONE)
    if len(fitting) > 1:
        return item.replace(task_log=TaskLog.SEVERAL)
    return item.replace(task=author_of(fitting[0]))


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
