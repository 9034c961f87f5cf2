"""Lint in words, which every view of it shares: who it is about, what could not be judged, and the verdict."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Final

from proxbox_plan.model.lint.lint import Lacking, Lint, LintFinding, LintRule, Unjudged
from proxbox_plan.model.lint.severity import Severity
from proxbox_plan.model.state import Incomplete
from proxbox_plan.report.messages import GUEST_WORDS, INCOMPLETE, counted
from proxbox_plan.report.values import named

LACKING: Final[Mapping[Lacking, str]] = {
    Lacking.INVENTORY: "NetBox was not read",
    Lacking.NOT_ASKED: "the inventory was read without them",
    Lacking.TIME: "the state does not say when it was collected",
    Lacking.REDACTED: "the state is redacted",
    Lacking.RULES: "a template of a rule fails, or reads what is unknown",
}


def kind_of(finding: LintFinding) -> str:
    """Return the kind of its object in words."""
    return GUEST_WORDS.get(finding.kind) or finding.kind.replace("-", " ").replace("sdn", "SDN")


def where_of(finding: LintFinding) -> str:
    """Return where its object is: `qemu/100 of lab on pve1`."""
    what = f"{finding.kind}/{finding.vmid}" if finding.kind in GUEST_WORDS else kind_of(finding)
    return f"{what} of {finding.cluster}{f' on {finding.node}' if finding.node and finding.kind != 'node' else ''}"


def by_rule(lint: Lint) -> list[tuple[LintRule, list[LintFinding]]]:
    """Return the findings by rule, in their order, the gravest rule first; without rules that found nothing."""
    rules = {rule.name: rule for rule in lint.rules}
    found: dict[str, list[LintFinding]] = {}
    for finding in lint.findings:
        found.setdefault(finding.rule, []).append(finding)
    return [(rules[name], findings) for name, findings in found.items()]


def reason_words(reason: Incomplete | Lacking) -> str:
    """Return why something is not known."""
    return LACKING[reason] if isinstance(reason, Lacking) else INCOMPLETE[reason]


def unjudged_words(item: Unjudged) -> str:
    """Return what is missing, where, and why."""
    where = f" of {counted(item.objects, 'object')}" if item.objects else ""
    cluster = f" in {named(item.cluster)}" if item.cluster is not None else ""
    return f"{item.part}{where}{cluster}: {reason_words(item.reason)}"


def lint_line(lint: Lint) -> str:
    """Return the verdict in one line."""
    counts = Counter(finding.severity for finding in lint.findings)
    about = f"in {counted(lint.guests, 'guest')} of {counted(len(lint.clusters), 'cluster')}"
    words = ", ".join(counted(counts[severity], severity.value) for severity in Severity if counts[severity])
    unknown = f" Not everything could be judged: {counted(len(lint.unjudged), 'reason')}." if lint.unjudged else ""
    return f"{words or 'No findings'} {about}, {counted(len(lint.rules), 'rule')} tried.{unknown}"
