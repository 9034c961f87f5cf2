"""Rules of the configuration, evaluated for every guest, node and cluster; templates run in a sandbox."""
