"""Bodies: one change of a plan as the object of a bulk request."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from proxbox_plan.model.inventory.wire import write_field
from proxbox_plan.model.kind import APPLIED_FIELD, KEY_FIELD, Kind
from proxbox_plan.model.netbox_versions import CHANGELOG_MESSAGES, TAG_STEPS, Version
from proxbox_plan.model.plan import Action, Change, Delete, Forget
from proxbox_plan.model.reference import Ref

_LONGEST_MESSAGE = 200


@dataclass(frozen=True, slots=True)
class Writer:
    """Turns changes into bodies for one NetBox; `resolve` gives the id of an object that this apply created."""

    kinds: Mapping[str, Kind]
    version: Version
    message: str
    resolve: Callable[[Ref], int]
    collected: Mapping[str, str] = field(default_factory=dict)  # cluster -> when its state was collected
    read_at: str | None = None  # since when what is decommissioned is: NetBox's clock
    _types: Mapping[str, str] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Know the object type of every kind."""
        object.__setattr__(self, "_types", {name: kind.object_type for name, kind in self.kinds.items()})

    def body(self, change: Change, number: int | None) -> dict[str, Any]:
        """Return the object to send for a change; `number` is the NetBox id of what exists already."""
        body: dict[str, Any] = {} if number is None else {"id": number}
        if CHANGELOG_MESSAGES.is_in(self.version):
            body["changelog_message"] = self.message[:_LONGEST_MESSAGE]
        if change.action is Action.DELETE:
            return body
        custom: dict[str, Any] = {KEY_FIELD: None, APPLIED_FIELD: None} if change.action is Action.FORGET else {}
        kind = self.kinds[change.kind]
        for changed in change.fields:
            if changed.field == "tags":
                body |= self._tags(change, changed.before or [], changed.after or [])
            else:
                written = write_field(kind.field(changed.field), changed.after, self.resolve, self._types)
                custom |= written.pop("custom_fields", {})
                body |= written
        custom |= self._ownership(change)
        return body | ({"custom_fields": custom} if custom else {})

    def _tags(self, change: Change, before: list[str], after: list[str]) -> dict[str, Any]:
        if change.action is Action.CREATE or not TAG_STEPS.is_in(self.version):
            return {"tags": [{"slug": slug} for slug in after]}
        steps = {"add_tags": set(after) - set(before), "remove_tags": set(before) - set(after)}
        return {name: [{"slug": slug} for slug in sorted(slugs)] for name, slugs in steps.items() if slugs}

    def _ownership(self, change: Change) -> dict[str, Any]:
        applied = None if isinstance(change, Delete | Forget) else change.applied_from(self.collected, self.read_at)
        return {} if applied is None else {KEY_FIELD: change.key, APPLIED_FIELD: self._resolved(applied.to_json())}

    def _resolved(self, value: Any) -> Any:
        """Replace references to objects that this apply created by their ids."""
        if isinstance(value, dict):
            if "kind" in value and "name" in value:
                return self.resolve(Ref.from_json(value))
            return {name: self._resolved(item) for name, item in value.items()}
        return [self._resolved(item) for item in value] if isinstance(value, list) else value
