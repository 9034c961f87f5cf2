"""Explains the mapping without a NetBox: explanations of rules, and mapping tests of the user."""
