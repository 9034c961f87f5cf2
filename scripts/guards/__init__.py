"""Proof that the safety tests can fail: each guard is taken out of a copy of the code, and its tests must notice."""
