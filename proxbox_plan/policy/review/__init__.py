"""Review: who lets a change be applied: the rules of the configuration, and what changes need of each other."""

from __future__ import annotations

from proxbox_plan.policy.review.classes import classes_of

__all__ = ["classes_of"]
