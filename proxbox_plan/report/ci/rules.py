"""Rules: one for every code of the closed lists, with a title and a help text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, TypeVar

from proxbox_plan.model.outcome import Result
from proxbox_plan.model.policy import CheckSeverity
from proxbox_plan.report.difference import WORDS as SORTS
from proxbox_plan.report.messages import INCOMPLETE, ORIGINS, PROBLEMS, RESULTS


@dataclass(frozen=True, slots=True)
class FindingRule:
    """One sort of finding."""

    id: str
    title: str
    help: str


Code = TypeVar("Code", bound=str)


def _rules(family: str, words: Mapping[Code, str], help_: str) -> dict[str, FindingRule]:
    ids = {code: f"{family}/{code}" for code in words}
    return {ids[code]: FindingRule(ids[code], _capital(title), help_.format(code)) for code, title in words.items()}


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


_CHECKS = {
    CheckSeverity.ADVISORY: "A check points out changes",
    CheckSeverity.REQUIRE: "A check requires a label",
    CheckSeverity.DENY: "A check denies the plan",
}
_UNLANDED = {result: words for result, words in RESULTS.items() if result is not Result.DONE}

RULES: Final[Mapping[str, FindingRule]] = {
    **_rules(
        "limit",
        {"exceeded": "Over a change limit"},
        "Apply refuses the plan. Review it; if it is right, plan and apply it with --force-limit.",
    ),
    **_rules(
        "check",
        _CHECKS,
        "A check of the configuration. Pass a label that it requires with `apply --label`. See docs/checks.md.",
    ),
    **_rules("problem", PROBLEMS, "Omitted from the plan. See docs/problems.md#{}."),
    **_rules("deferred", INCOMPLETE, "Deferred, because the source is incomplete. See docs/problems.md#{}."),
    **_rules("incomplete", INCOMPLETE, "Incomplete in the state. See docs/problems.md#{}."),
    **_rules("lint", {"not-judged": "Not judged"}, "Something a rule reads is not known. See docs/lint.md."),
    **_rules("drift", ORIGINS, "NetBox and Proxmox differ. See docs/problems.md#causes."),
    **_rules("result", _UNLANDED, "A change that did not land. See docs/problems.md#results."),
    **_rules("diff", SORTS, "Two state files differ."),
}


def rule(family: str, code: str) -> FindingRule:
    """Return the rule of a code; KeyError when the code is not of the family's closed list."""
    return RULES[f"{family}/{code}"]
