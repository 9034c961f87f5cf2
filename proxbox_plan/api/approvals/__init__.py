"""Approvals: people sign that a plan may be applied, an apply counts them, and a report shows which count."""
