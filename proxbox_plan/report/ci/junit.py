"""JUnit XML: what a CI dashboard shows as tests.

A suite for each kind of object, a test for each object: it fails for a finding that needs attention, is skipped for
what is deferred or preserved, and passes without a finding. The verdict is always a test, so that no report is empty.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import chain
from xml.etree.ElementTree import Element, SubElement, indent, tostring  # it only writes

from proxbox_plan.report.ci.findings import Finding, Level, Review

_VERDICTS = {
    "plan": "apply may run the plan",
    "drift": "NetBox agrees with Proxmox",
    "lint": "no finding counts",
    "outcome": "every change landed",
    "state": "everything was read",
    "diff": "two states were compared",
}
PASSED, _SKIPPED, FAILED = "passed", "skipped", "failure"


@dataclass(frozen=True, slots=True)
class Case:
    """A test of a suite; `lines` say why it failed or was skipped."""

    suite: str
    name: str
    result: str
    kind: str = ""
    lines: tuple[str, ...] = ()


def render(review: Review) -> str:
    """Return the report as JUnit XML."""
    return document(review.about, _cases(review))


def document(about: str, cases: Iterable[Case]) -> str:
    """Return the cases as JUnit XML."""
    root = Element("testsuites", name=f"proxbox {about}")
    suites: dict[str, list[Case]] = {}
    for case in cases:
        suites.setdefault(case.suite, []).append(case)
    for name, members in suites.items():
        suite = SubElement(root, "testsuite", {"name": name, **_counts(members)})
        for case in members:
            _write(suite, case, f"proxbox.{about}.{name}")
    root.attrib |= _counts(list(chain.from_iterable(suites.values())))
    indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{tostring(root, encoding="unicode")}\n'


def _cases(review: Review) -> Iterable[Case]:
    lines = () if review.good else (review.verdict,)
    yield Case("verdict", _VERDICTS[review.about], PASSED if review.good else FAILED, "verdict", lines)
    found: dict[tuple[str, str], list[Finding]] = {}
    for finding in review.findings:
        found.setdefault((finding.address, finding.rule.id), []).append(finding)
    for findings in found.values():
        yield _of(findings)
    for address, name in review.agreed:
        kind, _, key = address.partition(":")
        yield Case(kind, f"{name} [{key}]", PASSED)


def _of(findings: list[Finding]) -> Case:
    """Return the test of an object and a rule, whichever fields it is about."""
    first = findings[0]
    result = _SKIPPED if first.level is Level.NOTE else FAILED
    lines = (line for finding in findings for line in (finding.message, finding.hint) if line)
    key = first.address.partition(":")[2]
    name = f"{first.name} [{key}]" if key and key not in first.name else first.name
    return Case(first.kind, f"{name}: {first.rule.title}", result, first.rule.id, tuple(lines))


def _counts(cases: list[Case]) -> dict[str, str]:
    results = [case.result for case in cases]
    return {
        "tests": str(len(cases)),
        "failures": str(results.count(FAILED)),
        "errors": "0",
        "skipped": str(results.count(_SKIPPED)),
    }


def _write(suite: Element, case: Case, classname: str) -> None:
    element = SubElement(suite, "testcase", classname=classname, name=case.name)
    if case.result == FAILED:
        SubElement(element, "failure", type=case.kind, message=case.lines[0]).text = "\n".join(case.lines)
    elif case.result == _SKIPPED:
        SubElement(element, "skipped", message=" ".join(case.lines))
