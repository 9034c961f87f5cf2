"""The text by which NetBox shows an object."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from proxbox_plan.demo.netbox.relations import display_of_vrf
from proxbox_plan.demo.netbox.schema import MODELS
from proxbox_plan.demo.netbox.schema.fields import Model
from proxbox_plan.demo.netbox.store import Row, Store

_MACHINE = "virtualization.virtualmachine"
_VERBS = {"create": "created", "update": "updated", "delete": "deleted"}


def display(store: Store, label: str, row_id: int, row: Row) -> str:
    """Give the text an object is shown as, in answers and in error messages."""
    match label:
        case "ipam.vrf":
            return display_of_vrf(row)
        case "netbox_proxbox.vmbackup" if row["creation_time"] is None:
            owner = row["virtual_machine"]
            return f"{display(store, _MACHINE, owner, store.row(_MACHINE, owner))} - {row['volume_id']}"
        case "vpn.l2vpn" if row["identifier"]:
            return f"{row['name']} ({row['identifier']})"
        case "ipam.vlan":
            return f"{row['name']} ({row['vid']})"
        case "extras.customfield":
            return str(row["label"] or row["name"].replace("_", " ").capitalize())
        case "core.objectchange":
            verbose = MODELS[row["changed_object_type"]].verbose
            app = row["changed_object_type"].partition(".")[0]
            app = {"dcim": "DCIM", "ipam": "IPAM"}.get(app, app.capitalize())
            return f"{app} | {verbose} {row['object_repr']} {_VERBS[row['action']]} by {row['user_name']}"
        case "dcim.device" if not row["name"]:
            kind = store.row("dcim.devicetype", row["device_type"])
            maker = store.row("dcim.manufacturer", kind["manufacturer"])["name"]
            return f"{maker} {kind['model']} ({row_id})"
    model = MODELS[label]
    if model.template:
        return model.template.format_map(_Shown(store, model, row))
    return str(row[model.display])


class _Shown(Mapping[str, Any]):
    """The values of a row as texts: an object it refers to is the text that one is shown as."""

    def __init__(self, store: Store, model: Model, row: Row) -> None:
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
