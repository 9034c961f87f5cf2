"""The mapping without a NetBox: explanations of rules, and the user's mapping tests."""
