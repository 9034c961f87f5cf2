"""Which values NetBox does not have: all are tried at once, and each alone only where that is refused."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any, cast

import pytest

from proxbox_plan.clients.netbox.client import NetBox
from proxbox_plan.collect.netbox.choices import Choices, read_no_choices
from proxbox_plan.core.errors import NetBoxError
from proxbox_plan.plan import KINDS

HAS = {"active", "offline", "vip"}


class Choosing:
    """A NetBox with a few choices, or one that answers every question with an error."""

    def __init__(self, status: int = 400, *, broken: bool = False) -> None:
        """`status`: how it refuses."""
        self.status, self.broken = status, broken
        self.asked: list[list[str]] = []

    async def get(self, _path: str, query: Mapping[str, Any]) -> object:
        """Refuse what is no choice."""
        (values,) = (value for name, value in query.items() if name not in ("fields", "limit"))
        self.asked.append(values)
        if self.broken or not HAS.issuperset(values):
            raise NetBoxError("refused", status=self.status)
        return {"count": 0, "results": []}


def read(netbox: Choosing, wanted: Choices) -> Choices:
    """Ask it."""
    return asyncio.run(read_no_choices(cast("NetBox", netbox), KINDS, wanted))


@pytest.mark.parametrize(
    ("values", "refused", "asked"),
    [
        (["active", "offline"], (), 1),
        (["retired"], ("retired",), 1),
        (["active", "gone", "retired"], ("gone", "retired"), 4),
    ],
)
def test_what_is_refused(values: list[str], refused: tuple[str, ...], asked: int) -> None:
    """One question where all is well."""
    netbox = Choosing()
    found = read(netbox, {"virtual-machine": {"status": values}})
    assert found == ({"virtual-machine": {"status": refused}} if refused else {})
    assert len(netbox.asked) == asked


def test_fields_are_told_apart() -> None:
    """A role is no status."""
    found = read(Choosing(), {"ip-address": {"status": ["active"], "role": ["x"]}, "device": {"status": ["y"]}})
    assert found == {"ip-address": {"role": ("x",)}, "device": {"status": ("y",)}}


def test_nothing_is_asked() -> None:
    """Where no value is new."""
    netbox = Choosing()
    assert (read(netbox, {"device": {}}), netbox.asked) == ({}, [])


def test_any_other_answer_is_an_error() -> None:
    """What was not told is not refused."""
    with pytest.raises(NetBoxError):
        read(Choosing(500, broken=True), {"device": {"status": ["active"]}})
