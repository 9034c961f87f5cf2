"""Proxmox VE's API over proxmoxer, read-only by construction."""
