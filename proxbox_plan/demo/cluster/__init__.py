"""A fake Proxmox VE cluster: a seeded description, or a recording, served over HTTPS."""

from proxbox_plan.demo.cluster.description import ClusterDescription
from proxbox_plan.demo.cluster.faults import LOGIN_PAGE, ClusterFault, Faults
from proxbox_plan.demo.cluster.features import make_backup
from proxbox_plan.demo.cluster.network_parts import DemoFirewall, DemoSdn
from proxbox_plan.demo.cluster.parts import (
    DemoBackup,
    DemoDisk,
    DemoGuest,
    DemoNic,
    DemoNode,
    DemoReplication,
    DemoSnapshot,
    DemoStorage,
    DemoTask,
)
from proxbox_plan.demo.cluster.recording import Recording
from proxbox_plan.demo.cluster.server import ClusterServer, LoggedRequest

__all__ = [
    "LOGIN_PAGE",
    "ClusterDescription",
    "ClusterFault",
    "ClusterServer",
    "DemoBackup",
    "DemoDisk",
    "DemoFirewall",
    "DemoGuest",
    "DemoNic",
    "DemoNode",
    "DemoReplication",
    "DemoSdn",
    "DemoSnapshot",
    "DemoStorage",
    "DemoTask",
    "Faults",
    "LoggedRequest",
    "Recording",
    "make_backup",
]
