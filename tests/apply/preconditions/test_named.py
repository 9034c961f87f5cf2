"""What a plan knows by a slug alone: whether another object has its name by now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from proxbox_plan.api.event_loop import run
from proxbox_plan.apply.preconditions.expectations import Expectation
from proxbox_plan.apply.preconditions.named import renamed
from proxbox_plan.core.address import Address
from proxbox_plan.model.plan import Change
from proxbox_plan.model.reference import Ref
from proxbox_plan.plan import KINDS
from tests.apply.lab import Lab, client


def create(lab: Lab, kind: str, **fields: Any) -> dict[str, Any]:
    """Let a person create an object, and return it as NetBox shows it."""
    answer = lab.netbox.fake.handle("POST", KINDS[kind].path, fields)
    assert answer.status == 201, answer.body
    found: dict[str, Any] = answer.body
    return found


def model_of(lab: Lab, maker: int, model: str, slug: str) -> dict[str, Any]:
    """Let a person create a device type."""
    return create(lab, "device-type", manufacturer=maker, model=model, slug=slug)


def stale(lab: Lab, kind: str, found: Sequence[tuple[Change, Mapping[str, Any], str]]) -> dict[Address, str]:
    """Return the changes that are stale, of some that refer to an object by the name it had."""
    by_slug = [
        (Expectation(change, KINDS[kind], row["id"], Ref(kind, row["id"], name)), row) for change, row, name in found
    ]

    async def ask() -> dict[Address, str]:
        async with client(lab.netbox) as netbox:
            return await renamed(netbox, by_slug)

    return run(ask())


@pytest.mark.parametrize(
    "kind", [kind for kind in KINDS.values() if any(field.name == "slug" for field in kind.fields)]
)
def test_what_has_a_slug_is_looked_for_by_its_name(kind: Any) -> None:
    """So NetBox can be asked which other object has it."""
    assert kind.label in {natural.by for natural in kind.natural}


def test_one_of_two_names_was_taken(lab: Lab) -> None:
    """Two roles were renamed; the change that refers to the other one holds."""
    first, second = (
        create(lab, "device-role", name=f"{name} old", slug=name, color="000000") for name in ("db", "web")
    )
    taken = create(lab, "device-role", name="db", slug="another", color="000000")
    one, other = lab.plan.changes[:2]
    found = stale(lab, "device-role", [(one, first, "db"), (other, second, "web")])
    assert list(found) == [one.address]
    assert found[one.address].endswith(f"number {first['id']} is 'db old', and number {taken['id']} has that name")


@pytest.mark.parametrize("same", [False, True])
def test_a_name_within_a_manufacturer(lab: Lab, same: bool) -> None:  # noqa: FBT001
    """NetBox has a model once for each manufacturer: one of another is no other meaning of it."""
    ours, theirs = (create(lab, "manufacturer", name=name, slug=name.lower())["id"] for name in ("Dell", "HPE"))
    own = model_of(lab, ours, "R640 (old)", "r640")
    model_of(lab, ours if same else theirs, "R640", "r640-new")
    (change, *_) = lab.plan.changes
    assert bool(stale(lab, "device-type", [(change, own, "R640")])) is same
