"""Lookups that the token may not make."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import Any, cast

import pytest

from proxbox_plan.clients.netbox.client import NetBox
from proxbox_plan.collect.netbox.lookups import extend
from proxbox_plan.core.errors import NetBoxError
from proxbox_plan.model.inventory import Inventory, Lookup
from proxbox_plan.plan import KINDS

RANGES = Lookup("ip-range", "mark_populated", "true")
ROLES = Lookup("device-role", "name", "Database")
BAD = 400


class Refusing:
    """A NetBox that refuses every list with the same status."""

    version = (4, 7)

    def __init__(self, status: int) -> None:
        """Take the status."""
        self.status = status

    async def rows(self, _path: str, _query: Mapping[str, Any]) -> AsyncIterator[Mapping[str, Any]]:
        """Refuse."""
        if self.status >= BAD:
            raise NetBoxError("refused", status=self.status)
        yield {}


def answered(lookup: Lookup, status: int) -> Inventory:
    """Return an inventory after one lookup, which NetBox refuses with this status."""
    empty = Inventory.begun(url="", netbox_version="4.7", clusters=("lab",))
    return asyncio.run(extend(cast("NetBox", Refusing(status)), KINDS, empty, [lookup]))


def test_what_only_tells_what_netbox_would_refuse() -> None:
    """IP ranges, for example: a token that may not view them plans without, and does not ask again."""
    found = answered(RANGES, 403)
    assert found.kinds["ip-range"] == ()
    assert found.answers(RANGES)


@pytest.mark.parametrize(("lookup", "status"), [(ROLES, 403), (RANGES, 400)])
def test_what_has_to_be_known(lookup: Lookup, status: int) -> None:
    """Anything else that is refused is an error: what was not read is not absent."""
    with pytest.raises(NetBoxError):
        answered(lookup, status)
