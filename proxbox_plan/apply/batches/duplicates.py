"""Duplicates: an object made twice, because NetBox went on with a request that it had not answered in time.

NetBox holds `proxbox_key` unique by looking before it writes, so two requests at the same moment can both pass.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from proxbox_plan.apply.batches.bodies import etag
from proxbox_plan.apply.batches.lookup import Lookup
from proxbox_plan.clients.netbox.client import NetBox
from proxbox_plan.core.address import Address
from proxbox_plan.core.key import Key
from proxbox_plan.model.kind import Kind
from proxbox_plan.model.plan import Change


async def remove_duplicates(  # noqa: PLR0913 # one argument per collaborator
    netbox: NetBox,
    kinds: Mapping[str, Kind],
    lookup: Lookup,
    created: Sequence[Change],
    ids: Mapping[Address, int],
    allowed: Callable[[], None],
) -> int:
    """Delete what carries the key of one of these creations and is not the object we know; return how many.

    Only for creations of this very run whose answer was lost once: their keys were free when the plan was made.
    """
    removed = 0
    for kind in sorted({change.kind for change in created if change.key}):
        mine = {change.key: ids[change.address] for change in created if change.kind == kind and change.key}
        keyed = await lookup.keyed([change for change in created if change.kind == kind and change.key])
        duplicates = [
            row for key, rows in keyed.items() for row in rows if row["id"] != mine[Key(key)] and len(rows) > 1
        ]
        if duplicates:
            await netbox.write(
                "DELETE",
                kinds[kind].path,
                [{"id": row["id"]} for row in duplicates],
                headers=_conditions(duplicates),
                allowed=allowed,
            )
        removed += len(duplicates)
    return removed


def _conditions(rows: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    return {"If-Match": ", ".join(etag(row.get("last_updated") or "") for row in rows)}
