"""Rules of the configuration: compiled once, evaluated for every guest, node and cluster, templates in a sandbox."""
