"""Documents as lines, for `git diff` and `grep`."""

from __future__ import annotations

from itertools import product

from proxbox_plan.report.format import Format
from proxbox_plan.report.rendering import render
from tests.builders import cluster, guest, nic, node, state
from tests.cases import Cases
from tests.report.subjects import VALUES, hostile, subjects


def test_each_value_has_a_line_with_its_whole_path() -> None:
    """By what names each object; what is empty has none, nor has what changes with every file."""
    nics = (nic("net1"), nic("net0", tag=30, mtu=None))
    lines = render(state(cluster(guests=(guest(100, nics=nics),), nodes=(node(id=1),))), Format.LINES).splitlines()
    assert "clusters.lab.guests.qemu/100.nics.net0.tag = 30" in lines
    assert 'clusters.lab.guests.qemu/100.tags = ["prod", "web"]' in lines
    assert 'clusters.lab.nodes.pve1.version = "9.0.3"' in lines
    assert not [line for line in lines if ".mtu" in line or "digest" in line or "tool_version" in line]


def test_one_more_object_moves_no_line() -> None:
    """Only its own lines are new, wherever it stands in the list."""
    few, more = (
        set(render(state(cluster(guests=guests)), Format.LINES).splitlines())
        for guests in ((guest(100), guest(102)), (guest(99), guest(100), guest(101), guest(102)))
    )
    assert few < more
    assert all("qemu/99." in line or "qemu/101." in line for line in more - few)


def test_hostile_values_stay_on_their_line() -> None:
    """No control character reaches the terminal, and no value makes a line of its own."""
    with Cases() as case:
        for about, value in product(subjects(), VALUES):
            with case(about, value):
                text = render(hostile(value)[about], Format.LINES)
                assert all(character == "\n" or character.isprintable() for character in text)
                assert all(" = " in line for line in text.splitlines())
