"""What programs read: JUnit, SARIF, workflow commands and metrics, about everything that is reported."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET  # we read what we have just written
from itertools import product
from typing import Any

import jsonschema
import pytest

from proxbox_plan.core.address import Address
from proxbox_plan.core.errors import UsageError
from proxbox_plan.model.inventory import Inventory
from proxbox_plan.model.outcome import Result
from proxbox_plan.model.plan import Action, Deferred
from proxbox_plan.model.state import Incomplete
from proxbox_plan.plan.drift import make_drift
from proxbox_plan.report.ci import sarif
from proxbox_plan.report.format import Format
from proxbox_plan.report.rendering import render
from tests.builders import outcome, plan, state
from tests.cases import Cases
from tests.report.conftest import Stored
from tests.report.sarif_schema import SARIF
from tests.report.subjects import VALUES, hostile, subjects

SUFFIXES = {Format.JUNIT: "xml", Format.SARIF: "sarif", Format.GITHUB: "txt", Format.PROMETHEUS: "prom"}
SUBJECTS = subjects()
ABOUT = tuple(SUBJECTS)


@pytest.mark.parametrize("about", ABOUT)
@pytest.mark.parametrize("format_", SUFFIXES)
def test_as_it_is_written(about: str, format_: Format, stored: Stored) -> None:
    """Every byte of it, but for the version of the tool."""
    text = re.sub(r'"version": "\d+\.\d+\.\d+\w*"', '"version": "2.1.0"', render(SUBJECTS[about], format_))
    assert text == stored(SUFFIXES[format_])


@pytest.mark.parametrize("format_", [*SUFFIXES, Format.HTML])
def test_an_inventory_has_no_findings(format_: Format) -> None:
    """It is refused in words; text, Markdown and JSON show it."""
    inventory = Inventory.make(url="https://netbox.example.com", netbox_version="4.7.3", clusters=("lab",))
    with pytest.raises(UsageError, match="kind 'inventory'"):
        render(inventory, format_)


def test_junit_is_xml_whatever_is_in_it() -> None:
    """It is read back, and has the elements of a report with harmless values."""
    with Cases() as case:
        for about, value in product(ABOUT, VALUES):
            with case(about, value):
                found, expected = (_junit(hostile(text)[about]) for text in (value, _tame(value)))
                assert [element.tag for element in found.iter()] == [element.tag for element in expected.iter()]
                assert all(text.isprintable() for element in found.iter() for text in element.attrib.values())


def _junit(subject: Any) -> ET.Element:
    return ET.fromstring(render(subject, Format.JUNIT))  # noqa: S314


def _tame(value: str) -> str:
    return "value" if value else ""


def test_junit_counts_what_it_holds() -> None:
    """The numbers a dashboard shows are those of the elements."""
    root = ET.fromstring(render(outcome(*Result), Format.JUNIT))  # noqa: S314
    for element in (root, *root.findall("testsuite")):
        assert int(element.attrib["tests"]) == len(list(element.iter("testcase")))
        assert int(element.attrib["failures"]) == len(list(element.iter("failure")))
        assert int(element.attrib["skipped"]) == len(list(element.iter("skipped")))


@pytest.mark.parametrize(
    "subject", [plan(), make_drift(plan()), outcome(Result.DONE), state()], ids=["p", "d", "o", "s"]
)
def test_junit_of_what_is_good_has_a_test_that_passes(subject: Any) -> None:
    """CI systems take an empty report for a broken one."""
    root = ET.fromstring(render(subject, Format.JUNIT))  # noqa: S314
    assert int(root.attrib["tests"]) >= 1
    assert root.attrib["failures"] == root.attrib["skipped"] == "0"


def test_sarif_has_the_shape_of_sarif() -> None:
    """What the standard asks for, what GitHub asks for on top of it, rules that are found by their index, no links."""
    validator = jsonschema.Draft7Validator(SARIF)
    with Cases() as case:
        for about, value in product(ABOUT, (None, "fine", *VALUES)):
            with case(about, value):
                subject = SUBJECTS[about] if value is None else hostile(value)[about]
                report = json.loads(render(subject, Format.SARIF))
                validator.validate(report)
                (run,) = report["runs"]
                rules = run["tool"]["driver"]["rules"]
                for result in run["results"]:
                    assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
                    assert "](" not in result["message"]["text"]


def test_sarif_knows_a_finding_again() -> None:
    """The fingerprints of two runs are the same, and no two findings of one run share theirs."""
    first, second = (_fingerprints(subjects()["drift"]) for _ in range(2))
    assert first == second
    assert len(set(first)) == len(first)


def _fingerprints(subject: Any) -> list[str]:
    results = json.loads(render(subject, Format.SARIF))["runs"][0]["results"]
    return [result["partialFingerprints"]["proxbox/v1"] for result in results]


def test_sarif_says_what_it_leaves_out() -> None:
    """GitHub shows 5,000 results of a run and refuses 25,001."""
    report = json.loads(render(_withheld(sarif.MOST + 7), Format.SARIF))["runs"][0]
    assert len(report["results"]) == sarif.MOST
    notes = report["invocations"][0]["toolExecutionNotifications"]
    assert notes[-1]["message"]["text"] == "7 more findings are not in this file."


def _withheld(count: int) -> Any:
    items = (
        Deferred(
            address=Address(f"device:{n}"), kind="device", name=f"n{n}", action=Action.DELETE, reason=Incomplete.TIMEOUT
        )
        for n in range(count)
    )
    return plan(deferred=tuple(items), complete=False)


# As the runner reads a line: a command, its properties, and the data to the end of the line.
COMMAND = re.compile(r"::(error|warning|notice) title=([^,:\n]+)::(.+)")


def test_github_gets_one_command_on_each_line() -> None:
    """No value ends a property, a command or a line, and none is a command of its own."""
    with Cases() as case:
        for about, value in product(ABOUT, VALUES):
            with case(about, value):
                lines = render(hostile(value)[about], Format.GITHUB).splitlines()
                assert len(lines) == len(render(hostile(_tame(value))[about], Format.GITHUB).splitlines())
                for line in lines:
                    match = COMMAND.fullmatch(line)
                    assert match, line
                    assert not re.search(r"%(?!25|0A|0D|3A|2C)", line)
                    assert "##[" not in line


def test_github_gets_no_more_than_it_shows() -> None:
    """Ten annotations of a level; the last says how many more there are."""
    lines = render(_withheld(30), Format.GITHUB).splitlines()
    assert len(lines) == 10
    assert lines[-1] == "::notice title=More::and 22 more, which GitHub does not show"


SAMPLE = re.compile(r'[a-z_]+(\{[a-z]+="([^"\\\n]|\\[\\"n])*"(,[a-z]+="([^"\\\n]|\\[\\"n])*")*\})? \d+')


def test_prometheus_reads_every_line() -> None:
    """A comment or a sample; every metric has its help and type before it, and no sample comes twice."""
    with Cases() as case:
        for about, value in product(ABOUT, VALUES):
            with case(about, value):
                lines = render(hostile(value)[about], Format.PROMETHEUS).splitlines()
                samples = [line for line in lines if not line.startswith("#")]
                assert all(SAMPLE.fullmatch(line) for line in samples)
                assert len({line.rpartition(" ")[0] for line in samples}) == len(samples)
                for name in {re.split(r"[{ ]", line)[0] for line in samples}:
                    assert f"# TYPE {name} gauge" in lines


def test_prometheus_keeps_its_series() -> None:
    """A code that nothing has is a zero, so that an alert on it can end."""
    assert 'proxbox_plan_problems{code="blocked"} 0\n' in render(plan(), Format.PROMETHEUS)
    assert 'proxbox_drift_differences{cause="netbox"} 0\n' in render(make_drift(plan()), Format.PROMETHEUS)
