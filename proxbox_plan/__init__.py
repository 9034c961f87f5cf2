"""Plan, review and apply the changes that bring NetBox in line with Proxmox VE."""

__version__ = "0.1.0"
