"""Proxmox VE into a State, and NetBox into an Inventory: nothing written, nothing taken for granted."""
