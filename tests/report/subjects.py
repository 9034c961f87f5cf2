"""What the tests of every format report about."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from proxbox_plan.compare.states import diff_states
from proxbox_plan.core.address import Address
from proxbox_plan.model.base import Document
from proxbox_plan.model.drift import Author, Drift
from proxbox_plan.model.lint.lint import Lint, LintFinding, LintRule, Unjudged
from proxbox_plan.model.lint.severity import Severity
from proxbox_plan.model.outcome import Outcome, Result
from proxbox_plan.model.plan import Action, Cause, CheckHit, Deferred, LeftAlone, LimitHit, Plan, Preserved, Reason
from proxbox_plan.model.policy import CheckSeverity
from proxbox_plan.model.problem import Problem, ProblemCode
from proxbox_plan.model.state import GuestCoverage, Incomplete, State
from proxbox_plan.plan.drift import make_drift
from proxbox_plan.report.subject import Subject
from tests.builders import (
    HOSTILE,
    busy_plan,
    change,
    changed,
    cluster,
    guest,
    incomplete,
    incomplete_state,
    lint,
    node,
    outcome,
    plan,
    state,
)

# Besides what shapes a terminal or Markdown: what a CI runner, a template, XML or a SARIF viewer would take as its own.
VALUES = (
    *HOSTILE,
    "::error title=x::y",
    "##[add-mask]web",
    "::stop-commands::token",
    "%0A::error::%25",
    "]]> <!-- --> <?xml ?> &lt;",
    "</script><img src=x onerror=alert(1)>",
    '"} 1\nproxbox_x{a="b',
    "[click](https://evil.example.com) {0}",
    "not \ufffe a \uffff character",
)


def subjects() -> dict[str, Subject]:
    """Return one subject of each sort that has a report in every format."""
    after = state(cluster(guests=(guest(100, name="front"), guest(103, type="lxc")), nodes=(node(version="9.1.0"),)))
    return {
        "plan": checked_plan(),
        "drift": _authored(make_drift(busy_plan(), "2026-11-21T07:30:00Z"), "alice"),
        "outcome": outcome(*Result, stopped="NetBox is down: 503"),
        "diff": diff_states(state(), after),
        "lint": lint(),
        "state": incomplete_state(),
    }


def checked_plan() -> Plan:
    """Return a plan with some of everything, and checks that it meets."""
    deny = CheckHit(
        name="no deletions",
        severity=CheckSeverity.DENY,
        message="ask the network team",
        addresses=(Address("vm-interface:a"),),
    )
    require = CheckHit(
        name="adoption",
        severity=CheckSeverity.REQUIRE,
        label="adopt",
        addresses=(Address("virtual-machine:lab/qemu/103"),),
    )
    advisory = CheckHit(
        name="databases", severity=CheckSeverity.ADVISORY, message="tell them", addresses=(Address("vm-interface:a"),)
    )
    content = {name: getattr(busy_plan(), name) for name in Plan.model_fields.keys() - Document.model_fields.keys()}
    return Plan.make(**content | {"checks": (deny, require, advisory)})


@cache
def hostile(value: str) -> Mapping[str, Subject]:
    """Return the subjects with a value wherever another user chooses one."""
    return {
        "plan": hostile_plan(value),
        "drift": _authored(make_drift(hostile_plan(value)), value),
        "outcome": _outcome(value),
        "diff": diff_states(_lab(value, name="", description=""), _lab(value, name=value, description=f"{value}!")),
        "lint": _lint(value),
        "state": _lab(value, name=value, coverage=GuestCoverage(config=incomplete(Incomplete.FORBIDDEN, value))),
    }


def _authored(drift: Drift, value: str) -> Drift:
    """Return the drift with an author for every other item."""
    author = Author(user=value, time="2026-11-20T16:05:00Z", message=value, entry=7)
    items = (
        item.model_copy(update={"author": author}) if place % 2 else item for place, item in enumerate(drift.items)
    )
    return drift.model_copy(update={"items": tuple(items)})


def hostile_plan(value: str) -> Plan:
    """Return a plan of such values."""
    address = Address.of("device", value or "-")
    return plan(
        clusters=(value,),
        changes=(
            change(name=value, cluster=value or None, fields=(changed(value, value, [value], Cause.NEW),)),
            change("device:a", name=value, action=Action.DELETE, reason=Reason.GONE, netbox_id=1),
            change(
                "device:b",
                name=value,
                action=Action.UPDATE,
                reason=Reason.BOTH,
                netbox_id=2,
                fields=(changed("f", {"kind": "site", "name": value}, {"other": value}, Cause.BOTH),),
            ),
        ),
        deferred=(
            Deferred(
                address=address,
                kind="device",
                name=value,
                action=Action.DELETE,
                reason=Incomplete.TIMEOUT,
                detail=value,
            ),
        ),
        preserved=(Preserved(address=address, name=value, field=f"f{value}", netbox=value, proxmox=value),),
        left_alone=(LeftAlone(address=address, name=value, tag="proxbox-ignore", side="netbox"),),
        problems=(Problem(code=ProblemCode.NAME_TAKEN, address=address, message=value, hint=f"h{value}"),),
        limits=(LimitHit(kind="device", affected=1, managed=1, allowed=0, message=value),),
        checks=(CheckHit(name=value, severity=CheckSeverity.DENY, label=value, message=value, addresses=(address,)),),
        applicable=False,
    )


def _outcome(value: str) -> Outcome:
    made = outcome(*Result, stopped=value, plan_id=value, netbox_url=value)
    results = tuple(item.model_copy(update={"name": value, "message": value}) for item in made.results)
    return made.model_copy(update={"results": results})


def _lint(value: str) -> Lint:
    rules = tuple(
        LintRule(name=f"{one}{value}", title=value, severity=one, why=value, remedy=value) for one in Severity
    )
    found = tuple(
        LintFinding(
            rule=rule.name,
            severity=rule.severity,
            address=Address.of("virtual-machine", value or "-"),
            kind=value,
            name=value,
            vmid=7,
            cluster=value,
            node=value,
            part=value,
            message=value,
            related=(Address.of("device", value or "-"),),
        )
        for rule in rules
    )
    unknown = Unjudged(
        cluster=value, part=value, reason=Incomplete.TIMEOUT, rules=(value,), objects=2, detail=value, hint=value
    )
    return Lint.make(
        state=value,
        netbox_url=value,
        clusters=(value,),
        guests=1,
        fail_on=Severity.WARNING,
        rules=rules,
        findings=found,
        unjudged=(unknown,),
    )


def _lab(value: str, **fields: Any) -> State:
    machine = guest(pool=value, tags=(value,), status=value or "unknown", **fields)
    return state(cluster(value or "lab", version=value, guests=(machine,)))
