"""Two states compared object by object, with renames and moves recognized."""
