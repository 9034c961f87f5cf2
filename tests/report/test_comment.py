"""What is posted as a comment fits, keeps what matters, and says what it lacks."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import product
from typing import Any

import pytest

from proxbox_plan.model.outcome import Result
from proxbox_plan.model.plan import Action, CheckHit, Plan, Reason
from proxbox_plan.model.policy import CheckSeverity
from proxbox_plan.plan.drift import make_drift
from proxbox_plan.report.format import Format
from proxbox_plan.report.markdown.comment import LONGEST_COMMENT, marker
from proxbox_plan.report.rendering import render
from proxbox_plan.report.subject import Subject
from tests.builders import HOSTILE, busy_plan, change, changed, outcome, plan
from tests.cases import Cases
from tests.report.large import large_first_plan
from tests.report.subjects import VALUES, hostile, subjects

LONG = "<&@|" * 40
# What GitHub's runner obeys: `::name::` at the start of a line, `##[name]` anywhere in it.
OBEYED = re.compile(r"^\s*::[a-z-]+(?: .*)?::|##\[", re.IGNORECASE | re.MULTILINE)


def _updates(count: int, **fields: Any) -> Plan:
    update: dict[str, Any] = {"action": Action.UPDATE, "reason": Reason.CHANGED, "netbox_id": 1}
    address = "virtual-machine:lab/qemu/{}"
    cells = (changed("comments", LONG, f"{LONG}!"), changed("name", "a", "b"))
    changes = (change(address.format(vmid), name=LONG, fields=cells, **update) for vmid in range(count))
    return plan(changes=tuple(changes), **fields)


LARGE: dict[str, Callable[[], Subject]] = {
    "plan": lambda: large_first_plan(1000),
    "updates": lambda: _updates(3000),
    "drift": lambda: make_drift(large_first_plan(1000)),
    "drift of updates": lambda: make_drift(_updates(3000)),
    "failed": lambda: outcome(*[Result.FAILED] * 3000),
    "done": lambda: outcome(*[Result.DONE] * 3000),
    "checks": lambda: _updates(
        1, checks=tuple(CheckHit(name=LONG, severity=CheckSeverity.DENY, addresses=()) for _ in range(500))
    ),
}


@pytest.mark.parametrize(
    "subject", [pytest.param(name, marks=() if name == "plan" else pytest.mark.slow) for name in LARGE]
)
def test_it_fits(subject: str) -> None:
    """However much there is to say, and however long it gets by being escaped; and it says that there is more."""
    text = render(LARGE[subject](), Format.MARKDOWN)
    assert len(text) <= LONGEST_COMMENT
    assert re.search(r"(rows do not|The rest does not) fit into one comment", text)


@pytest.mark.covering
def test_it_counts_what_it_lacks() -> None:
    """Machines that are shown and machines that are not are all machines there are."""
    text = render(_updates(3000), Format.MARKDOWN)
    entries = len(re.findall(r"^<details><summary><code>", text, re.MULTILINE))
    rows = len(re.findall(r"^\| <code>", text, re.MULTILINE))
    (left,) = re.findall(r"^\*\*([\d,]+) rows do not fit", text, re.MULTILINE)
    assert entries + rows + int(left.replace(",", "")) == 3000


@pytest.mark.slow
def test_deletions_stay_when_creations_go() -> None:
    """A plan of many creations still lists every one of its deletions."""
    gone = (
        change(f"device:{n}", name=f"gone{n}", action=Action.DELETE, reason=Reason.GONE, netbox_id=n) for n in range(50)
    )
    text = render(plan(changes=(*large_first_plan(2000).changes, *gone)), Format.MARKDOWN)
    assert all(f"<code>gone{n}</code>" in text for n in range(50))
    assert text.index("gone49") < text.index("<details>")


@pytest.mark.slow
def test_a_comment_is_read_in_a_minute() -> None:
    """Whatever a plan of 1,200 changes is made of, at most 150 lines are seen before something is unfolded."""
    several = [
        *large_first_plan(200).changes,
        *_updates(200).changes,
        *(
            change(f"virtual-machine:lab/lxc/{n}", name=f"ct{n}", action=Action.DELETE, reason=Reason.GONE, netbox_id=n)
            for n in range(100, 300)
        ),
        *(change(f"vlan:lab/vlan/{n}", name=f"VLAN {n}", cluster="lab") for n in range(200)),
    ]
    assert len(_seen(render(plan(changes=tuple(several)), Format.MARKDOWN))) <= 150


def _seen(text: str) -> list[str]:
    """Return the lines that a reader sees while everything is folded."""
    seen, depth = [], 0
    for line in text.splitlines():
        if depth == 0 and line:
            seen.append(line)
        depth += line.count("<details>") - line.count("</details>")
    return seen


def test_a_program_finds_it_again() -> None:
    """By its first line, which is the same for another plan of the same clusters, and another for drift."""
    first, other = (render(subject, Format.MARKDOWN).splitlines()[0] for subject in (busy_plan(), plan()))
    assert first == other == "<!-- proxbox-plan: plan of lab -->"
    assert render(make_drift(busy_plan()), Format.MARKDOWN).startswith("<!-- proxbox-plan: drift of lab -->\n")


@pytest.mark.parametrize("name", [*HOSTILE, "-->", "--!>", "a--b"])
def test_nothing_gets_out_of_the_marker(name: str) -> None:
    """A cluster may be called anything."""
    assert re.fullmatch(r"<!-- proxbox-plan: plan( of \w([\w.,]|-(?!-))*)? -->", marker("plan", [name]), re.ASCII)


@pytest.mark.covering
def test_no_value_commands_a_runner() -> None:
    """CI prints what people read, too."""
    with Cases() as case:
        for about, value in product(subjects(), VALUES):
            with case(about, value):
                for format_ in (Format.TEXT, Format.MARKDOWN):
                    assert not OBEYED.search(render(hostile(value)[about], format_, verbose=True))
