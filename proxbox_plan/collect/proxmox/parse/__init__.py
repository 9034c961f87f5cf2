"""The small languages in Proxmox's strings; every parser is pure and fails with GrammarError only."""
