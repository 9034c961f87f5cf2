"""Twenty-two faults in a recorded estate of two clusters: each is found once, and none in the clean one."""

from __future__ import annotations

import pytest

from proxbox_plan.lint.registry import RULES
from tests.lint.recorded import IN_NETBOX, SEEDS, Seed, clean, lint

EVERY = (*SEEDS, IN_NETBOX)


def test_nothing_is_found_in_a_clean_estate() -> None:
    """Although a node of it is offline, and its guests are not known."""
    found = lint(clean())
    assert [(one.rule, one.address, one.message) for one in found.findings] == []
    assert any(item.reason == "node-offline" for item in found.unjudged)


@pytest.mark.covering
@pytest.mark.parametrize(("rule", "address", "seed"), SEEDS, ids=[rule for rule, _, _ in SEEDS])
def test_a_fault_is_found_once(rule: str, address: str, seed: Seed) -> None:
    """By its rule and no other, at the object that has it."""
    answers = clean()
    seed(answers)
    assert [(one.rule, one.address) for one in lint(answers).findings] == [(rule, address)]


def test_a_vlan_of_netbox_is_compared_with_every_nic_of_its_prefix() -> None:
    """One wrong VLAN in NetBox is one finding for each NIC that has an address in the prefix."""
    rule, address, seed = IN_NETBOX
    answers = clean()
    seed(answers)
    found = lint(answers).findings
    assert {one.rule for one in found} == {rule}
    assert address in [one.address for one in found]
    assert len({one.address for one in found}) == len(found) == 3


def test_all_faults_together_are_found_once_each() -> None:
    """None hides another."""
    answers = clean()
    for _, _, seed in SEEDS:
        seed(answers)
    found = [(one.rule, one.address) for one in lint(answers).findings]
    assert sorted(found) == sorted((rule, address) for rule, address, _ in SEEDS)


def test_every_rule_has_a_fault() -> None:
    """A rule without one would be shown by nothing."""
    assert {rule for rule, _, _ in EVERY} == {rule.name for rule in RULES}
