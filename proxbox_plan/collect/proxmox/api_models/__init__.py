"""The fields we read from Proxmox's answers, as strict models."""
