"""Checks: the configuration's own rules about plans, as sandboxed expressions over each change."""

from proxbox_plan.policy.checks.run import run_checks

__all__ = ["run_checks"]
