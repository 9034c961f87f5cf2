"""The desired objects of NetBox, from state, policy and mapping."""
