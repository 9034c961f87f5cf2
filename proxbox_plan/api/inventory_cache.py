"""A saved inventory as a cache: only what changed in NetBox since is read, and the file is written anew."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from proxbox_plan.api.events import Reporter
from proxbox_plan.collect.netbox.invalidation import FullReadRequiredError
from proxbox_plan.collect.netbox.inventory import Managed, Reading
from proxbox_plan.collect.netbox.refresh import refreshed, surely_seen, untouched
from proxbox_plan.core.errors import DocumentError
from proxbox_plan.documents import read_document, write_document
from proxbox_plan.model.inventory import AsOf, Inventory


@dataclass(frozen=True)
class InventoryCache:
    """The file, and the inventory that was in it: null when it cannot be used."""

    path: Path
    reporter: Reporter
    saved: Inventory | None

    @classmethod
    def open(cls, path: Path, reporter: Reporter) -> InventoryCache:
        """Read the file; a damaged one counts as none."""
        if not path.exists():
            return cls(path, reporter, None)
        try:
            return cls(path, reporter, read_document(path, Inventory))
        except DocumentError as error:
            reporter.warning(f"Cannot use the inventory cache, so NetBox is read completely: {error.message}")
            return cls(path, reporter, None)

    async def read(self, managed: Managed, as_of: AsOf | None) -> Reading:
        """Read what changed since, or all of it when that cannot be known, with a note.

        `as_of` is where NetBox stood before (`stand`).
        """
        if as_of is None:
            self.reporter.warning(
                "Cannot use the inventory cache, because the token may not read NetBox's changelog: "
                "NetBox is read completely"
            )
        elif self.saved is not None:
            try:
                return await refreshed(managed, self.saved, as_of), as_of
            except FullReadRequiredError as error:
                self.reporter.note(f"NetBox is read completely: {error}.")
        return await managed.read_all(), as_of

    def kept(self, managed: Managed, as_of: AsOf | None) -> Inventory | None:
        """Return the inventory that was saved, if NetBox's changelog says nothing since."""
        return self.saved if self.saved and as_of and untouched(managed, self.saved, as_of) else None

    def save(self, inventory: Inventory) -> None:
        """Write the file, unless the next reading would find out no less with the old one."""
        if self.saved is None or not _as_good(self.saved, inventory):
            write_document(inventory, self.path)


def _as_good(saved: Inventory, now: Inventory) -> bool:
    if saved.as_of is None or now.as_of is None or (saved.digest, saved.tool_version) != (now.digest, now.tool_version):
        return False
    if not saved.as_of.stands_as(now.as_of):
        return False
    seen = surely_seen(saved.as_of)
    return all((row.last_updated or "") < seen for rows in saved.kinds.values() for row in rows)
