"""The order of changes: references, prerequisites, cascade deletes, and cycles that are broken."""
