"""Plan, review and apply what NetBox should say about Proxmox VE."""

__version__ = "0.1.0"
