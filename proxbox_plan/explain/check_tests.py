"""Check test run: evaluates a check test with the checks of the configuration, as a plan does."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from proxbox_plan.core.suggestion import suggestion
from proxbox_plan.mapping.readable import kinds_of
from proxbox_plan.model.policy import Check, Policy
from proxbox_plan.model.policy.check_test import REASONS, CheckTest, ExampleChange
from proxbox_plan.model.policy.mapping_test import Mismatch
from proxbox_plan.policy.checks.expression import compiled
from proxbox_plan.policy.checks.run import View, evaluated, plain
from proxbox_plan.policy.checks.vocabulary import Vocabulary


def try_out(test: CheckTest, policy: Policy) -> tuple[Mismatch, ...]:
    """Return what the checks do not do as the test expects; empty when it passes."""
    vocabulary = Vocabulary.of(kinds_of(policy), (cluster.name for cluster in policy.clusters))
    checks = {check.name: check for check in policy.checks}
    wrong = (*_unknown(test.change, vocabulary), *_unknown_checks(test, checks))
    return wrong or tuple(_compared(test, checks, _view(test.change)))


def _unknown(change: ExampleChange, vocabulary: Vocabulary) -> Iterator[Mismatch]:
    """Yield what no plan of this configuration has: a test of such a change shows nothing."""
    if change.kind not in vocabulary.fields:
        message = f"no change is of a kind {change.kind[:60]!r}{suggestion(change.kind, vocabulary.fields)}"
        yield Mismatch(location=("change", "kind"), message=message)
        return
    if change.cluster is not None and change.cluster not in vocabulary.clusters:
        message = f"there is no cluster {change.cluster[:60]!r}{suggestion(change.cluster, vocabulary.clusters)}"
        yield Mismatch(location=("change", "cluster"), message=message)
    known = vocabulary.fields[change.kind]
    for name in change.fields:
        if name not in known:
            message = f"{change.kind} has no field {name[:60]!r}{suggestion(name, known)}"
            yield Mismatch(location=("change", "fields", name), message=message)


def _unknown_checks(test: CheckTest, checks: Mapping[str, Check]) -> Iterator[Mismatch]:
    for key in ("expect", "absent"):
        for index, name in enumerate(getattr(test, key)):
            if name not in checks:
                yield Mismatch(
                    location=(key, index), message=f"there is no check {name[:60]!r}{suggestion(name, checks)}"
                )


def _compared(test: CheckTest, checks: Mapping[str, Check], view: View) -> Iterator[Mismatch]:
    for key in ("expect", "absent"):
        for index, name in enumerate(getattr(test, key)):
            met, failure = evaluated(compiled(checks[name].when), view)
            if failure:
                yield Mismatch(location=(key, index), message=f"the check {name!r} cannot be computed: {failure}")
            elif met != (key == "expect"):
                verb = "matches" if met else "does not match"
                yield Mismatch(location=(key, index), message=f"the check {name!r} {verb}")


def _view(change: ExampleChange) -> View:
    """Return an example as expressions see it."""
    return {
        "address": change.address or f"{change.kind}:example",
        "kind": change.kind,
        "action": change.action.value,
        "reason": (change.reason or REASONS[change.action]).value,
        "name": change.name,
        "cluster": change.cluster,
        "fields": {name: _sides(field.before, field.after, field.cause.value) for name, field in change.fields.items()},
    }


def _sides(before: Any, after: Any, cause: str) -> dict[str, Any]:
    sides = {"before": plain(before), "after": plain(after), "cause": cause}
    return {name: value for name, value in sides.items() if value is not None}
