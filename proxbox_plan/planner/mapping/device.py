"""Device: a Proxmox node."""

from __future__ import annotations

from proxbox_plan.model.kind import Field, FieldType, Kind, Natural, OnMissing, Owner
from proxbox_plan.model.state import Node
from proxbox_plan.model.values import Ref
from proxbox_plan.planner.context import ClusterView, Context
from proxbox_plan.planner.desired import Desired
from proxbox_plan.planner.mapping import cluster
from proxbox_plan.planner.naming import clean, slug

KIND = Kind(
    "device", "/api/dcim/devices/", "dcim.device",
    (
        Field("name", source="cluster/status name"),
        Field("status", FieldType.CHOICE, source="cluster/status online: `active`, else `offline`"),
        Field("cluster", FieldType.REF, to=("cluster",), source="the node's cluster"),
        Field("role", FieldType.REF, to=("device-role",), owner=Owner.NETBOX, source="config `device_role`"),
        Field("device_type", FieldType.REF, to=("device-type",), owner=Owner.NETBOX, source="config `device_type`"),
        Field("site", FieldType.REF, to=("site",), owner=Owner.NETBOX, source="config `site`"),
        Field("tenant", FieldType.REF, to=("tenant",), owner=Owner.NETBOX, source="config `tenant`"),
        Field("platform", FieldType.REF, to=("platform",), owner=Owner.NETBOX, source="nodes/N/status pveversion"),
        Field("description", owner=Owner.NETBOX, source="nodes/N/status version, CPU model and count, memory"),
        Field("primary_ip4", FieldType.REF, to=("ip-address",), second_pass=True, source="cluster/status ip"),
        Field("primary_ip6", FieldType.REF, to=("ip-address",), second_pass=True, source="cluster/status ip"),
    ),
    natural=(Natural(("name", "site"), "name", "name"),),
    on_missing=OnMissing.DECOMMISSION, tagged=True,
)  # fmt: skip


def key(view: ClusterView, node: str) -> str:
    """Key of a node's device, and prefix of its children's keys."""
    return f"{view.name}/node/{node}"


def ref(view: ClusterView, node: str) -> Ref | None:
    """Reference to a node's device; null for a node the cluster does not list."""
    if node not in view.node_names:
        return None
    return Ref(KIND.name, None, node, f"{KIND.name}:{key(view, node)}")


def desired(context: Context) -> None:
    """Want one device per node; one that is offline keeps what we knew of it."""
    for view in context.clusters:
        for node in view.nodes:
            context.add(_device(context, view, node))


def _device(context: Context, view: ClusterView, node: Node) -> Desired:
    policy = view.policy
    fields: dict[str, object] = {
        "name": clean(node.name, 64),
        "status": "active" if node.online else "offline",
        "cluster": cluster.ref(view),
        "role": context.support(
            "device-role", policy.device_role, color="00bcd4", vm_role=False, description="Proxmox VE node"
        ),
        "device_type": _device_type(context, view),
        "site": cluster.site_ref(context, policy.site),
    }
    if policy.tenant:
        fields["tenant"] = context.support("tenant", policy.tenant)
    if node.coverage.status.complete:
        fields["description"] = _describe(node)
        if node.version:
            fields["platform"] = context.support("platform", f"Proxmox VE {node.version.split('.')[0]}")
    tags = ("proxbox",) if context.policy.tag_managed else ()
    return Desired(KIND.name, key(view, node.name), node.name, fields, cluster=view.name, tags=tags)


def _device_type(context: Context, view: ClusterView) -> Ref:
    manufacturer = context.support("manufacturer", view.policy.manufacturer)
    model = clean(view.policy.device_type, 100)
    fields = {"model": model, "slug": slug(model), "manufacturer": manufacturer}
    return context.add(Desired("device-type", slug(model), model, fields, marked=False))


def _describe(node: Node) -> str:
    memory = f"{node.memory_mib / 1024:.0f} GiB" if node.memory_mib else ""
    cpu = f"{node.cpus} x {node.cpu_model}" if node.cpus and node.cpu_model else node.cpu_model or ""
    parts = (f"Proxmox VE {node.version}" if node.version else "", cpu, memory)
    return clean(", ".join(part for part in parts if part), 200)
