"""What a peer wants to find in NetBox: made beforehand, and never measured or counted."""

from __future__ import annotations

from benchmarks.peers.bed import NetBox
from benchmarks.peers.cluster import NAME


def cluster(netbox: NetBox) -> tuple[int, int]:
    """Make a site and the cluster in it; return the ids of both."""
    site = netbox.create("dcim/sites", name="DC1", slug="dc1")
    kind = netbox.create("virtualization/cluster-types", name="Cluster", slug="cluster")
    made = netbox.create("virtualization/clusters", name=NAME, type=kind, scope_type="dcim.site", scope_id=site)
    return site, made


def devices(netbox: NetBox, site: int, cluster_id: int, names: tuple[str, ...]) -> None:
    """Make the nodes."""
    maker = netbox.create("dcim/manufacturers", name="Generic", slug="generic")
    model = netbox.create("dcim/device-types", manufacturer=maker, model="Server", slug="server")
    role = netbox.create("dcim/device-roles", name="Node", slug="node")
    for name in names:
        netbox.create("dcim/devices", name=name, device_type=model, role=role, site=site, cluster=cluster_id)
