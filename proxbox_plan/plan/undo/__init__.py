"""Undo: the plan that takes back what an apply did."""
