"""Places: the site or location that a cluster binds its nodes and guests to.

Sources: `clean` of devices, virtual machines and clusters of NetBox 4.7. A region or a site group binds nothing.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from proxbox_plan.core.address import Address
from proxbox_plan.mapping import LOCATION
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
    site: Any  # the same of the site, null for a location that was not read


def place_of(draft: Draft, cluster: DesiredObject, row: Row | None) -> BindingPlace | None:
    """Return the site or location that binds a cluster once the plan is applied; null when none does."""
    coming = coming_of(draft, cluster, row, "scope")
    present = row.fields.get("scope") if row is not None else None
    if isinstance(present, dict) and present.get("id") == coming:
        kind, name = str(present["kind"]), str(present["name"])
        return BindingPlace(kind, coming, name, _site_of(draft, kind, coming)) if kind in ("site", "location") else None
    scope = cluster.fields.get("scope")
    return BindingPlace("site", coming, scope.name, coming) if isinstance(scope, Ref) and coming is not None else None


def _site_of(draft: Draft, kind: str, number: Any) -> Any:
    if kind == "site":
        return number
    location = draft.matched.index.by_id(LOCATION.name, number)
    return ref_id(location.fields.get("site")) if location is not None else None


def coming_of(draft: Draft, wanted: DesiredObject | None, row: Row | None, name: str) -> Any:
    """Return what a field will refer to, of an object that is desired or there; what is not written to stays."""
    if row is not None and (wanted is None or wanted.address in draft.blocked or is_ignored(row)):
        return ref_id(row.fields.get(name))
    return draft.matched.coming(wanted, name) if wanted is not None else None


def changes(draft: Draft, wanted: DesiredObject, row: Row, name: str) -> bool:
    """Whether a reference of an object that exists will be another one."""
    return bool(coming_of(draft, wanted, row, name) != ref_id(row.fields.get(name)))


def cluster_of(wanted: DesiredObject) -> Address:
    """Return the address of the cluster that a node or guest is to be in."""
    cluster = wanted.fields.get("cluster")
    return cluster.address if isinstance(cluster, Ref) and cluster.address is not None else wanted.address
