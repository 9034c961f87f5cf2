"""A fake Proxmox VE cluster: a seeded description, or a recording, served over HTTPS."""

from proxbox_plan.demo.cluster.description import ClusterDescription
from proxbox_plan.demo.cluster.faults import LOGIN_PAGE, Fault, Faults
from proxbox_plan.demo.cluster.parts import DemoDisk, DemoGuest, DemoNic, DemoNode, DemoStorage
from proxbox_plan.demo.cluster.recording import Recording
from proxbox_plan.demo.cluster.server import ClusterServer, LoggedRequest

__all__ = [
    "LOGIN_PAGE",
    "ClusterDescription",
    "ClusterServer",
    "DemoDisk",
    "DemoGuest",
    "DemoNic",
    "DemoNode",
    "DemoStorage",
    "Fault",
    "Faults",
    "LoggedRequest",
    "Recording",
]
