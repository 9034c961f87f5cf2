"""Changelog: whether NetBox's own log shows that only this apply changed an object since it began."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from proxbox_plan.clients.netbox.client import NetBox
from proxbox_plan.model.inventory.changelog import PATH
from proxbox_plan.model.kind import Kind
from proxbox_plan.model.plan import Change


class Changelog:
    """Reads the entries since one that was the newest when all objects were as planned."""

    def __init__(self, netbox: NetBox, kinds: Mapping[str, Kind], since: int | None, message: str) -> None:
        """`since` is null when nothing can be shown.

        Our requests are those of this client, or have an entry whose message starts with `message`: so do those of an
        earlier process, and those whose answer was lost, from NetBox 4.4 on.
        """
        self._netbox = netbox
        self._kinds = kinds
        self._since = since
        self._message = message
        self._ours: dict[str, bool] = {}

    async def only_ours(self, change: Change) -> bool:
        """Whether every later entry about the object of a change is of a request of this apply."""
        if self._since is None:
            return False
        query = {
            "changed_object_type": self._kinds[change.kind].object_type,
            "changed_object_id": str(change.target_id),
            "fields": "id,request_id",
        }
        async for row in self._netbox.rows(PATH, query):
            if row["id"] > self._since and not await self._is_ours(str(row["request_id"])):
                return False
        return True

    async def _is_ours(self, request: str) -> bool:
        """Whether a request is one of this apply: what goes along with a write is logged without its message."""
        if request in self._netbox.own_requests:
            return True
        if request not in self._ours:
            query = {"request_id": request, "fields": "id,message"}
            rows: list[dict[str, Any]] = [row async for row in self._netbox.rows(PATH, query)]
            self._ours[request] = any(str(row.get("message") or "").startswith(self._message) for row in rows)
        return self._ours[request]
