"""Metrics for the textfile collector of the Prometheus node exporter: counts only, nothing that names an object."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from proxbox_plan.model.difference import Sort, StateDiff
from proxbox_plan.model.drift import Drift, Origin
from proxbox_plan.model.lint.lint import Lacking, Lint
from proxbox_plan.model.outcome import Outcome, Result
from proxbox_plan.model.plan import Action, Plan
from proxbox_plan.model.plan.merged import merged
from proxbox_plan.model.policy import CheckSeverity
from proxbox_plan.model.problem import ProblemCode
from proxbox_plan.model.state import Incomplete, State
from proxbox_plan.report.subject import Subject, unfit
from proxbox_plan.report.text.state import missing_parts
from proxbox_plan.report.values import named

Labels = tuple[tuple[str, str], ...]
Code = TypeVar("Code", bound=str)


@dataclass(frozen=True, slots=True)
class Metric:
    """One gauge, with a value for each set of labels."""

    name: str
    help: str
    values: Mapping[Labels, int] = field(default_factory=dict)


def render(subject: Subject) -> str:
    """Return the metrics; UsageError for a subject that has none."""
    return "".join(_lines(metric) for metric in _metrics(subject))


def _metrics(subject: Subject) -> Iterable[Metric]:
    match subject:
        case Plan():
            return _plan(subject)
        case Drift():
            return _drift(subject)
        case Lint():
            return _lint(subject)
        case Outcome():
            return _outcome(subject)
        case StateDiff():
            counts = Counter(item.sort for item in subject.objects)
            return [_by("proxbox_diff_objects", "Objects that differ between two states.", "sort", Sort, counts)]
        case State():
            return _state(subject)
        case _:
            raise unfit(subject)


def _plan(plan: Plan) -> Iterator[Metric]:
    changes = merged(plan.changes)
    counts = Counter((change.cluster or "", change.kind, change.action) for change in changes)
    places = sorted({(cluster, kind) for cluster, kind, _ in counts})
    values: dict[Labels, int] = {
        (("cluster", cluster), ("kind", kind), ("action", action.value)): counts[cluster, kind, action]
        for cluster, kind in places
        for action in Action
    }
    yield Metric("proxbox_plan_changes", "Objects the plan would change; the cluster is empty for shared ones.", values)
    unchanged: dict[Labels, int] = {(("kind", kind),): count for kind, count in sorted(plan.unchanged.items())}
    yield Metric("proxbox_plan_unchanged", "Objects that already agree.", unchanged)
    yield _one("proxbox_plan_applicable", "1 when apply may run the plan.", plan.applicable)
    exceeded = sum(not hit.forced for hit in plan.limits)
    yield _one("proxbox_plan_limits_exceeded", "Change limits that forbid the plan.", exceeded)
    severities = Counter(hit.severity for hit in plan.checks)
    about = "Checks of the configuration that match the plan."
    yield _by("proxbox_plan_checks", about, "severity", CheckSeverity, severities)
    yield from _not_changed("plan", plan)


def _drift(drift: Drift) -> Iterator[Metric]:
    counts = Counter(item.origin for item in drift.items if item.follows is None)
    about = "Fields and objects that differ, by who changed them; without consequences of others."
    yield _by("proxbox_drift_differences", about, "cause", Origin, counts)
    yield from _not_changed("drift", drift)


def _not_changed(about: str, plan: Plan | Drift) -> Iterator[Metric]:
    problems, deferred = (Counter(item.code for item in plan.problems), Counter(item.reason for item in plan.deferred))
    yield _by(f"proxbox_{about}_problems", "Problems, each of which omits changes.", "code", ProblemCode, problems)
    yield _by(
        f"proxbox_{about}_deferred",
        "Changes that are deferred until their source is complete.",
        "reason",
        Incomplete,
        deferred,
    )
    yield _one(
        f"proxbox_{about}_preserved_fields",
        "Fields that differ and are preserved, because NetBox is authoritative for them.",
        len(plan.preserved),
    )
    yield _one(f"proxbox_{about}_complete", "1 when the source is complete.", plan.complete)


def _lint(lint: Lint) -> Iterator[Metric]:
    counts = Counter((finding.cluster, finding.rule) for finding in lint.findings)
    values: dict[Labels, int] = {
        (("cluster", cluster), ("rule", rule.name), ("severity", rule.severity.value)): counts[cluster, rule.name]
        for cluster in lint.clusters
        for rule in lint.rules
    }
    yield Metric("proxbox_lint_findings", "Findings of each rule that was tried.", values)
    yield _one("proxbox_lint_counted", "Findings that are grave enough to count.", len(lint.counted))
    unjudged = Counter(str(item.reason) for item in lint.unjudged)
    about = "Causes that kept rules from judging everything."
    yield _by("proxbox_lint_unjudged", about, "reason", [*map(str, Incomplete), *map(str, Lacking)], unjudged)


def _outcome(outcome: Outcome) -> Iterator[Metric]:
    results = Counter(item.result for item in outcome.by_object())
    yield _by("proxbox_apply_results", "What became of the changes.", "result", Result, results)
    yield _one("proxbox_apply_complete", "1 when every change landed.", outcome.complete)
    yield _one("proxbox_apply_stopped", "1 when the apply stopped early.", bool(outcome.stopped))
    yield _one("proxbox_apply_write_requests", "Write requests that were sent.", outcome.writes)


def _state(state: State) -> Iterator[Metric]:
    guests: Counter[Labels] = Counter(
        (("cluster", cluster.name), ("type", guest.type), ("status", guest.status))
        for cluster in state.clusters
        for guest in cluster.guests
    )
    yield Metric("proxbox_state_guests", "Guests of Proxmox.", dict(sorted(guests.items())))
    nodes: Counter[Labels] = Counter(
        (("cluster", cluster.name), ("online", str(node.online).lower()))
        for cluster in state.clusters
        for node in cluster.nodes
    )
    yield Metric("proxbox_state_nodes", "Nodes of Proxmox.", dict(sorted(nodes.items())))
    missing = Counter(
        coverage.reason or Incomplete.NOT_READ for cluster in state.clusters for _, coverage in missing_parts(cluster)
    )
    yield _by("proxbox_state_incomplete", "Parts that are incomplete.", "reason", Incomplete, missing)


def _one(name: str, about: str, value: int) -> Metric:
    return Metric(name, about, {(): int(value)})


def _by(name: str, about: str, label: str, codes: Iterable[Code], counts: Mapping[Code, int]) -> Metric:
    """Return a value for every code of a closed list, so that no series comes and goes."""
    return Metric(name, about, {((label, str(code)),): counts.get(code, 0) for code in codes})


def _lines(metric: Metric) -> str:
    lines = [f"# HELP {metric.name} {metric.help}", f"# TYPE {metric.name} gauge"]
    lines += [f"{metric.name}{_labels(labels)} {value}" for labels, value in metric.values.items()]
    return "\n".join(lines) + "\n"


def _labels(labels: Labels) -> str:
    pairs = ",".join(f'{name}="{_escaped(value)}"' for name, value in labels)
    return f"{{{pairs}}}" if pairs else ""


def _escaped(value: str) -> str:
    return named(value).replace("\\", "\\\\").replace('"', '\\"')
