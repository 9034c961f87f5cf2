"""One guest: where it is, its configuration, its addresses and its snapshots."""
