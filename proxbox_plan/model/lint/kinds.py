"""Kinds of the objects that findings are about: those of plans where NetBox has them, else what Proxmox calls them."""

from __future__ import annotations

from enum import StrEnum


class LintKind(StrEnum):
    """What a finding can be about. Closed list: an exception with another kind matches nothing."""

    VIRTUAL_MACHINE = "virtual-machine"
    DEVICE = "device"
    CLUSTER = "cluster"
    BACKUP_JOB = "backup-job"
    REPLICATION = "replication"
    SDN_CONTROLLER = "sdn-controller"
    SDN_ZONE = "sdn-zone"
    SDN_VNET = "sdn-vnet"
