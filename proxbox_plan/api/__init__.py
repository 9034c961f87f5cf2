"""The public Python API: everything the command line does, without a terminal.

    from proxbox_plan import api

    settings = api.load("proxbox.yaml")
    state = api.collect(settings)
    planned = api.plan(settings, state=state)
    outcome = api.apply(settings, planned.plan)

Every call takes and returns documents (`State`, `Inventory`, `Plan`, `Outcome`, `Drift`), raises a `ProxboxError` and
never prints, exits or keeps global state: two NetBoxes in one process are two `Settings`. A `listener` hears typed
events, a `Cancellation` ends a call. Names that are not in `__all__` are not part of the API.
"""

from __future__ import annotations

from importlib import import_module
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from proxbox_plan.api.applying import LOCK_NAME, apply, merge
    from proxbox_plan.api.approvals.given import Approvals
    from proxbox_plan.api.approvals.reviewing import reviewed
    from proxbox_plan.api.approvals.signing import approve
    from proxbox_plan.api.cancellation import CanceledError, Cancellation
    from proxbox_plan.api.collecting import collect
    from proxbox_plan.api.configuration import load
    from proxbox_plan.api.demo_servers import Demo, demo
    from proxbox_plan.api.diagnosing import diagnose, diagnosis_text, permissions
    from proxbox_plan.api.documents.comparing import diff, drift_of, trend
    from proxbox_plan.api.documents.files import (
        is_current,
        json_text,
        read,
        read_as,
        read_states,
        summary,
        write,
        write_text,
    )
    from proxbox_plan.api.documents.reports import (
        is_private,
        mapping_tests_yaml,
        render,
        render_explanations,
        render_reverse_drift,
        render_suggestion,
        render_test_results,
        rules_yaml,
    )
    from proxbox_plan.api.documents.schemas import schema
    from proxbox_plan.api.drifting import drift, reverse_drift
    from proxbox_plan.api.events import (
        ChangeDone,
        Event,
        Listener,
        Noted,
        StageBegan,
        StageEnded,
        StepDone,
        StepsAhead,
        Waiting,
        Warned,
    )
    from proxbox_plan.api.explaining import explain, run_check_tests, run_mapping_tests
    from proxbox_plan.api.linting import lint
    from proxbox_plan.api.locking import unlock
    from proxbox_plan.api.notifying import Notified, notify
    from proxbox_plan.api.planning import Planned, check, plan
    from proxbox_plan.api.splitting import split
    from proxbox_plan.api.suggesting import suggest_rules
    from proxbox_plan.api.undoing import undo
    from proxbox_plan.apply.preconditions.expected import check_expected
    from proxbox_plan.config import Settings
    from proxbox_plan.model.policy.suggestion import RuleSuggestion
    from proxbox_plan.report.format import Format
    from proxbox_plan.report.link import Link
    from proxbox_plan.report.subject import Subject

__all__ = [
    "LOCK_NAME",
    "Approvals",
    "CanceledError",
    "Cancellation",
    "ChangeDone",
    "Demo",
    "Event",
    "Format",
    "Link",
    "Listener",
    "Noted",
    "Notified",
    "Planned",
    "RuleSuggestion",
    "Settings",
    "StageBegan",
    "StageEnded",
    "StepDone",
    "StepsAhead",
    "Subject",
    "Waiting",
    "Warned",
    "apply",
    "approve",
    "check",
    "check_expected",
    "collect",
    "demo",
    "diagnose",
    "diagnosis_text",
    "diff",
    "drift",
    "drift_of",
    "explain",
    "is_current",
    "is_private",
    "json_text",
    "lint",
    "load",
    "mapping_tests_yaml",
    "merge",
    "notify",
    "permissions",
    "plan",
    "read",
    "read_as",
    "read_states",
    "render",
    "render_explanations",
    "render_reverse_drift",
    "render_suggestion",
    "render_test_results",
    "reverse_drift",
    "reviewed",
    "rules_yaml",
    "run_check_tests",
    "run_mapping_tests",
    "schema",
    "split",
    "suggest_rules",
    "summary",
    "trend",
    "undo",
    "unlock",
    "write",
    "write_text",
]

# Where each name is: it is imported when it is used first, so that a command loads no more than it needs.
_PLACES: Final = MappingProxyType(
    {
        "api.applying": ("LOCK_NAME", "apply", "merge"),
        "api.approvals.given": ("Approvals",),
        "api.approvals.reviewing": ("reviewed",),
        "api.approvals.signing": ("approve",),
        "api.cancellation": ("Cancellation", "CanceledError"),
        "api.collecting": ("collect",),
        "api.configuration": ("load",),
        "api.demo_servers": ("Demo", "demo"),
        "api.diagnosing": ("diagnose", "diagnosis_text", "permissions"),
        "api.documents.comparing": ("diff", "drift_of", "trend"),
        "api.documents.files": (
            "is_current",
            "json_text",
            "read",
            "read_as",
            "read_states",
            "summary",
            "write",
            "write_text",
        ),
        "api.documents.reports": (
            "is_private",
            "mapping_tests_yaml",
            "render",
            "render_explanations",
            "render_reverse_drift",
            "render_suggestion",
            "render_test_results",
            "rules_yaml",
        ),
        "api.documents.schemas": ("schema",),
        "api.drifting": ("drift", "reverse_drift"),
        "api.events": (
            "ChangeDone",
            "Event",
            "Listener",
            "Noted",
            "StageBegan",
            "StageEnded",
            "StepDone",
            "StepsAhead",
            "Waiting",
            "Warned",
        ),
        "api.explaining": ("explain", "run_check_tests", "run_mapping_tests"),
        "api.linting": ("lint",),
        "api.locking": ("unlock",),
        "api.notifying": ("Notified", "notify"),
        "api.planning": ("Planned", "check", "plan"),
        "api.splitting": ("split",),
        "api.suggesting": ("suggest_rules",),
        "api.undoing": ("undo",),
        "apply.preconditions.expected": ("check_expected",),
        "config": ("Settings",),
        "model.policy.suggestion": ("RuleSuggestion",),
        "report.format": ("Format",),
        "report.link": ("Link",),
        "report.subject": ("Subject",),
    }
)
_MODULES: Final = MappingProxyType({name: module for module, names in _PLACES.items() for name in names})


def __getattr__(name: str) -> Any:
    """Import a public name when it is used first."""
    module = _MODULES.get(name)
    if module is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = getattr(import_module(f"proxbox_plan.{module}"), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    """Return the public names."""
    return sorted(__all__)
