"""Guest locator: finds guests that are migrated during a collection."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from threading import Lock

from proxbox_plan.collect.proxmox.api_models.cluster import GuestRow
from proxbox_plan.collect.proxmox.cluster import read_guest_rows
from proxbox_plan.collect.proxmox.membership import ListedNode
from proxbox_plan.collect.proxmox.reading import Reader


@dataclass
class GuestLocator:
    """Locates guests: reads the cluster's list once more when a guest is not on its node anymore."""

    reader: Reader
    nodes: Mapping[str, ListedNode]

    def __post_init__(self) -> None:
        """Start without the second list."""
        self._lock = Lock()
        self._again: dict[tuple[str, int], GuestRow] | None = None

    def online(self, node: str) -> bool:
        """Whether a node can be read: an unknown node is not known to be offline."""
        seen = self.nodes.get(node)
        return seen is None or seen.online

    def now(self, row: GuestRow) -> GuestRow | None:
        """Return the guest's row in the second list, null when it no longer exists; ProxmoxError when unknown."""
        with self._lock:
            if self._again is None:
                rows = read_guest_rows(self.reader).guests
                self._again = {(found.type, found.vmid): found for found in rows}
            return self._again.get((row.type, row.vmid))
