"""VLAN group: one per Proxmox cluster, so that the same VLAN id in two clusters stays two VLANs.

The VLANs inside of a service VLAN (Q-in-Q) have a group of their own, as a group has each id once.
"""

from __future__ import annotations

from proxbox_plan.core.key import Key
from proxbox_plan.core.sanitize import clean, slug
from proxbox_plan.mapping import cluster
from proxbox_plan.mapping.context import MappingContext
from proxbox_plan.mapping.desired import DesiredObject
from proxbox_plan.mapping.estate.views import ClusterView
from proxbox_plan.mapping.relations import on_vlan_group
from proxbox_plan.model.kind import BY_NAME, Field, FieldType, Kind, OnDelete, Owner
from proxbox_plan.model.reference import Ref

KIND = Kind(
    "vlan-group",
    "/api/ipam/vlan-groups/",
    "ipam.vlangroup",
    (
        Field("name", owner=Owner.NETBOX, source="`Proxmox` and the config's cluster name; Q-in-Q: the service VLAN"),
        Field("slug", owner=Owner.CREATE_ONLY, source="from the name"),
        Field("vid_ranges", FieldType.JSON, read_only=True, source="read to use only ids within"),
        Field(
            "scope",
            FieldType.GENERIC,
            to=("cluster", "site"),
            on_delete=OnDelete.CASCADE,
            owner=Owner.NETBOX,
            source="the cluster",
        ),
    ),
    natural=BY_NAME,
    keyless=True,
    relations=on_vlan_group(),
)


def desire(context: MappingContext, view: ClusterView, named: str | None) -> Ref:
    """Desire the configured VLAN group, else the managed one of the cluster."""
    if named:
        name = clean(named, 100)
        fields: dict[str, object] = {"name": name, "slug": slug(name)}
        return context.add(DesiredObject(KIND.name, Key(slug(name)), name, fields, managed=False))
    return _own(context, view, Key.of(view.name, "vlan-group"), f"Proxmox {view.name}")


def of_service(context: MappingContext, view: ClusterView, service: int) -> Ref:
    """Desire the group of the VLANs inside of a service VLAN (Q-in-Q)."""
    return _own(context, view, Key.of(view.name, "vlan-group", service), f"Proxmox {view.name} Q-in-Q {service}")


def _own(context: MappingContext, view: ClusterView, key: Key, title: str) -> Ref:
    name = clean(title, 100)
    fields = {"name": name, "slug": slug(name), "scope": cluster.ref(view)}
    return context.add(DesiredObject(KIND.name, key, name, fields, cluster=view.name))
