"""The text by which NetBox shows an object."""

from __future__ import annotations

from proxbox_plan.demo.netbox.relations import display_of_vrf
from proxbox_plan.demo.netbox.schema import MODELS
from proxbox_plan.demo.netbox.store import Row, Store

_VERBS = {"create": "created", "update": "updated", "delete": "deleted"}


def display(store: Store, label: str, row_id: int, row: Row) -> str:
    """Give the text an object is shown as, in answers and in error messages."""
    match label:
        case "ipam.vrf":
            return display_of_vrf(row)
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
    return str(row[MODELS[label].display])
