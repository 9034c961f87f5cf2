"""Collect Proxmox VE into a State and read NetBox into an Inventory; read-only."""
