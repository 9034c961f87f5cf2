"""What a reviewer asks of a plan: which machines are gone, moved, renamed, changed or new, and what else changes.

Every view of a plan is laid out from this one model: `overview` holds it, a template of each format shows it.
"""
