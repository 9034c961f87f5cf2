"""Beside the peers: the same cluster, the same real NetBox, and what each tool takes to bring them together."""
