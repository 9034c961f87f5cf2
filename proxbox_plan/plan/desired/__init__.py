"""What NetBox should hold, as state, policy and mapping say it."""
