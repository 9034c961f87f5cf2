"""The configuration as the planner sees it: what is in scope, rules, owners, limits. No secret, no file."""

from __future__ import annotations

from proxbox_plan.model.policy.policy import (
    AddressFilter,
    AddressRule,
    Check,
    CheckSeverity,
    ClusterPolicy,
    ClusterRule,
    Condition,
    Limits,
    Mode,
    NodeRule,
    NodeTargets,
    Policy,
    ReviewClass,
    ReviewCondition,
    ReviewRule,
    Rule,
    Scope,
    Targets,
    is_forgotten,
)

__all__ = [
    "AddressFilter",
    "AddressRule",
    "Check",
    "CheckSeverity",
    "ClusterPolicy",
    "ClusterRule",
    "Condition",
    "Limits",
    "Mode",
    "NodeRule",
    "NodeTargets",
    "Policy",
    "ReviewClass",
    "ReviewCondition",
    "ReviewRule",
    "Rule",
    "Scope",
    "Targets",
    "is_forgotten",
]
