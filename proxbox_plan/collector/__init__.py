"""Proxmox VE into a State: one function per resource, nothing written, nothing taken for granted."""

from proxbox_plan.collector.progress import Progress
from proxbox_plan.collector.run import collect, collect_cluster

__all__ = ["Progress", "collect", "collect_cluster"]
