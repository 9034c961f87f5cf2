"""How much work linting is: one pass over the guests, whatever they share."""

from __future__ import annotations

from functools import partial

from proxbox_plan.lint import make_lint
from proxbox_plan.model.lint.settings import LintSettings
from tests.lint.lab import cluster, guest, state
from tests.work import calls_of


def test_twice_the_guests_are_twice_the_work() -> None:
    """Also when all of them share a name, a MAC address and an address, which is the worst."""
    few, many = (
        state(cluster(*(guest(vmid, name="web").replace(nics=guest(1).nics) for vmid in range(100, 100 + count))))
        for count in (100, 200)
    )
    settings = LintSettings()
    make_lint(few, settings)  # what is done once
    assert calls_of(partial(make_lint, many, settings)) < 2.2 * calls_of(partial(make_lint, few, settings))
