"""Managed objects that nothing desires any more: deleted, decommissioned, kept or deferred."""
