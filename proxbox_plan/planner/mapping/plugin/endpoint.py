"""Endpoint: where netbox-proxbox knows a cluster to be; its own rows of the cluster and of the nodes hang off it."""

from __future__ import annotations

from proxbox_plan.model.kind import Field, FieldType, Natural, OnMissing, Owner
from proxbox_plan.model.state import Node
from proxbox_plan.model.values import Ref
from proxbox_plan.planner.context import ClusterView, Context
from proxbox_plan.planner.desired import Desired
from proxbox_plan.planner.mapping import cluster, device
from proxbox_plan.planner.mapping.plugin import plugin_kind
from proxbox_plan.planner.naming import clean

KIND = plugin_kind(
    "endpoint", "endpoints/proxmox", "proxmoxendpoint",
    Field("name", owner=Owner.NETBOX, source="the cluster's name in NetBox"),
    Field("domain", owner=Owner.NETBOX, source="config `host`"),
    Field("port", FieldType.INTEGER, owner=Owner.NETBOX, source="config `port`"),
    Field("mode", FieldType.CHOICE, source="`cluster` or `standalone`"),
    Field("version", source="/version"),
    Field("enabled", FieldType.BOOLEAN, owner=Owner.CREATE_ONLY, source="no: there are no credentials in it"),
    natural=(Natural(("domain", "port"), "domain", "domain"), Natural(("name",), "name", "name", unique=False)),
    doc="Made without credentials, and switched off: whether netbox-proxbox may connect is a person's decision.",
)  # fmt: skip

CLUSTER = plugin_kind(
    "cluster", "proxmox-clusters", "proxmoxcluster",
    Field("endpoint", FieldType.REF, to=("proxbox-endpoint",), source="the cluster's endpoint"),
    Field("name", source="cluster/status name, else the config's cluster name"),
    Field("netbox_cluster", FieldType.REF, to=("cluster",), source="the cluster in NetBox"),
    Field("mode", FieldType.CHOICE, source="`cluster` or `standalone`"),
    Field("nodes_count", FieldType.INTEGER, source="cluster/status"),
    Field("quorate", FieldType.BOOLEAN, source="cluster/status quorate"),
    Field("version", FieldType.INTEGER, source="cluster/status version (of the membership)"),
    natural=(Natural(("endpoint", "name"), "endpoint", "endpoint"),), parent="endpoint", swept=True,
)  # fmt: skip

NODE = plugin_kind(
    "node", "proxmox-nodes", "proxmoxnode",
    Field("endpoint", FieldType.REF, to=("proxbox-endpoint",), source="the cluster's endpoint"),
    Field("name", source="cluster/status name"),
    Field("proxmox_cluster", FieldType.REF, to=("proxbox-cluster",), source="the plugin's row of the cluster"),
    Field("netbox_device", FieldType.REF, to=("device",), source="the node's device"),
    Field("ip_address", source="cluster/status ip, else an address with a gateway"),
    Field("node_id", FieldType.INTEGER, source="cluster/status nodeid"),
    Field("online", FieldType.BOOLEAN, source="cluster/status online"),
    Field("max_cpu", FieldType.INTEGER, source="nodes/N/status cpuinfo.cpus"),
    Field("max_memory", FieldType.INTEGER, source="nodes/N/status memory.total, bytes, in whole MiB"),
    Field("ssl_fingerprint", source="nodes ssl_fingerprint"),
    Field("support_level", source="nodes level"),
    Field("location", source="nodes/N/config location"),
    natural=(Natural(("endpoint", "name"), "endpoint", "endpoint"),), on_missing=OnMissing.DELETE,
    parent="endpoint", swept=True,
    doc="`cpu_usage`, `memory_usage` and `local` change by themselves and are never written.",
)  # fmt: skip

KINDS = (KIND, CLUSTER, NODE)
_MIB = 1024 * 1024


def ref(view: ClusterView) -> Ref:
    """Reference to a cluster's endpoint."""
    return Ref(KIND.name, None, cluster.title(view), f"{KIND.name}:{view.name}/endpoint")


def cluster_ref(view: ClusterView) -> Ref:
    """Reference to the plugin's row of a cluster."""
    return Ref(CLUSTER.name, None, proxmox_name(view), f"{CLUSTER.name}:{view.name}/proxmox-cluster")


def node_ref(context: Context, view: ClusterView, node: str | None) -> Ref | None:
    """Reference to the plugin's row of a node; null for a node that has none."""
    address = f"{NODE.name}:{view.name}/proxmox-node/{node}"
    return Ref(NODE.name, None, str(node), address) if address in context.desired else None


def proxmox_name(view: ClusterView) -> str:
    """Name the cluster has in Proxmox; a standalone node has the configuration's."""
    return clean(view.cluster.proxmox_name or view.name, 255)


def desired(context: Context) -> None:
    """Want an endpoint, a cluster row and the node rows of every cluster."""
    for view in context.clusters:
        mode = "standalone" if view.cluster.standalone else "cluster"
        context.add(_endpoint(view, mode))
        fields: dict[str, object] = {
            "endpoint": ref(view), "name": proxmox_name(view), "netbox_cluster": cluster.ref(view), "mode": mode,
        }  # fmt: skip
        if view.cluster.coverage.nodes.complete:
            fields |= {
                "nodes_count": len(view.nodes), "quorate": view.cluster.quorate, "version": view.cluster.config_version,
            }  # fmt: skip
        context.add(Desired(CLUSTER.name, f"{view.name}/proxmox-cluster", proxmox_name(view), fields,
                            cluster=view.name))  # fmt: skip
        for node in view.nodes:
            _node(context, view, node)


def _endpoint(view: ClusterView, mode: str) -> Desired:
    fields: dict[str, object] = {
        "name": cluster.title(view), "domain": view.policy.host, "port": view.policy.port, "mode": mode,
        "enabled": False,
    }  # fmt: skip
    if view.cluster.version:
        fields["version"] = clean(view.cluster.version, 20)
    return Desired(KIND.name, f"{view.name}/endpoint", cluster.title(view), fields, cluster=view.name)


def _node(context: Context, view: ClusterView, node: Node) -> None:
    key = f"{view.name}/proxmox-node/{node.name}"
    address = node.address or _reachable(node)
    if address is None and context.row(NODE.name, key) is None:
        return  # the plugin takes no node without an address
    fields: dict[str, object] = {
        "endpoint": ref(view), "name": clean(node.name, 255), "proxmox_cluster": cluster_ref(view),
        "netbox_device": device.ref(view, node.name), "online": node.online, "node_id": node.id,
    }  # fmt: skip
    if address is not None:
        fields["ip_address"] = address
    if node.coverage.status.complete:
        fields |= {
            "max_cpu": node.cpus, "max_memory": node.memory_mib * _MIB if node.memory_mib else None,
            "ssl_fingerprint": node.ssl_fingerprint or "", "support_level": node.support_level,
            "location": clean(node.location, 255),
        }  # fmt: skip
    context.add(Desired(NODE.name, key, node.name, fields, cluster=view.name))


def _reachable(node: Node) -> str | None:
    """Return an address of an interface with a gateway: a standalone node's status may name none."""
    found = (address for item in node.interfaces if item.gateways for address in item.addresses)
    return next((address.partition("/")[0] for address in found), None)
