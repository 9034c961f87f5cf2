"""Where guests are, while they may be migrated."""

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
    """Where guests are now: the list of the cluster, read once more when a guest is not where it was."""

    reader: Reader
    nodes: Mapping[str, ListedNode]

    def __post_init__(self) -> None:
        """Start without a second list."""
        self._lock = Lock()
        self._again: dict[tuple[str, int], GuestRow] | None = None

    def online(self, node: str) -> bool:
        """Whether the node may be asked: a node nobody knows is not known to be offline."""
        seen = self.nodes.get(node)
        return seen is None or seen.online

    def now(self, row: GuestRow) -> GuestRow | None:
        """Return the guest's row of the second list; null when it is gone, ProxmoxError when nobody knows."""
        with self._lock:
            if self._again is None:
                rows, _ = read_guest_rows(self.reader)
                self._again = {(found.type, found.vmid): found for found in rows}
            return self._again.get((row.type, row.vmid))
