"""Why a change is planned, in words: of what is deleted in stages, since when it was decommissioned."""

from __future__ import annotations

import pytest

from proxbox_plan.model.plan import Plan
from proxbox_plan.report.html.plan_pages import plan_page
from proxbox_plan.report.markdown.plan import plan_markdown
from proxbox_plan.report.reasons import reason_words
from proxbox_plan.report.text.plan import plan_text
from tests.plan.lab import container
from tests.plan.test_stages import MACHINE, gone, on

WORDS = "decommissioned 2026-11-01, 30 days ago"


def due(day: int = 30, hour: int = 12, period: str = "1h") -> Plan:
    """Return the plan that deletes a machine."""
    made = gone()
    made.policy = made.policy.replace(on_missing={"virtual-machine": {"delete": period}})
    return on(day, made, container(), hour=hour).plan()


@pytest.mark.parametrize(
    ("day", "hour", "ago"), [(0, 13, "1 hour"), (1, 11, "23 hours"), (1, 12, "1 day"), (31, 11, "30 days")]
)
def test_how_long_ago(day: int, hour: int, ago: str) -> None:
    """In whole days, or hours on the first one."""
    plan = due(day, hour)
    machine = next(change for change in plan.changes if change.address == MACHINE)
    assert reason_words(machine, plan.read_at) == f"decommissioned 2026-11-01, {ago} ago"
    assert reason_words(machine, None) == "decommissioned 2026-11-01"


def test_every_report_says_it() -> None:
    """Of the machine; what is on it goes with its parent."""
    plan = due()
    assert f"- vm-100  VM 100, lab, pve1  ({WORDS})" in plan_text(plan)
    assert f"<code>pve1</code>: {WORDS}; " in plan_markdown(plan)
    assert plan_page(plan).tabs[0].rows[0].text.startswith(f"{WORDS}; ")
    assert WORDS in {row.why for row in plan_page(plan).tabs[1].rows}
