"""What proxbox-api wrote to netbox-proxbox's tables before is taken over, row by row, without a duplicate."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from proxbox_plan.demo.cluster import ClusterDescription
from proxbox_plan.demo.cluster.features import MOMENT, make_backup
from proxbox_plan.demo.cluster.parts import DemoSnapshot
from proxbox_plan.model.plan import Action
from tests.contract.client import NetBox
from tests.end_to_end.plugin_stage import Described, differences, facts, plugin_stage
from tests.end_to_end.stage import Stage

PLUGIN = "plugins/proxbox"


def made(stage: Stage, path: str, **fields: Any) -> int:
    """Let proxbox-api make one row."""
    row = stage.ask("POST", f"{path}/", fields)
    return int(row["id"])


def synced_before(stage: Stage, source: Described) -> dict[str, tuple[str, int]]:
    """Write what proxbox-api writes of a cluster and of its first VM; return address -> path and id."""
    guest = next(guest for guest in source.cluster.guests.values() if guest.type == "qemu" and not guest.template)
    site = made(stage, "dcim/sites", name="DC1", slug="dc1")
    kind = made(stage, "virtualization/cluster-types", name="Cluster", slug="cluster")
    scope = {"scope_type": "dcim.site", "scope_id": site}
    cluster = made(stage, "virtualization/clusters", name="labcluster", type=kind, **scope)
    machine = made(stage, "virtualization/virtual-machines", name=f"{guest.name} (old)", cluster=cluster)
    address = made(stage, "ipam/ip-addresses", address=f"{stage.proxmox.host}/32")
    endpoint = made(
        stage,
        f"{PLUGIN}/endpoints/proxmox",
        name="Proxmox Endpoint",
        ip_address=address,
        port=stage.proxmox.port,
        mode="cluster",
        username="root@pam",
        token_name="proxbox",
    )
    own = made(stage, f"{PLUGIN}/proxmox-clusters", endpoint=endpoint, name="labcluster", mode="cluster")
    node = made(
        stage,
        f"{PLUGIN}/proxmox-nodes",
        endpoint=endpoint,
        proxmox_cluster=own,
        name="pve1",
        ip_address="10.0.0.11",
        online=True,
        cpu_usage=0.5,
    )
    storage = made(stage, f"{PLUGIN}/storage", cluster=cluster, name="local", storage_type="dir", content="iso")
    beside = made(
        stage,
        f"{PLUGIN}/sync-state/virtual-machines",
        virtual_machine=machine,
        endpoint=endpoint,
        proxmox_vm_id=guest.vmid,
        proxmox_vm_type="qemu",
        proxmox_node_name=guest.node,
    )
    snapshot = made(
        stage,
        f"{PLUGIN}/snapshots",
        virtual_machine=machine,
        name="by-proxbox",
        vmid=guest.vmid,
        node=guest.node,
        subtype="qemu",
        status="active",
    )
    backup = next(backup for backup in source.cluster.backups.values() if backup.vmid == guest.vmid)
    kept = made(
        stage,
        f"{PLUGIN}/backups",
        virtual_machine=machine,
        volume_id=backup.volume,
        vmid=guest.vmid,
        storage=backup.storage,
        subtype="qemu",
        format="undefined",
    )
    routine = made(
        stage,
        f"{PLUGIN}/backup-routines",
        endpoint=endpoint,
        job_id="backup-nightly",
        selection=["all"],
        schedule="daily",
        status="active",
    )
    key = f"lab/qemu/{guest.vmid}"
    return {
        "cluster:lab/cluster": ("virtualization/clusters", cluster),
        f"virtual-machine:{key}": ("virtualization/virtual-machines", machine),
        "proxbox-endpoint:lab/endpoint": (f"{PLUGIN}/endpoints/proxmox", endpoint),
        "proxbox-cluster:lab/proxmox-cluster": (f"{PLUGIN}/proxmox-clusters", own),
        "proxbox-node:lab/proxmox-node/pve1": (f"{PLUGIN}/proxmox-nodes", node),
        "proxbox-storage:lab/storage/local": (f"{PLUGIN}/storage", storage),
        f"proxbox-vm-state:{key}/state": (f"{PLUGIN}/sync-state/virtual-machines", beside),
        f"proxbox-snapshot:{key}/snapshot/by-proxbox": (f"{PLUGIN}/snapshots", snapshot),
        f"proxbox-backup:lab/backup/{backup.volume}": (f"{PLUGIN}/backups", kept),
        "proxbox-backup-routine:lab/backup-job/backup-nightly": (f"{PLUGIN}/backup-routines", routine),
    }


@pytest.mark.netbox
@pytest.mark.slow
def test_rows_of_proxbox_api_are_adopted(tmp_path: Path, real_netbox: NetBox) -> None:
    """An `adopt` for each of them in the plan; afterwards they say what Proxmox says, and there is one of each."""
    source = Described(ClusterDescription.seeded(5, guests=6, nodes=2, name="labcluster", features="all"))
    first = next(guest for guest in source.cluster.guests.values() if guest.type == "qemu" and not guest.template)
    source.cluster.add_snapshot(first.vmid, DemoSnapshot("by-proxbox", MOMENT))
    source.cluster.add_backup(make_backup(first, "nas", MOMENT))
    with plugin_stage(tmp_path, real_netbox, source) as stage:
        rows = synced_before(stage, source)
        plan = stage.plan()
        actions = {str(change.address): change.action for change in plan.changes}
        assert {address: actions.get(address) for address in rows} == dict.fromkeys(rows, Action.ADOPT)
        adopted = {address for address, action in actions.items() if action is Action.ADOPT}
        assert adopted == {*rows}
        stage.apply()
        for address, (path, number) in rows.items():
            row = stage.ask("GET", f"{path}/{number}/")
            assert row["custom_fields"]["proxbox_key"] == address.partition(":")[2]
        # Whether netbox-proxbox connects, and what people call the endpoint, is theirs.
        theirs = {"lab/endpoint.name": ("labcluster", "Proxmox Endpoint"), "lab/endpoint.enabled": (False, True)}
        # proxbox-api left texts empty that we would have written as empty ones.
        found = {
            path: {at: pair for at, pair in each.items() if any(pair)}
            for path, each in differences(stage, source).items()
        }
        assert {path: each for path, each in found.items() if each} == {f"{PLUGIN}/endpoints/proxmox": theirs}
        for path, wanted in facts(source, stage.proxmox.host, stage.proxmox.port).items():
            assert len(stage.netbox(path)) == len(wanted), path
        assert stage.plan().changes == ()
