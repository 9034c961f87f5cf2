"""The text by which NetBox shows an object."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from proxbox_plan.demo.netbox import network
from proxbox_plan.demo.netbox.relations import display_of_vrf
from proxbox_plan.demo.netbox.schema import MODELS
from proxbox_plan.demo.netbox.schema.fields import Model
from proxbox_plan.demo.netbox.store import Store, StoredRow

_MACHINE = "virtualization.virtualmachine"
_VERBS = {"create": "created", "update": "updated", "delete": "deleted"}


def display(store: Store, label: str, row_id: int, row: StoredRow) -> str:
    """Return the display text of an object, in responses and error messages."""
    model = MODELS[label]
    shown = _SPECIAL[label](store, row_id, row) if label in _SPECIAL else None
    if shown is None:
        shown = model.template.format_map(_Shown(store, model, row)) if model.template else str(row[model.display])
    return shown


def _change(_store: Store, _row_id: int, row: StoredRow) -> str:
    verbose = MODELS[row["changed_object_type"]].verbose
    app = row["changed_object_type"].partition(".")[0]
    app = {"dcim": "DCIM", "ipam": "IPAM"}.get(app, app.capitalize())
    return f"{app} | {verbose} {row['object_repr']} {_VERBS[row['action']]} by {row['user_name']}"


def _device(store: Store, row_id: int, row: StoredRow) -> str | None:
    if row["name"]:
        return None
    kind = store.row("dcim.devicetype", row["device_type"])
    maker = store.row("dcim.manufacturer", kind["manufacturer"])["name"]
    return f"{maker} {kind['model']} ({row_id})"


def _backup(store: Store, _row_id: int, row: StoredRow) -> str:
    owner = display(store, _MACHINE, row["virtual_machine"], store.row(_MACHINE, row["virtual_machine"]))
    return f"{owner} - {row['creation_time'] or row['volume_id']}"


_SPECIAL: dict[str, Callable[[Store, int, StoredRow], str | None]] = {
    "core.objectchange": _change,
    "dcim.cable": lambda _store, row_id, row: str(row["label"] or f"#{row_id}"),
    "dcim.device": _device,
    "extras.customfield": lambda _store, _id, row: str(row["label"] or row["name"].replace("_", " ").capitalize()),
    "ipam.iprange": lambda _store, _id, row: network.name_of_range(row["start_address"], row["end_address"]),
    "ipam.vlan": lambda _store, _id, row: f"{row['name']} ({row['vid']})",
    "ipam.vrf": lambda _store, _id, row: display_of_vrf(row),
    "netbox_proxbox.vmbackup": _backup,
    "vpn.l2vpn": lambda _store, _id, row: f"{row['name']} ({row['identifier']})" if row["identifier"] else None,
}


class _Shown(Mapping[str, Any]):
    """The values of a row as texts: a referenced object is its display text."""

    def __init__(self, store: Store, model: Model, row: StoredRow) -> None:
        self._store = store
        self._model = model
        self._row = row

    def __getitem__(self, name: str) -> Any:
        value = self._row[name]
        field = self._model.by_name[name]
        if field.kind == "ref" and value is not None:
            return display(self._store, field.to, value, self._store.row(field.to, value))
        return value

    def __iter__(self) -> Iterator[str]:
        return iter(self._row)

    def __len__(self) -> int:
        return len(self._row)
