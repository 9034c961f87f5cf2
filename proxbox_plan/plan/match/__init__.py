"""Desired objects matched with the live objects of NetBox, and proof that one is absent."""
