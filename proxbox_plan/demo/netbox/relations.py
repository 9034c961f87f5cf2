"""Relations between objects: a cluster's site, the owner of an interface, the names of others."""

from __future__ import annotations

from typing import Any

from proxbox_plan.demo.netbox.schema import MODELS
from proxbox_plan.demo.netbox.store import Store, StoredRow


def cluster_site(store: Store, cluster: StoredRow) -> int | None:
    """Give the site that a cluster's scope implies."""
    if cluster["scope_type"] == "dcim.site":
        site: int | None = cluster["scope_id"]
        return site
    if cluster["scope_type"] == "dcim.location":
        location_site: int = store.row("dcim.location", cluster["scope_id"])["site"]
        return location_site
    return None


def parent_of_interface(store: Store, label: str | None, row_id: int | None) -> tuple[str, int] | None:
    """Give the device or machine that an interface belongs to."""
    if label is None or row_id is None:
        return None
    model = MODELS[label]
    return model.by_name[model.parent].to, store.row(label, row_id)[model.parent]


def name_of(store: Store, label: str, row_id: int | None) -> Any:
    """Give the name of an object, if it has one."""
    return None if row_id is None else store.row(label, row_id)[MODELS[label].display]


def display_of_vrf(row: StoredRow) -> str:
    """Give the text a VRF is shown as."""
    return f"{row['name']} ({row['rd']})" if row["rd"] else str(row["name"])
