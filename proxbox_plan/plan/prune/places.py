"""Places: the keys that objects would have where their guests are now."""

from __future__ import annotations

from proxbox_plan.core.key import Key
from proxbox_plan.mapping import GUEST
from proxbox_plan.model.inventory import Row
from proxbox_plan.model.kind import Kind
from proxbox_plan.model.state import GUEST_TYPES
from proxbox_plan.plan.match.matched import Matched
from proxbox_plan.plan.match.parts import Parts


class Places:
    """The keys that objects would have where their guests are now."""

    def __init__(self, matched: Matched) -> None:
        """Note which machines have another key from now on."""
        self._moved = {old.settled: new for new, old in matched.moved.items() if new == new.owner}
        self._parts = Parts(matched.index, matched.estate.by_name)
        self._now = {row.id: address.key for address, row in matched.rows.items() if address.kind == GUEST.name}

    def of(self, kind: Kind, row: Row, key: Key) -> Key:
        """Return that of an object: by the machine that it is on, else by where the guest in its key is."""
        if key.sort not in GUEST_TYPES:
            return key
        machine = self._parts.machine_of(kind, row)
        if machine is None or machine.key is None:
            now = self._moved.get(key.machine, key.machine)
        elif (own := self._now.get(machine.id)) is not None:
            now = own
        elif machine.key.is_retired and not machine.key.is_moving:
            return key
        else:
            now = machine.key.settled
        return Key.of(now, *key.below_owner)
