"""Checks of both sides before anything is planned: what is there, what is allowed, and what to do about the rest.

It only ever reads. What it says is needed is worked out of what the stages themselves ask for: the kinds of the mapping
and the proofs of the collector.
"""
