"""What holds for every cluster and every edit, on both sides."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from proxbox_plan.core.errors import RefusedError
from proxbox_plan.model.inventory import Row
from proxbox_plan.model.plan import Action, Plan
from proxbox_plan.model.state import Cluster, ClusterCoverage, Guest, GuestCoverage, Incomplete, NodeCoverage
from tests.examples import examples
from tests.plan.lab import container, disk, incomplete, lab, nic, node, offline, seen, unread, vm
from tests.plan.world import World, policy

NAMES = st.sampled_from(["web", "WEB", "db", "a" * 80, "ünï", "x|y", "<b>", ""])
SETTINGS = settings(max_examples=examples(40), deadline=None, suppress_health_check=[HealthCheck.too_slow])


@st.composite
def guests(draw: st.DrawFn, vmid: int) -> Guest:
    """Draw a guest in one of the shapes the collector gives."""
    nics = tuple(
        nic(
            vmid,
            number,
            tag=draw(st.sampled_from([None, 10, 20])),
            link_down=draw(st.booleans()),
            trunks=draw(st.sampled_from([(), ((30, 32),), ((2, 4094),)])),
        )
        for number in range(draw(st.integers(0, 3)))
    )
    hosts = draw(st.lists(st.integers(1, 12), max_size=3, unique=True))
    addresses = seen(vmid, *(f"10.0.9.{number}/24" for number in hosts)) if nics else ()
    disks = tuple(disk(f"scsi{number}", draw(st.integers(1, 9))) for number in range(draw(st.integers(0, 3))))
    common: dict[str, Any] = {
        "name": draw(NAMES) or None,
        "node": draw(st.sampled_from(["pve1", "pve2"])),
        "nics": nics,
        "disks": disks,
        "status": draw(st.sampled_from(["running", "stopped", "paused"])),
        "memory_mib": draw(st.integers(1, 4)) * 512,
        "tags": tuple(sorted(draw(st.sets(st.sampled_from(["prod", "web", "Prod"]))))),
        "description": draw(st.sampled_from(["", "note\nmore", "x" * 300])),
    }
    guest = vm(vmid, addresses=addresses, **common) if draw(st.booleans()) else container(vmid, **common)
    return draw(st.sampled_from([guest, guest, guest, hidden(guest), unread(guest)]))


def hidden(guest: Guest) -> Guest:
    """Return the guest with its inside not seen."""
    return guest.model_copy(
        update={"addresses": (), "coverage": GuestCoverage(addresses=incomplete(Incomplete.AGENT_SILENT))}
    )


@st.composite
def labs(draw: st.DrawFn) -> tuple[Guest, ...]:
    """Draw a cluster's guests."""
    vmids = draw(st.lists(st.integers(100, 106), min_size=1, max_size=5, unique=True))
    return tuple(draw(guests(vmid)) for vmid in sorted(vmids))


def foreign(made: World) -> list[tuple[str, int]]:
    """Put objects of other people into NetBox."""
    owner = {"kind": "interface", "id": 1, "name": "router eth0"}
    rows = [
        ("site", made.add("site", "DC1", slug="dc1")),
        ("ip-address", made.add("ip-address", "10.0.9.1/24", assigned_object=owner, vrf=None)),
        ("virtual-machine", made.add("virtual-machine", "web", cluster=None)),
        ("tag", made.add("tag", "prod", slug="prod")),
    ]
    return [(kind, row.id) for kind, row in rows]


def rows_of(made: World, ids: list[tuple[str, int]]) -> list[Row]:
    """Return those rows as they are now."""
    return [made.rows[kind][number] for kind, number in ids]


@SETTINGS
@given(labs(), labs())
def test_apply_then_plan_is_empty_whatever_happened(before: tuple[Guest, ...], after: tuple[Guest, ...]) -> None:
    """From any cluster to any other: after the apply there is nothing left to do."""
    made = World(lab(*before), policy())
    made.settle()
    made.state = lab(*after)
    made.settle()


@SETTINGS
@given(labs(), labs())
def test_objects_without_our_key_are_never_touched(before: tuple[Guest, ...], after: tuple[Guest, ...]) -> None:
    """Foreign objects are byte-equal before and after, whatever the cluster does."""
    made = World(lab(*before), policy())
    theirs = foreign(made)
    kept = rows_of(made, theirs)
    made.settle()
    made.state = lab(*after)
    made.settle()
    assert rows_of(made, theirs) == kept


@SETTINGS
@given(labs(), st.permutations(range(5)))
def test_the_order_of_input_never_changes_a_plan(some: tuple[Guest, ...], order: list[int]) -> None:
    """The same guests in any order give the same bytes."""
    shuffled = tuple(some[place] for place in order if place < len(some))
    plans = [World(lab(*shape), policy()).plan() for shape in (some, shuffled)]
    assert plans[0].changes == plans[1].changes


@SETTINGS
@given(labs(), labs(), st.data())
def test_less_coverage_never_adds_a_delete(
    before: tuple[Guest, ...], after: tuple[Guest, ...], data: st.DataObject
) -> None:
    """Whatever part of the source could not be read, no object is deleted that would not be with all of it."""
    made = World(lab(*before), policy())
    made.settle()
    whole = deletes(replace(made, state=lab(*after)))
    less = data.draw(st.sampled_from(["guests", "nodes", "network", "guest", "node"]))
    assert deletes(replace(made, state=without(lab(*after).clusters[0], less))) <= whole


def without(cluster: Cluster, part: str) -> Any:
    """Return the state of the cluster with one part of it unread."""
    match part:
        case "guests":
            changes: dict[str, Any] = {"coverage": ClusterCoverage(guests=incomplete())}
        case "nodes":
            changes = {"coverage": ClusterCoverage(nodes=incomplete()), "nodes": cluster.nodes[:1]}
        case "network":
            blind = node(interfaces=(), coverage=NodeCoverage(network=incomplete()))
            changes = {"nodes": (blind, *cluster.nodes[1:])}
        case "guest":
            changes = {"guests": (unread(cluster.guests[0]), *cluster.guests[1:])}
        case _:
            guests = tuple(unread(one) if one.node == "pve1" else one for one in cluster.guests)
            changes = {"nodes": (offline(), *cluster.nodes[1:]), "guests": guests}
    return lab().make(clusters=(cluster.model_copy(update=changes),))


def deletes(made: World) -> set[str]:
    """Return what the plan deletes or decommissions."""
    try:
        plan: Plan = made.plan()
    except RefusedError:
        return set()
    gone = {change.address for change in plan.changes if change.action is Action.DELETE}
    return gone | {
        change.address.partition("#")[0]
        for change in plan.changes
        for item in change.fields
        if item.after == "decommissioning"
    }


@SETTINGS
@given(labs(), st.data())
def test_edits_in_netbox_are_put_back_or_kept_but_settle(some: tuple[Guest, ...], data: st.DataObject) -> None:
    """Whatever people change on our objects, one apply later there is nothing to do."""
    made = World(lab(*some), policy())
    made.settle()
    for kind, field, value in (
        ("virtual-machine", "memory", 7),
        ("virtual-machine", "comments", "mine"),
        ("vm-interface", "enabled", None),
        ("ip-address", "status", "reserved"),
    ):
        for key in sorted(made.keys(kind)):
            if data.draw(st.booleans()):
                made.edit(kind, key, **{field: value})
    made.settle()
