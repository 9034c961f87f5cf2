"""Endpoint: the address of a cluster in netbox-proxbox; the plugin's rows of the cluster and its nodes refer to it."""

from __future__ import annotations

import ipaddress
import re

from proxbox_plan.core.address import Address
from proxbox_plan.core.key import Key
from proxbox_plan.core.sanitize import clean
from proxbox_plan.mapping import cluster, device, interface, ip_address
from proxbox_plan.mapping.context import MappingContext
from proxbox_plan.mapping.desired import DesiredObject, Unread, known
from proxbox_plan.mapping.estate.views import ClusterView
from proxbox_plan.mapping.plugin import plugin_kind
from proxbox_plan.mapping.relations import listed
from proxbox_plan.model.kind import Field, FieldType, Natural, OnDelete, OnMissing, Owner
from proxbox_plan.model.reference import Ref
from proxbox_plan.model.relation import Effect
from proxbox_plan.model.state import Node

KIND = plugin_kind(
    "endpoint",
    "endpoints/proxmox",
    "proxmoxendpoint",
    Field("name", owner=Owner.NETBOX, source="the cluster's name in NetBox"),
    Field("domain", owner=Owner.NETBOX, source="config `host`, when it is a name"),
    Field(
        "ip_address",
        FieldType.REF,
        to=("ip-address",),
        on_delete=OnDelete.PROTECT,
        owner=Owner.NETBOX,
        source="config `host`, when it is an address",
    ),
    Field("port", FieldType.INTEGER, owner=Owner.NETBOX, source="config `port`"),
    Field("mode", FieldType.CHOICE, source="`cluster` or `standalone`"),
    Field("version", source="/version"),
    Field("enabled", FieldType.BOOLEAN, owner=Owner.CREATE_ONLY, source="false: it has no credentials"),
    natural=(
        Natural(("domain", "ip_address", "port"), "domain", "domain", unique=False),
        Natural(("domain", "ip_address", "port"), "ip_address", "ip_address", unique=False),
        Natural(("name",), "name", "name", unique=False),
    ),
    few=True,
    relations=(
        listed("pdmendpoint", "endpoints/pdm", "proxmox_endpoints", effect=Effect.EMPTIED),
        listed("pdmremote", "pdm-remotes", "linked_proxmox_endpoint", effect=Effect.EMPTIED),
    ),
    doc="Created without credentials and disabled: an administrator decides whether netbox-proxbox may connect.",
)

CLUSTER = plugin_kind(
    "cluster",
    "proxmox-clusters",
    "proxmoxcluster",
    Field("endpoint", FieldType.REF, to=("proxbox-endpoint",), source="the cluster's endpoint"),
    Field("name", source="cluster/status name, else the config's cluster name"),
    Field("netbox_cluster", FieldType.REF, to=("cluster",), filter="name", source="the cluster in NetBox"),
    Field("mode", FieldType.CHOICE, source="`cluster` or `standalone`"),
    Field("nodes_count", FieldType.INTEGER, source="cluster/status"),
    Field("quorate", FieldType.BOOLEAN, source="cluster/status quorate"),
    Field("version", FieldType.INTEGER, source="cluster/status version (of the membership)"),
    natural=(Natural(("endpoint", "name"), "endpoint", "endpoint"),),
    parent="endpoint",
    record=True,
    few=True,
)

NODE = plugin_kind(
    "node",
    "proxmox-nodes",
    "proxmoxnode",
    Field("endpoint", FieldType.REF, to=("proxbox-endpoint",), source="the cluster's endpoint"),
    Field("name", source="cluster/status name"),
    Field(
        "proxmox_cluster",
        FieldType.REF,
        to=("proxbox-cluster",),
        filter="name",
        source="the plugin's row of the cluster",
    ),
    Field("netbox_device", FieldType.REF, to=("device",), filter="name", source="the node's device"),
    Field("ip_address", source="cluster/status ip, else an address with a gateway"),
    Field("node_id", FieldType.INTEGER, source="cluster/status nodeid"),
    Field("online", FieldType.BOOLEAN, source="cluster/status online"),
    Field("max_cpu", FieldType.INTEGER, source="nodes/N/status cpuinfo.cpus"),
    Field("max_memory", FieldType.INTEGER, unit="B", source="nodes/N/status memory.total, bytes, in whole MiB"),
    Field("ssl_fingerprint", source="nodes ssl_fingerprint"),
    Field("support_level", source="nodes level"),
    Field("location", source="nodes/N/config location"),
    natural=(Natural(("endpoint", "name"), "endpoint", "endpoint"),),
    on_missing=OnMissing.DELETE,
    parent="endpoint",
    record=True,
    few=True,
    relations=(
        listed("nodesshcredential", "ssh-credentials", "node"),
        listed("firecrackerhost", "firecracker-hosts", "proxmox_node", effect=Effect.EMPTIED),
    ),
    doc="`cpu_usage`, `memory_usage` and `local` change constantly and are never written.",
)

KINDS = (KIND, CLUSTER, NODE)
_MIB = 1024 * 1024
# Domains the plugin accepts: a simple name, or one whose last part has two characters.
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_DOMAIN = re.compile(rf"(?:{_LABEL}\.)+[A-Za-z0-9]{{2,}}|{_LABEL}")


def ref(view: ClusterView) -> Ref:
    """Reference to a cluster's endpoint."""
    return Ref.to(KIND.name, Key.of(view.name, "endpoint"), cluster.title(view))


def cluster_ref(view: ClusterView) -> Ref:
    """Reference to the plugin's row of a cluster."""
    return Ref.to(CLUSTER.name, Key.of(view.name, "proxmox-cluster"), proxmox_name(view))


def node_ref(context: MappingContext, view: ClusterView, node: str | None) -> Ref | Unread | None:
    """Reference to the plugin's row of a node; null for a node that has none."""
    if node is None:
        return None
    address = Address.of(NODE.name, Key.of(view.name, "proxmox-node", node))
    return context.listed(address, node, view.cluster.coverage.nodes)


def proxmox_name(view: ClusterView) -> str:
    """Name of the cluster in Proxmox; for a standalone node the configured name."""
    return clean(view.cluster.proxmox_name or view.name, 255)


def said_name(view: ClusterView) -> str | Unread:
    """Name of the cluster in Proxmox, if Proxmox said it."""
    return known(proxmox_name(view), view.cluster.coverage.status)


def desired(context: MappingContext) -> None:
    """Desire an endpoint, a cluster row and the node rows of every cluster."""
    for view in context.clusters:
        mode = "standalone" if view.cluster.standalone else "cluster"
        context.add(_endpoint(context, view, mode))
        status = view.cluster.coverage.status
        told = context.established(CLUSTER, Key.of(view.name, "proxmox-cluster"), status)
        fields: dict[str, object] = {
            "endpoint": ref(view),
            "name": known(proxmox_name(view), told),
            "netbox_cluster": cluster.ref(view),
            "mode": known(mode, told),
            "nodes_count": known(len(view.nodes), view.cluster.coverage.nodes),
            "quorate": known(view.cluster.quorate, status),
            "version": known(view.cluster.config_version, status),
        }
        context.add(
            DesiredObject(
                CLUSTER.name, Key.of(view.name, "proxmox-cluster"), proxmox_name(view), fields, cluster=view.name
            )
        )
        for node in view.nodes:
            _node(context, view, node)


def _endpoint(context: MappingContext, view: ClusterView, mode: str) -> DesiredObject:
    host = view.policy.host
    named = _DOMAIN.fullmatch(host) is not None and not _is_address(host)
    own = Key.of(view.name, "endpoint")
    told = context.established(KIND, own, view.cluster.coverage.status)
    fields: dict[str, object] = {
        "name": cluster.title(view) if view.policy.netbox_name else known(cluster.title(view), told),
        "port": view.policy.port,
        "mode": known(mode, told),
        "enabled": False,
        "domain": host if named else "",
        "ip_address": None if named else _address(context, view, own),
    }
    if view.cluster.version:
        fields["version"] = clean(view.cluster.version, 20)
    return DesiredObject(KIND.name, own, cluster.title(view), fields, cluster=view.name)


def _address(context: MappingContext, view: ClusterView, own: Key) -> Ref | Unread | None:
    """Reference to the address of the cluster: a documented address of its nodes, or a separate one."""
    host = view.policy.host if _is_address(view.policy.host) else next(filter(None, map(_reached_at, view.nodes)), None)
    told = context.established(KIND, own, view.cluster.coverage.status)
    if host is None or (host != view.policy.host and not told.complete):
        return known(None, told)
    for node in view.nodes:
        for item in interface.documented(node):
            key = Address.of(ip_address.KIND.name, interface.key(view, node.name, item.name).child("ip", host))
            if key in context.desired:
                return context.desired[key].ref()
    alone = ipaddress.ip_interface(host).with_prefixlen
    fields = {"address": alone, "vrf": None, "status": "active"}
    return context.add(DesiredObject(ip_address.KIND.name, Key(host), alone, fields, managed=False))


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _node(context: MappingContext, view: ClusterView, node: Node) -> None:
    key, coverage = Key.of(view.name, "proxmox-node", node.name), node.coverage
    address = _reached_at(node)
    if address is None and context.row(NODE.name, key) is None:
        return  # the plugin requires an address
    fields: dict[str, object] = {
        "endpoint": ref(view),
        "name": clean(node.name, 255),
        "proxmox_cluster": cluster_ref(view),
        "netbox_device": device.ref(view, node.name),
        "online": known(node.online, coverage.membership),
        "node_id": known(node.id, coverage.membership),
        "max_cpu": known(node.cpus, coverage.status),
        "max_memory": known(node.memory_mib * _MIB if node.memory_mib else None, coverage.status),
        "ssl_fingerprint": known(node.ssl_fingerprint or "", coverage.listing),
        "support_level": known(node.support_level, coverage.membership),
        "location": known(clean(node.location, 255), coverage.config),
    }
    # A name that cannot be resolved just now omits the address: what NetBox has may still be true.
    if address is not None and (node.address or context.row(NODE.name, key) is None):
        fields["ip_address"] = known(address, context.established(NODE, key, coverage.membership))
    context.add(DesiredObject(NODE.name, key, node.name, fields, cluster=view.name))


def _reached_at(node: Node) -> str | None:
    """Return the address of a node in the cluster, else one with a gateway, as a standalone node may report none."""
    if node.address and _is_address(node.address):
        return node.address
    found = (address for item in node.interfaces if item.gateways for address in item.addresses)
    return next((address.partition("/")[0] for address in found), None)
