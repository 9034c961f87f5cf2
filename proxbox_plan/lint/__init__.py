"""Lint: what is wrong in an estate by itself: rules over a state, and over an inventory for some of them; pure."""

from __future__ import annotations

from proxbox_plan.lint.linting import make_lint

__all__ = ["make_lint"]
