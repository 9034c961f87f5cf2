"""Lint: what is wrong in an estate by itself, whatever NetBox says; its settings, and the document."""
