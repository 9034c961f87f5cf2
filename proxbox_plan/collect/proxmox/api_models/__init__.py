"""The fields read from Proxmox's responses, as strict models."""
