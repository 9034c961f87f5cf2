"""Machines that people documented without a cluster: none is taken over by its name, and none gets a double."""

from __future__ import annotations

from typing import Any

import pytest

from proxbox_plan.model.inventory import Lookup
from proxbox_plan.model.problem import ProblemCode
from proxbox_plan.model.state import GUEST_TYPES
from proxbox_plan.plan.desired.desire import desire
from proxbox_plan.plan.lookups import lookups_of
from proxbox_plan.plan.match.match import match
from tests.plan.lab import lab, vm
from tests.plan.world import World, policy

QUESTION = Lookup("virtual-machine", "cluster_id", "null")
NAME = str(vm().name)


def documented(name: str = NAME, tags: tuple[str, ...] = (), **fields: Any) -> World:
    """Return a NetBox with the site of the cluster, another one, and a machine without a cluster."""
    made = World(lab(vm()), policy())
    made.add("site", "DC1", slug="dc1")
    other = made.add("site", "Elsewhere", slug="elsewhere")
    if fields.get("site") == "Elsewhere":
        fields["site"] = {"kind": "site", "id": other.id, "name": "Elsewhere"}
    row = made.add("virtual-machine", name, status="active", **fields)
    made.rows["virtual-machine"][row.id] = row.replace(tags=tags)
    return made


def of_the_guest(made: World) -> set[str]:
    """Return the kinds of what is planned of guests."""
    return {change.kind for change in made.plan().changes if change.key and change.key.sort in GUEST_TYPES}


@pytest.mark.parametrize("name", [NAME, NAME.upper()])
def test_it_may_be_the_guest(name: str) -> None:
    """A person decides: until then nothing of the guest is planned, and all else is."""
    made = documented(name)
    plan = made.plan()
    (problem,) = (item for item in plan.problems if item.code is ProblemCode.AMBIGUOUS_MATCH)
    assert (problem.address, repr(name) in problem.message) == ("virtual-machine:lab/qemu/100", True)
    assert "has the name of the guest and no cluster" in problem.message
    assert of_the_guest(made) == set()
    assert {"cluster", "device"} <= {change.kind for change in plan.changes}


@pytest.mark.parametrize("first", [True, False])
def test_one_of_several(first: bool) -> None:  # noqa: FBT001 # pytest calls it
    """One at another site does not hide one that may be the guest, in whatever order NetBox has them."""
    made = documented() if first else documented(site="Elsewhere")
    other = next(row for row in made.rows["site"].values() if row.name == "Elsewhere")
    there = {"kind": "site", "id": other.id, "name": other.name}
    made.add("virtual-machine", NAME, status="active", **({"site": there} if first else {}))
    assert ProblemCode.AMBIGUOUS_MATCH in {item.code for item in made.plan().problems}
    assert of_the_guest(made) == set()


def test_it_is_taken_over_in_its_cluster() -> None:
    """As the hint says."""
    made = documented()
    made.apply()
    (cluster,) = made.rows["cluster"].values()
    (row,) = made.rows["virtual-machine"].values()
    there = {"kind": "cluster", "id": cluster.id, "name": cluster.name}
    made.rows["virtual-machine"][row.id] = row.replace(fields={**row.fields, "cluster": there})
    made.apply()
    assert made.find("virtual-machine", "lab/qemu/100").id == row.id
    assert made.plan().changes == ()


@pytest.mark.parametrize(
    ("name", "fields"), [(f"{NAME}-2", {}), (NAME, {"site": "Elsewhere"}), (NAME, {"tags": ("proxbox-ignore",)})]
)
def test_it_is_another_machine(name: str, fields: dict[str, Any]) -> None:
    """By its name, its site, or what people say."""
    made = documented(name, **fields)
    assert "virtual-machine" in of_the_guest(made)
    made.apply()
    assert made.plan().changes == ()


def test_it_is_asked_for_where_there_are_new_guests() -> None:
    """And only there."""
    made = World(lab(vm()), policy())
    assert QUESTION in _questions(made)
    made.settle()
    assert QUESTION not in _questions(made)


def _questions(made: World) -> tuple[Lookup, ...]:
    return lookups_of(match(desire(made.state, made.inventory, made.policy)))
