"""Places: the site or location that a cluster binds its nodes and guests to.

Sources: `clean` of devices, virtual machines and clusters of NetBox 4.7. A region or a site group binds nothing.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from proxbox_plan.core.address import Address
from proxbox_plan.mapping.desired import DesiredObject
from proxbox_plan.mapping.estate.protection import is_ignored
from proxbox_plan.model.inventory import Row
from proxbox_plan.model.reference import Ref
from proxbox_plan.plan.relations.references import ref_id
from proxbox_plan.plan.validate.draft import Draft


class BindingPlace(NamedTuple):
    """What binds a cluster."""

    kind: str  # site or location
    place: Any  # NetBox id, else an address
    name: str


def place_of(draft: Draft, cluster: DesiredObject, row: Row | None) -> BindingPlace | None:
    """Return the site or location that binds a cluster once the plan is applied; null when none does."""
    coming = draft.matched.coming(cluster, "scope")
    present = row.fields.get("scope") if row is not None else None
    if isinstance(present, dict) and present.get("id") == coming:
        kind, name = str(present["kind"]), str(present["name"])
        return BindingPlace(kind, coming, name) if kind in ("site", "location") else None
    scope = cluster.fields.get("scope")
    return BindingPlace("site", coming, scope.name) if isinstance(scope, Ref) else None


def coming_of(draft: Draft, wanted: DesiredObject | None, row: Row, name: str) -> Any:
    """Return what a field of an object of NetBox will refer to; what is not written to stays as it is."""
    if wanted is None or wanted.address in draft.blocked or is_ignored(row):
        return ref_id(row.fields.get(name))
    return draft.matched.coming(wanted, name)


def changes(draft: Draft, wanted: DesiredObject, row: Row, name: str) -> bool:
    """Whether a reference of an object that exists will be another one."""
    return bool(draft.matched.coming(wanted, name) != ref_id(row.fields.get(name)))


def cluster_of(wanted: DesiredObject) -> Address:
    """Return the address of the cluster that a node or guest is to be in."""
    cluster = wanted.fields.get("cluster")
    return cluster.address if isinstance(cluster, Ref) and cluster.address is not None else wanted.address
