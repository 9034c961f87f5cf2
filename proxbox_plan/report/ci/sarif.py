"""SARIF 2.1.0: findings for code scanning. Only what there is to say: objects without a finding are not in it."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256
from typing import Any

from proxbox_plan import __version__
from proxbox_plan.model.base import canonical_json
from proxbox_plan.report.ci.findings import Finding, Level, Review
from proxbox_plan.report.ci.rules import FindingRule

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
# GitHub shows no more of one run, and refuses a file with more than 25,000.
MOST = 5_000
# GitHub wants a file beside every result; what is found is in no file, so it is the one that is in the repository.
FILE = "proxbox.yaml"


def render(review: Review) -> str:
    """Return the report as SARIF, the gravest findings first."""
    order = list(Level)
    findings = sorted(review.findings, key=lambda finding: order.index(finding.level))[:MOST]
    rules = {finding.rule.id: finding.rule for finding in findings}
    run = {
        "tool": {"driver": {"name": "proxbox-plan", "version": __version__, "rules": list(map(_rule, rules.values()))}},
        "automationDetails": {"id": f"proxbox/{review.about}/"},
        "invocations": [_invocation(review)],
        "results": list(_results(findings, list(rules))),
    }
    return canonical_json({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]})


def _rule(rule: FindingRule) -> dict[str, Any]:
    return {
        "id": rule.id,
        "shortDescription": {"text": _plain(rule.title)},
        "fullDescription": {"text": _plain(f"{rule.title}. {rule.help}")},
        "help": {"text": _plain(rule.help)},
    }


def _invocation(review: Review) -> dict[str, Any]:
    """Return the verdict, and whether results are omitted."""
    said = [{"level": "note", "message": {"text": _plain(review.verdict)}}]
    if len(review.findings) > MOST:
        left = f"{len(review.findings) - MOST:,} more findings are not in this file."
        said.append({"level": "warning", "message": {"text": left}})
    return {"executionSuccessful": True, "toolExecutionNotifications": said}


def _results(findings: Iterable[Finding], rules: list[str]) -> Iterable[dict[str, Any]]:
    for finding in findings:
        hint = f" {finding.hint}" if finding.hint else ""
        yield {
            "ruleId": finding.rule.id,
            "ruleIndex": rules.index(finding.rule.id),
            "level": finding.level.value,
            "message": {"text": _plain(f"{finding.message}{hint}")},
            "locations": [
                {
                    "physicalLocation": {"artifactLocation": {"uri": FILE}, "region": {"startLine": 1}},
                    "logicalLocations": [
                        {"name": finding.name, "fullyQualifiedName": finding.address, "kind": "resource"}
                    ],
                }
            ],
            "partialFingerprints": {"proxbox/v1": _fingerprint(finding)},
        }


def _plain(text: str) -> str:
    """Return text in which a viewer finds no link: SARIF reads `[words](target)` in any message as one."""
    return text.replace("](", "] (")


def _fingerprint(finding: Finding) -> str:
    """Return what makes two findings of two runs the same: the rule and the object, and the field if there is one."""
    return sha256(f"{finding.rule.id}\n{finding.address}\n{finding.part}".encode()).hexdigest()[:32]
