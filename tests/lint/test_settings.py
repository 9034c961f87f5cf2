"""Settings: rules that are off or graver, and exceptions; and the order and the verdict of what is found."""

from __future__ import annotations

from proxbox_plan.lint.registry import RULES
from proxbox_plan.model.lint.settings import LintRules
from proxbox_plan.model.lint.severity import Severity
from proxbox_plan.model.state import Coverage, GuestCoverage, Incomplete
from proxbox_plan.model.state.datacenter import Replication
from proxbox_plan.model.state.sdn import Sdn, SdnPending
from tests.builders import incomplete, nic
from tests.lint.lab import cluster, doubted, guest, lint, names

OFF = "guest-agent-off"


def test_every_rule_has_settings_and_only_those() -> None:
    """A rule that the configuration does not know could not be switched off."""
    assert LintRules.names() == tuple(rule.name for rule in RULES)
    assert all(rule.title and rule.why.endswith(".") and rule.remedy.endswith(".") for rule in RULES)


def test_a_rule_that_is_off_is_not_tried() -> None:
    """The report does not list it either."""
    found = lint(cluster(guest(agent=False)), rules={OFF: {"enabled": False}})
    assert names(found, OFF) == []
    assert OFF not in [rule.name for rule in found.rules]


def test_a_severity_is_changed_and_counted() -> None:
    """What counts is what `fail_on` says."""
    whole = cluster(guest(agent=False))
    assert len(lint(whole).counted) == 1
    assert len(lint(whole, fail_on="error").counted) == 0
    graver = lint(whole, fail_on="error", rules={OFF: {"severity": "error"}})
    assert [one.severity for one in graver.counted] == [Severity.ERROR]
    milder = lint(whole, rules={OFF: {"severity": "note"}})
    assert (len(milder.findings), len(milder.counted)) == (1, 0)
    assert len(lint(whole, fail_on="note", rules={OFF: {"severity": "note"}}).counted) == 1


def test_an_exception_of_one_rule() -> None:
    """By a condition on guests, as rules of the mapping have it."""
    whole = cluster(guest(100, agent=False, tags=("legacy",)), guest(101, agent=False))
    found = lint(whole, exceptions=[{"rules": [OFF], "when": {"tag": "legacy"}, "reason": "no agent for it"}])
    assert names(found, OFF) == ["web101"]
    assert names(lint(whole, exceptions=[{"rules": ["old-snapshot"], "when": {"tag": "legacy"}}]), OFF) != ["web101"]
    assert names(lint(whole, exceptions=[{"when": {"name": "web*"}}]), OFF) == []


def test_an_exception_by_address() -> None:
    """For what is no guest, too."""
    pending = tuple(SdnPending(kind="zone", name=name, state="new") for name in ("test1", "prod"))
    whole = cluster(sdn=Sdn(pending=pending, pending_coverage=Coverage(complete=True)))
    assert names(lint(whole, exceptions=[{"address": "sdn-zone:lab/test*"}]), "pending-sdn") == ["prod"]
    assert names(lint(whole, exceptions=[{"when": {"name": "*"}}]), "pending-sdn") == ["prod", "test1"]


def test_an_exception_that_depends_on_what_is_unknown() -> None:
    """May cover the guest, so it is no finding, and the report says so."""
    hidden = guest(agent=False, coverage=GuestCoverage(pool=incomplete(Incomplete.FORBIDDEN)))
    found = lint(cluster(hidden), exceptions=[{"rules": [OFF], "when": {"pool": "lab"}}])
    assert (names(found, OFF), doubted(found, OFF)) == ([], [("pool", "forbidden")])
    rule = "replication-failing"
    job = Replication(id="100-0", guest=100, jobnum=0, target="pve2", fail_count=3)
    found = lint(cluster(hidden, replications=(job,)), exceptions=[{"rules": [rule], "when": {"pool": "lab"}}])
    assert (names(found, rule), doubted(found, rule)) == ([], [("pool", "forbidden")])


def test_exceptions_among_guests_that_share_something() -> None:
    """Those that are excepted do not count; the others are still found."""
    machines = [guest(vmid, nics=(nic(mac="BC:24:11:00:00:AA"),), addresses=()) for vmid in (100, 101, 102)]
    rule = "duplicate-mac"
    found = lint(cluster(*machines), exceptions=[{"when": {"vmid": 100}}])
    assert [one.address for one in found.findings if one.rule == rule] == ["virtual-machine:lab/qemu/101"]
    assert "web100" not in found.findings[0].message
    assert names(lint(cluster(*machines), exceptions=[{"when": {"vmid": "100-101"}}]), rule) == []


def test_the_gravest_come_first() -> None:
    """Then in the order of the rules, by cluster and number: the same estate gives the same bytes."""
    machines = (guest(102, agent=False), guest(101, agent=False), guest(100, onboot=False, hastate="error", disks=()))
    whole, turned = lint(cluster(*machines)), lint(cluster(*reversed(machines)))
    assert [(one.severity.value, one.vmid) for one in whole.findings] == [
        ("error", 100),
        ("warning", 101),
        ("warning", 102),
    ]
    assert whole.findings == turned.findings
    assert whole.is_consistent()
