"""Cluster: a Proxmox cluster, or a standalone node as a cluster of one."""

from __future__ import annotations

from proxbox_plan.core.key import Key
from proxbox_plan.core.sanitize import clean, note
from proxbox_plan.mapping.context import MappingContext
from proxbox_plan.mapping.desired import DesiredObject, known
from proxbox_plan.mapping.estate.views import ClusterView
from proxbox_plan.mapping.relations import on_cluster
from proxbox_plan.model.inventory import Row
from proxbox_plan.model.kind import Disturbs, Field, FieldType, Kind, Natural, Owner
from proxbox_plan.model.reference import Ref

KIND = Kind(
    "cluster",
    "/api/virtualization/clusters/",
    "virtualization.cluster",
    (
        Field("name", source="rules, else `netbox_name`, else cluster/status name, else the config's cluster name"),
        Field("type", FieldType.REF, to=("cluster-type",), owner=Owner.NETBOX, source="`Cluster` or `Standalone`"),
        Field("status", FieldType.CHOICE, source="active"),
        Field(
            "scope",
            FieldType.GENERIC,
            kept=True,
            to=("site",),
            owner=Owner.NETBOX,
            source="`site`, unless `cluster_scope: none`",
        ),
        Field(
            "group",
            FieldType.REF,
            optional=True,
            to=("cluster-group",),
            owner=Owner.NETBOX,
            source="rules, else `cluster_group`",
        ),
        Field(
            "tenant", FieldType.REF, optional=True, to=("tenant",), owner=Owner.NETBOX, source="rules, else `tenant`"
        ),
        Field("description", owner=Owner.NETBOX, source="Proxmox VE version"),
        Field("comments", owner=Owner.NETBOX, source="note of the datacenter, with `scope.notes`"),
    ),
    adopted_in="scope",
    place=("scope",),
    holds=("device",),
    retired="decommissioning",
    relations=on_cluster(),
    disturbs=(Disturbs("virtual-machine", ("PATCH",)),),  # its site is theirs
    natural=(Natural(("name", "scope"), "name", "name", bound=True), Natural(("name",), "name", "name", unique=False)),
)


def title(view: ClusterView) -> str:
    """Name of the cluster in NetBox."""
    return clean(view.policy.netbox_name or view.cluster.proxmox_name or view.name, 100)


def mode_of(row: Row) -> str:
    """Name of the cluster type that we last applied to a cluster; empty when a person gave it another."""
    kind = row.fields.get("type")
    if not isinstance(kind, dict) or row.last_applied is None or row.last_applied.fields.get("type") != kind.get("id"):
        return ""
    return str(kind.get("name"))


def ref(view: ClusterView) -> Ref:
    """Reference to the cluster."""
    return Ref.to(KIND.name, Key.of(view.name, "cluster"), title(view))


def desired(context: MappingContext) -> None:
    """Desire one cluster per configured Proxmox cluster."""
    for view in context.clusters:
        mode = "Standalone" if view.cluster.standalone else "Cluster"
        version = f"Proxmox VE {view.cluster.version}" if view.cluster.version else "Proxmox VE"
        key = Key.of(view.name, "cluster")
        status = context.established(KIND, key, view.cluster.coverage.status)
        fields: dict[str, object] = {
            "name": title(view) if view.policy.netbox_name else known(title(view), status),
            "status": "active",
            "description": version,
        }
        site = site_ref(context, view.policy.site)
        fields["scope"] = site if view.policy.cluster_scope == "site" else None
        if status.complete:
            fields["type"] = context.support("cluster-type", mode, description=f"Proxmox {mode.lower()} mode")
        if context.policy.areas.notes:
            fields["comments"] = known(note(view.cluster.description), view.cluster.coverage.notes)
        if view.policy.cluster_group:
            fields["group"] = context.support("cluster-group", view.policy.cluster_group)
        if view.policy.tenant:
            fields["tenant"] = context.support("tenant", view.policy.tenant)
        context.add(DesiredObject(KIND.name, key, title(view), fields, cluster=view.name))


def site_ref(context: MappingContext, name: str) -> Ref:
    """Reference to a site by name."""
    return context.support("site", name, creatable=context.policy.create_sites, status="active")
