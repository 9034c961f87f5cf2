"""Delete objects: cascades, detached references, and protected objects."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from proxbox_plan.demo.netbox.changes import Writing
from proxbox_plan.demo.netbox.display import display
from proxbox_plan.demo.netbox.effects import sum_disks
from proxbox_plan.demo.netbox.refusal import ProtectedError
from proxbox_plan.demo.netbox.schema import MODELS, REFERRERS
from proxbox_plan.demo.netbox.schema.attached import ATTACHED
from proxbox_plan.demo.netbox.store import Store

Object = tuple[str, int]


@dataclass
class _Reach:
    """The objects a delete affects, in the order of discovery."""

    deleted: dict[Object, None] = field(default_factory=dict)
    detached: dict[tuple[str, int, str], None] = field(default_factory=dict)
    protecting: dict[Object, None] = field(default_factory=dict)
    restricting: dict[Object, None] = field(default_factory=dict)


def delete(writing: Writing, label: str, row_id: int, message: str = "") -> None:
    """Delete one object with its dependents; ProtectedError names the objects that prevent it."""
    store = writing.store
    reach = _Reach()
    _follow(store, (label, row_id), reach)
    # In Django an object that is deleted as well restricts nothing, but still protects.
    dependents = [*reach.protecting, *(target for target in reach.restricting if target not in reach.deleted)]
    if dependents:
        raise ProtectedError([f"{display(store, lb, i, store.row(lb, i))} ({i})" for lb, i in dependents])
    for other_label, other_id, name in reach.detached:
        if (other_label, other_id) not in reach.deleted:
            _detach(writing, other_label, other_id, name)
    for target in reversed(reach.deleted):
        _remove(writing, *target, message if target == (label, row_id) else "")


def _follow(store: Store, start: Object, reach: _Reach) -> None:
    waiting = [start]
    while waiting:
        target = waiting.pop()
        if target in reach.deleted:
            continue
        reach.deleted[target] = None
        label, row_id = target
        for model, reference in REFERRERS.get(label, ()):
            for other in store.tables[model.label].find(reference.name, row_id):
                match reference.on_delete:
                    case "cascade":
                        waiting.append((model.label, other))
                    case "protect":
                        reach.protecting[model.label, other] = None
                    case "restrict":
                        reach.restricting[model.label, other] = None
                    case "set_null":
                        reach.detached[model.label, other, reference.name] = None
        for attached in ATTACHED:
            _, number = MODELS[attached].generic or (None, None)
            found = store.tables[attached].find(number.name, target) if number else ()
            waiting.extend((attached, other) for other in found)


def _detach(writing: Writing, label: str, row_id: int, name: str) -> None:
    store = writing.store
    before = store.row(label, row_id)
    store.change(label, row_id, **{name: None}, last_updated=store.now())
    writing.log("update", label, row_id, before, store.row(label, row_id))


def _remove(writing: Writing, label: str, row_id: int, message: str) -> None:
    store = writing.store
    row = store.row(label, row_id)
    writing.log("delete", label, row_id, row, None, message)
    store.put(label, row_id, None)
    match label:
        case "virtualization.virtualdisk":
            sum_disks(store, row["virtual_machine"])
        case "ipam.vlan" | "ipam.routetarget" | "ipam.ipaddress" | "virtualization.cluster":
            _unlist(store, label, row_id)
        case "dcim.interface":
            _unplug(store, row_id)
        case "extras.tag":
            _forget_tag(store, row_id)
        case "extras.customfield":
            for kind in row["object_types"]:
                _forget_custom_field(store, kind, row["name"])


def _unlist(store: Store, label: str, target: int) -> None:
    for table in store.tables.values():
        for name in [f.name for f in table.model.fields if f.kind == "refs" and f.to == label]:
            for row_id in tuple(table.find(name, target)):
                left = tuple(other for other in table.rows[row_id][name] if other != target)
                store.change(table.model.label, row_id, **{name: left})


def _unplug(store: Store, interface: int) -> None:
    """Leave a cable without the end that was at an interface."""
    for row_id, row in tuple(store.tables["dcim.cable"].rows.items()):
        ends = {name: row[name] for name in ("a_terminations", "b_terminations")}
        left = {name: [end for end in end_of if not _is_at(end, interface)] for name, end_of in ends.items()}
        if left != {name: list(end_of) for name, end_of in ends.items()}:
            store.change("dcim.cable", row_id, **left)


def _is_at(end: Any, interface: int) -> bool:
    return bool(end == {"object_type": "dcim.interface", "object_id": interface})


def _forget_tag(store: Store, tag: int) -> None:
    for label, table in store.tables.items():
        if "tags" in table.model.by_name:
            for row_id in tuple(table.find("tags", tag)):
                left = tuple(other for other in table.rows[row_id]["tags"] if other != tag)
                store.change(label, row_id, tags=left)


def _forget_custom_field(store: Store, label: str, name: str) -> None:
    for row_id, row in tuple(store.tables[label].rows.items()):
        if name in row["custom_fields"]:
            left = {key: value for key, value in row["custom_fields"].items() if key != name}
            store.change(label, row_id, custom_fields=left)
