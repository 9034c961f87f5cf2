"""The changelog: user, request, and the object before and after each change."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from proxbox_plan.demo.netbox.display import display
from proxbox_plan.demo.netbox.schema import MODELS
from proxbox_plan.demo.netbox.store import Store, StoredRow
from proxbox_plan.demo.netbox.versions import MESSAGES

LABEL = "core.objectchange"
Version = tuple[int, int]


@dataclass(frozen=True)
class Writing:
    """One write request: its changes are logged under its id."""

    store: Store
    version: Version
    request_id: str
    user: str = "admin"

    def log(  # noqa: PLR0913
        self, action: str, label: str, row_id: int, before: StoredRow | None, after: StoredRow | None, message: str = ""
    ) -> None:
        """Log one change, unless the object is unchanged."""
        if not MODELS[label].logged:
            return
        old, new = (None if row is None else self._plain(label, row) for row in (before, after))
        if action == "update" and old == new:
            return
        shown = after if after is not None else before
        self.store.put(
            LABEL,
            self.store.new_id(LABEL),
            {
                "time": self.store.now(),
                "user_name": self.user,
                "request_id": self.request_id,
                "action": action,
                "changed_object_type": label,
                "changed_object_id": row_id,
                "object_repr": display(self.store, label, row_id, shown or {})[:200],
                "message": message if MESSAGES.is_in(self.version) else "",
                "prechange_data": {} if old is None else old,
                "postchange_data": {} if new is None else new,
            },
        )

    def _plain(self, label: str, row: StoredRow) -> dict[str, Any]:
        plain: dict[str, Any] = {}
        for field in MODELS[label].stored:
            if not field.is_in(self.version):
                continue
            value = row[field.name]
            if field.kind == "time":
                if field.writable and value is not None:
                    plain[field.name] = value.isoformat()
                continue
            if field.kind == "tags":
                value = sorted(self.store.row("extras.tag", tag)["name"] for tag in value)
            elif isinstance(value, Decimal):
                value = str(value)
            elif isinstance(value, tuple):
                value = list(value)
            plain[field.name] = None if field.kind == "choice" and value == "" else value
        return plain
