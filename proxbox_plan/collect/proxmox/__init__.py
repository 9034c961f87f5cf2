"""Collect Proxmox VE into a State: bounded reads, each with its coverage."""
