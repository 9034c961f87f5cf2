"""Checks of the configuration, on whole commands."""

from __future__ import annotations

import pytest

from proxbox_plan.demo.netbox import FakeNetBoxThread
from tests.end_to_end.conftest import SetUp
from tests.end_to_end.test_everyday_changes import one_guest

CHECKS = """mapping: {create_sites: true}
checks:
  - name: no shrinking
    when: change.fields.memory.after < change.fields.memory.before
    message: ask the owner
  - name: deletions
    when: change.action == "delete"
    severity: require
    label: reviewed
"""


@pytest.mark.slow
def test_a_denied_plan_is_not_applied(fake: tuple[SetUp, FakeNetBoxThread]) -> None:
    """The plan is written and shown; plan and apply end with 3 and say why."""
    cluster = one_guest()
    stage = fake[0](cluster)
    stage.configure(rest=CHECKS)
    stage.settle()
    cluster.set_memory(900, 512)
    planned = stage.run("plan")
    assert planned.code == 3
    assert "no shrinking" in planned.out
    applied = stage.run("apply", "plan.json")
    assert applied.code == 3
    assert "ask the owner" in applied.err


@pytest.mark.slow
def test_a_label_lets_a_plan_through(fake: tuple[SetUp, FakeNetBoxThread]) -> None:
    """Planning is no matter; applying wants the word."""
    cluster = one_guest()
    stage = fake[0](cluster)
    stage.configure(rest=CHECKS)
    stage.settle()
    cluster.remove_disk(900, "scsi1")
    stage.plan()
    refused = stage.run("apply", "plan.json")
    assert refused.code == 3
    assert "--label reviewed" in refused.err
    stage.good("apply", "plan.json", "--label", "reviewed")


def test_a_check_that_is_no_expression(fake: tuple[SetUp, FakeNetBoxThread]) -> None:
    """Every command says so before it does anything."""
    stage = fake[0](one_guest())
    stage.configure(rest=CHECKS.replace("change.action ==", "change.action = ="))
    said = stage.run("collect")
    assert said.code == 1
    assert "`when` of the check 'deletions': is not an expression" in said.err


@pytest.mark.slow
def test_an_undo_is_checked_like_any_plan(fake: tuple[SetUp, FakeNetBoxThread]) -> None:
    """It is written and shown, with what the checks say of it: an apply would say it, too."""
    cluster = one_guest()
    stage = fake[0](cluster)
    stage.settle()
    cluster.set_memory(900, 65_536)
    stage.good("plan")
    stage.good("apply", "plan.json")
    stage.configure(rest=CHECKS)
    undone = stage.run("undo", "plan.outcome.json")
    assert undone.code == 3
    assert "The check 'no shrinking' denies this plan: ask the owner" in undone.out
    assert stage.run("apply", "undo.json", "--force-limit").code == 3
    advised = CHECKS.replace("when: change.fields", "severity: advisory\n    when: change.fields")
    stage.configure(rest=advised)
    assert "The check 'no shrinking' matches; it is advisory: ask the owner" in stage.good("undo", "plan.outcome.json")
    stage.good("apply", "undo.json", "--force-limit")
