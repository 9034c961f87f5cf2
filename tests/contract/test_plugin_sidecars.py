from __future__ import annotations

import pytest

from tests.contract.plugin import Lab
from tests.contract.plugin_rows import PROXBOX


def test_a_sidecar_stays_with_its_object(lab: Lab) -> None:
    """400 when it is given to another."""
    path = f"{PROXBOX}/sync-state/virtual-machines/{lab.sidecar}/"
    refusal = {"virtual_machine": ["The sync-state parent cannot be changed."]}
    assert lab.netbox.refused("PATCH", path, {"virtual_machine": lab.netbox.machine()["id"]}) == refusal


def test_a_sidecar_takes_endpoint_and_cluster_from_its_node(lab: Lab) -> None:
    """Those that are not given."""
    body = {"virtual_machine": lab.machine, "proxmox_node": lab.node}
    row = lab.netbox.create(f"{PROXBOX}/sync-state/virtual-machines", **body)
    assert (row["endpoint"]["id"], row["proxmox_cluster"]["id"]) == (lab.endpoint, lab.cluster)


def test_what_a_sidecar_refers_to_belongs_together(lab: Lab) -> None:
    """Node, cluster and endpoint; and those of a device or cluster are its own."""
    other = Lab(lab.netbox)
    assert lab.refused("sync-state/virtual-machines", endpoint=other.endpoint) == {
        "proxmox_node": ["Node endpoint must match the sync-state endpoint."],
        "proxmox_cluster": ["Cluster endpoint must match the sync-state endpoint."],
    }
    assert lab.refused("sync-state/devices", device=other.device) == {
        "proxmox_node": ["Proxmox node must be linked to the sync-state device."]
    }
    assert lab.refused("sync-state/clusters", cluster=other.netbox_cluster) == {
        "proxmox_cluster": ["Proxmox cluster must be linked to the sync-state cluster."]
    }


@pytest.mark.parametrize(
    ("host", "taken"),
    [
        ("pve.example.org:8006", True),
        ("192.0.2.1", True),
        ("[2001:db8::1]:8006", True),
        ("localhost", True),
        ("pve1:8006", False),
        ("pve_1.example.org", False),
    ],
)
def test_the_link_of_a_sidecar_is_a_url(lab: Lab, host: str, *, taken: bool) -> None:
    """In Django's eyes: a host without a dot is none."""
    body = {"virtual_machine": lab.machine, "proxmox_link": f"https://{host}/#v1:0:=qemu/100"}
    reply = lab.netbox.request("POST", f"{PROXBOX}/sync-state/virtual-machines/", body)
    assert (reply.status == 201) == taken
    assert taken or reply.body == {"proxmox_link": ["Enter a valid URL."]}
