"""A plan as people see it."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion

from proxbox_plan.core.address import Address
from proxbox_plan.model.drift import Drift
from proxbox_plan.model.plan import Action, Cause, Deferred, Held, HoldReason, Plan, Preserved, Reason, Unsupported
from proxbox_plan.model.problem import Problem, ProblemCode
from proxbox_plan.model.state import Incomplete
from proxbox_plan.plan import KINDS
from proxbox_plan.plan.drift import make_drift
from proxbox_plan.report.markdown import document as markdown
from proxbox_plan.report.markdown.comment import LONGEST_COMMENT
from proxbox_plan.report.markdown.drift import drift_markdown
from proxbox_plan.report.text import document as text
from proxbox_plan.report.text.drift import drift_text
from tests.builders import HOSTILE, busy_plan, change, changed, large_plan, plan


def test_text_shows_some_of_everything(text_file: SnapshotAssertion) -> None:
    """Changes by cluster and kind, then what is deferred, kept, wrong and forbidden, and one line at the end."""
    assert text.render(busy_plan()) == text_file


def test_markdown_puts_what_can_hurt_first(markdown_file: SnapshotAssertion) -> None:
    """The verdict, the limit, deletions and deferred come before the folded lists."""
    assert markdown.render(busy_plan()) == markdown_file


def test_a_first_plan_of_1500_objects_is_readable(text_file: SnapshotAssertion) -> None:
    """Long creations are folded to counts and the first few."""
    shown = text.render(large_plan())
    assert len(shown.splitlines()) < 40
    assert shown == text_file


def test_verbose_folds_nothing() -> None:
    """Every object of a long creation is there."""
    shown = text.render(large_plan(), verbose=True)
    assert len(shown.splitlines()) > 1500
    assert "more" not in shown


def test_drift_says_who_changed_it(text_file: SnapshotAssertion) -> None:
    """The same plan, read as drift."""
    assert drift_text(make_drift(busy_plan())) == text_file


def test_drift_as_markdown(markdown_file: SnapshotAssertion) -> None:
    """The same, for a report."""
    assert drift_markdown(make_drift(busy_plan())) == markdown_file


@pytest.mark.parametrize("view", [drift_text, drift_markdown])
def test_no_drift_is_said_in_one_line(view: object) -> None:
    """Two systems that agree give one line."""
    assert callable(view)
    assert "NetBox agrees with Proxmox." in view(make_drift(plan(unchanged={"device": 1})))


def test_many_kinds_that_agree_are_counted() -> None:
    """With the plugin there are fifty: their names say little, and `--verbose` lists them."""
    kinds = [kind.name for kind in KINDS.values()][:30]
    agreed = plan(unchanged=dict.fromkeys(kinds, 3))
    assert "Unchanged: 90 objects of 30 kinds." in text.render(agreed)
    assert "3 device roles" in text.render(agreed, verbose=True)


def test_unsupported_kinds_are_said_in_one_line() -> None:
    """Once per plugin; by name when everything is to be seen."""
    lacking = plan(unsupported=(Unsupported(plugin="netbox_proxbox", version=None, kinds=("proxbox-backup",)),))
    assert "Unsupported: 1 kind of the plugin netbox_proxbox, which NetBox does not run.\n" in text.render(lacking)
    assert "which NetBox does not run: Proxbox backup." in text.render(lacking, verbose=True)


def holding() -> Plan:
    """Return a plan with a change that no person need look at, and one that is held."""
    update: dict[str, Any] = {
        "action": Action.UPDATE,
        "netbox_id": 5,
        "reason": Reason.CHANGED,
        "fields": (changed("memory", 1, 2),),
    }
    kept = change("virtual-machine:lab/qemu/101", review="hold", **update)
    held = Held(change=kept, reason=HoldReason.RULE, rule=0, message="`review[0]`: ask the owner")
    return plan(changes=(change(review="auto", **update),), held=(held,))


def test_what_is_held_is_shown_apart() -> None:
    """With the reason, and with its fields when everything is to be seen; what is `auto` has a mark."""
    shown = text.render(holding())
    assert "~ virtual-machine:lab/qemu/101  " in shown
    assert "`review[0]`: ask the owner" in shown
    assert "(changed in Proxmox, auto)" in shown
    assert shown.count("memory: 1 MiB -> 2 MiB") == 1
    assert text.render(holding(), verbose=True).count("memory: 1 MiB -> 2 MiB") == 2
    assert "Plan: 0 to create, 1 to update, 0 to delete; 1 held." in shown
    assert "#### Held, and never applied: 1" in markdown.render(holding())
    assert "changed in Proxmox, auto" in markdown.render(holding())


@pytest.mark.parametrize("view", [drift_text, drift_markdown])
def test_drift_lists_what_is_held_apart(view: Callable[[Drift], str]) -> None:
    """It counts for nothing, as no apply changes it."""
    only_held = holding().remade(changes=())
    shown = view(make_drift(only_held))
    assert "No drift. NetBox agrees with Proxmox, but for what is held; 1 held." in shown
    assert "Held, and never applied: 1" in shown
    assert "ask the owner" in shown


def test_long_lists_of_what_is_held_are_folded() -> None:
    """As everything that is listed."""
    one = holding().held[0]
    places = [f"virtual-machine:lab/qemu/{number}" for number in range(50)]
    many = plan(held=tuple(one.replace(change=one.change.replace(address=Address(place))) for place in places))
    assert "… and 44 more" in text.render(many)
    assert "… and 10 more" in drift_text(make_drift(many))


def test_nothing_to_do() -> None:
    """An empty plan says so, and how much agrees."""
    shown = text.render(plan(unchanged={"device": 4, "ip-address": 2, "mac-address": 1}))
    assert shown == ("Unchanged: 4 devices, 2 IP addresses, 1 MAC address.\nNo changes. NetBox agrees with Proxmox.\n")


def test_nothing_to_do_but_not_everything_was_read() -> None:
    """An empty plan from an incomplete source does not claim that all is well."""
    deferred = Deferred(
        address=Address("device:a"), kind="device", name="a", action=Action.DELETE, reason=Incomplete.TIMEOUT
    )
    last = text.render(plan(deferred=(deferred,), complete=False)).splitlines()[-1]
    assert last == "No changes. NetBox agrees with what could be read of Proxmox; 1 deferred."


def test_color_only_when_asked() -> None:
    """Without color there is no escape character; with it, the words are the same."""
    plain, painted = text.render(busy_plan()), text.render(busy_plan(), color=True)
    assert "\x1b" not in plain
    assert re.sub(r"\x1b\[\d+m", "", painted) == plain


def test_a_comment_is_never_too_long_for_github() -> None:
    """However much changes, the comment fits, and says what it leaves out."""
    changes = tuple(
        change(
            f"virtual-machine:lab/qemu/{vmid}",
            action=Action.UPDATE,
            reason=Reason.CHANGED,
            netbox_id=vmid,
            fields=(changed("comments", "a" * 70, "b" * 70),),
        )
        for vmid in range(3000)
    )
    shown = markdown.render(plan(changes=changes))
    assert len(shown) <= LONGEST_COMMENT
    assert "rows do not fit into one comment.** Everything is in the plan file" in shown


def _hostile_plan(value: str) -> Plan:
    return plan(
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
                address=Address.of("device", value or "-"),
                kind="device",
                name=value,
                action=Action.DELETE,
                reason=Incomplete.TIMEOUT,
                detail=value,
            ),
        ),
        preserved=(
            Preserved(address=Address.of("device", value or "-"), name=value, field=value, netbox=value, proxmox=value),
        ),
        problems=(
            Problem(code=ProblemCode.NAME_TAKEN, address=Address.of("device", value or "-"), message=value, hint=value),
        ),
    )


@pytest.mark.parametrize("value", HOSTILE)
def test_hostile_values_cannot_steer_a_terminal(value: str) -> None:
    """No control character of a value reaches the terminal, and no value starts a line of its own."""
    for view in (text.render(_hostile_plan(value), verbose=True), drift_text(make_drift(_hostile_plan(value)))):
        assert all(character == "\n" or character.isprintable() for character in view)
        assert len(view.splitlines()) == view.count("\n")


@pytest.mark.parametrize("value", HOSTILE)
def test_hostile_values_cannot_shape_markdown(value: str) -> None:
    """The lines, tags and columns are those of a plan with plain values."""
    plain = "value" if value else ""
    for view in (markdown.render, lambda made: drift_markdown(make_drift(made))):
        hostile, expected = view(_hostile_plan(value)), view(_hostile_plan(plain))
        assert hostile.count("\n") == expected.count("\n")
        assert re.findall(r"</?\w+>", hostile) == re.findall(r"</?\w+>", expected)
        assert [_columns(line) for line in hostile.splitlines()] == [_columns(line) for line in expected.splitlines()]
        assert not re.search(r"(?<!\\)@|://|www\.|(?<!\\)`", hostile.replace("https&#58;//", ""))


def _columns(line: str) -> int:
    return len(re.findall(r"(?<!\\)\|", line))
