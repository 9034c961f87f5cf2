"""The clients of Proxmox (read-only by construction) and NetBox: only this code opens connections."""
