"""The only code that opens a connection: Proxmox (read-only by construction) and NetBox."""
