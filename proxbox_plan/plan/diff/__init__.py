"""Matched objects compared field by field: who changed what, and which side is authoritative."""
