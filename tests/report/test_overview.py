"""A plan as a reviewer asks about it: which machines are gone, moved, renamed, changed or new."""

from __future__ import annotations

from typing import Any

import pytest

from proxbox_plan.core.errors import UsageError
from proxbox_plan.core.key import Key
from proxbox_plan.model.plan import Action, Change, NamedMachine, Plan, Reason, Units
from proxbox_plan.report.format import Format
from proxbox_plan.report.link import Link
from proxbox_plan.report.overview.fate import Fate, fates_of
from proxbox_plan.report.overview.field_words import field_words
from proxbox_plan.report.overview.headline import headline, refusal
from proxbox_plan.report.overview.overview import overview_of
from proxbox_plan.report.overview.quantity import quantity
from proxbox_plan.report.rendering import render
from tests.builders import busy_plan, change, changed, plan

THERE: dict[str, Any] = {"netbox_id": 5, "last_updated": "2026-01-02T03:04:05.678901Z"}
PVE1, PVE2 = ({"kind": "device", "name": name, "id": 7} for name in ("pve1", "pve2"))


def machine(vmid: int, reason: Reason = Reason.CHANGED, action: Action = Action.UPDATE, **fields: Any) -> Change:
    """Return a change of a guest's own object."""
    there = {} if action is Action.CREATE else THERE
    cells = tuple(changed(name, *values) for name, values in fields.items())
    return change(
        f"virtual-machine:lab/qemu/{vmid}", name=f"web{vmid}", action=action, reason=reason, fields=cells, **there
    )


def part(kind: str, key: str, name: str, action: Action = Action.DELETE, **more: Any) -> Change:
    """Return a change of a part of a guest."""
    there = {} if action is Action.CREATE else THERE
    return change(f"{kind}:lab/qemu/{key}", name=name, action=action, reason=Reason.PARENT_GONE, **there, **more)


@pytest.mark.parametrize(
    ("own", "fates"),
    [
        (machine(1, Reason.NEW, Action.CREATE), (Fate.NEW,)),
        (machine(1, Reason.GONE, Action.DELETE), (Fate.DELETED,)),
        (machine(1, Reason.GONE, status=("active", "decommissioning")), (Fate.DECOMMISSIONED,)),
        (machine(1, Reason.REPLACED, status=("active", "decommissioning")), (Fate.DECOMMISSIONED,)),
        (machine(1, Reason.FORGOTTEN, Action.FORGET), (Fate.FORGOTTEN,)),
        (machine(1, Reason.MOVED, device=(PVE1, PVE2)), (Fate.MOVED,)),
        (machine(1, Reason.MOVED, device=(PVE1, PVE2), name=("a", "b")), (Fate.MOVED, Fate.RENAMED)),
        (machine(1, Reason.MOVED_CLUSTER, Action.MOVE), (Fate.MOVED,)),
        (machine(1, Reason.RENAMED, name=("a", "b")), (Fate.RENAMED,)),
        (machine(1, memory=(1, 2)), (Fate.CHANGED,)),
        (machine(1, Reason.MATCHED, Action.ADOPT), (Fate.ADOPTED,)),
        (None, (Fate.CHANGED,)),
    ],
)
def test_what_a_change_means_for_its_machine(own: Change | None, fates: tuple[Fate, ...]) -> None:
    """Whatever NetBox does with the row: decommissioning is an update, and a live migration, too."""
    assert fates_of(own) == fates


def test_everything_of_a_machine_is_under_it() -> None:
    """A deleted address is never without its guest, though the guest itself does not change."""
    made = plan(
        changes=(
            part("ip-address", "100/net0/ip/10.0.0.7", "10.0.0.7/24"),
            part("virtual-disk", "100/disk/scsi10", "web100 scsi10"),
            part("virtual-disk", "100/disk/scsi2", "web100 scsi2"),
            machine(101, Reason.GONE, Action.DELETE),
            part("vm-interface", "101/net0", "web101 net0"),
        ),
        machines={Key("lab/qemu/100"): NamedMachine(name="web100", node="pve1")},
    )
    gone, stays = overview_of(made).machines
    assert (gone.name, gone.fate, [item.name for item in gone.parts]) == ("web101", Fate.DELETED, ["net0"])
    assert (stays.name, stays.what, stays.node, stays.own) == ("web100", "VM 100", "pve1", None)
    assert [item.name for item in stays.parts] == ["scsi2", "scsi10", "10.0.0.7/24 on net0"]
    text = render(made, Format.TEXT)
    assert text.index("web100") < text.index("10.0.0.7/24 on net0")


def test_two_guests_of_one_vmid_are_two_machines() -> None:
    """One that gave way, and the one that has its vmid now."""
    old = machine(100, Reason.REPLACED, status=("active", "decommissioning"))
    made = plan(changes=(old.replace(address=old.address.replaced), machine(100, Reason.NEW, Action.CREATE)))
    assert [entry.fate for entry in overview_of(made).machines] == [Fate.DECOMMISSIONED, Fate.NEW]


def test_machines_are_in_the_order_of_a_review() -> None:
    """What goes first; then by cluster and name, as people count."""
    changes = (machine(10, memory=(1, 2)), machine(9, memory=(1, 2)), machine(11, Reason.GONE, Action.DELETE))
    assert [entry.name for entry in overview_of(plan(changes=changes)).machines] == ["web11", "web9", "web10"]
    vlans = tuple(change(f"vlan:lab/vlan/{vid}", name=f"VLAN {vid}") for vid in (100, 20, 10))
    (group,) = overview_of(plan(changes=vlans)).others
    assert [item.name for item in group.changes] == ["VLAN 10", "VLAN 20", "VLAN 100"]


@pytest.mark.parametrize(
    ("value", "unit", "units", "words"),
    [
        (8192, "size", "binary", "8 GiB"),
        (65536, "size", "binary", "64 GiB"),
        (1536, "size", "binary", "1.5 GiB"),
        (8193, "size", "binary", "8,193 MiB"),
        (512, "size", "binary", "512 MiB"),
        (0, "size", "binary", "0 MiB"),
        (2097152, "size", "binary", "2 TiB"),
        (8000, "size", "decimal", "8 GB"),
        (8192, "size", "decimal", "8,192 MB"),
        (2048, "MiB", "decimal", "2 GiB"),
        (1073741824, "B", "binary", "1 GiB"),
        (1000, "B", "binary", "1,000 B"),
    ],
)
def test_sizes_are_as_people_read_them(value: int, unit: str, units: Units, words: str) -> None:
    """With the largest unit in which nothing is rounded."""
    assert quantity(value, unit, units) == words


def test_lists_say_what_comes_and_goes() -> None:
    """Not the whole list twice."""
    change_ = machine(1, tags=(["a", "b", "v10"], ["b", "c", "v9"]))
    assert field_words(change_, change_.fields[0]).text == "+c +v9 -a -v10"
    assert field_words(change_, changed("tags", ["a", "b"], ["b", "a"])).text == "another order"
    new = machine(1, Reason.NEW, Action.CREATE, tags=(None, ["a"]))
    assert field_words(new, new.fields[0]).text == "[a]"


def test_the_first_line_is_the_verdict() -> None:
    """A plan that apply refuses says so before anything else, on a terminal as in a comment."""
    assert render(busy_plan(), Format.TEXT).startswith("REFUSED: over a change limit.\nPlan: 6 machines (1 moved")
    assert render(busy_plan(), Format.MARKDOWN).splitlines()[1:3] == [
        "> [!CAUTION]",
        "> **REFUSED: over a change limit.**",
    ]
    assert render(plan(changes=(machine(1, memory=(1, 2)),)), Format.TEXT).startswith("Plan: 1 machine changed.\n")


def test_a_plan_that_says_nothing_of_why_it_is_refused() -> None:
    """It is refused all the same."""
    made = plan(applicable=False)
    assert refusal(made) == "REFUSED: apply does not run this plan."
    assert headline(made, overview_of(made)) == "No changes. NetBox agrees with Proxmox."


def test_links_lead_to_more() -> None:
    """To the run, and to the report in full; nothing that is no address."""
    links = [Link.parse("Full report=https://ci.example.com/run/7#artifacts"), Link.parse("run=http://ci:8080/a_b*c")]
    text = render(busy_plan(), Format.MARKDOWN, links=links)
    assert "[Full report](<https://ci.example.com/run/7#artifacts>) · [run](<http://ci:8080/a_b*c>)" in text
    for bad in ("https://x", "name=", "name=javascript:alert(1)", "name=https://x>y", "=https://x", "n=https://x y"):
        with pytest.raises(UsageError, match="not NAME=URL"):
            Link.parse(bad)


def _plan_of(changes: list[Change]) -> Plan:
    return plan(changes=tuple(changes))


def test_many_machines_are_folded_and_counted() -> None:
    """Every machine that goes is named as long as they are few; of the others the first."""
    gone = [machine(vmid, Reason.GONE, Action.DELETE) for vmid in range(100, 200)]
    text = render(_plan_of([*gone, *(machine(vmid, memory=(1, 2)) for vmid in range(200, 300))]), Format.TEXT)
    assert "web159" in text
    assert "web160 " not in text
    assert text.count("more (--verbose shows them)") == 2
    assert "web160" in render(_plan_of(gone), Format.TEXT, verbose=True)
