"""The files that `proxbox init` writes."""
