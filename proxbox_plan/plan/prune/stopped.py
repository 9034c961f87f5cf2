"""Stopped: removals in stages that go no further, as a person had a hand in them or the time is not known."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from proxbox_plan.core.address import Address
from proxbox_plan.model.inventory import Row
from proxbox_plan.model.kind import APPLIED_FIELD, KEY_FIELD, Kind
from proxbox_plan.model.problem import Problem, ProblemCode


@dataclass
class Stopped:
    """Which removals stopped, and why."""

    _problems: dict[Address, Problem] = field(default_factory=dict)
    _untimed: list[Address] = field(default_factory=list)  # what would be decommissioned, or deleted in its time

    def edited(self, kind: Kind, row: Row, address: Address) -> None:
        """Note one whose status a person changed after it was decommissioned."""
        status, since = row.fields.get("status"), row.last_applied.decommissioned if row.last_applied else None
        when = f" on {since[:10]}" if since is not None else ""
        self._report(
            address,
            f"{kind.name} {row.name!r} no longer exists in Proxmox and is not deleted: its status was changed to "
            f"{status!r} in NetBox after it was decommissioned{when}",
            f"Set the status to {kind.retired!r} to let it be deleted in its time, or delete it in NetBox.",
        )

    def unstamped(self, kind: Kind, row: Row, address: Address) -> None:
        """Note one that is decommissioned without our stamp."""
        self._report(
            address,
            f"{kind.name} {row.name!r} no longer exists in Proxmox and is not deleted: {APPLIED_FIELD} does not say "
            "when it was decommissioned",
            "Delete it in NetBox when it is no longer needed.",
        )

    def released(self, address: Address, parent: Row, part: Row) -> None:
        """Note one that carries our key no more, and keeps the parts that are ours."""
        self._report(
            address,
            f"{address.kind} {parent.name!r} no longer exists in Proxmox and is not deleted, nor is what is on it: it "
            f"carries no {KEY_FIELD} any more, as {part.name!r} does",
            f"Delete it in NetBox when it is no longer needed, or forget its parts: '*:{address.key}/*'.",
        )

    def untimed(self, address: Address) -> None:
        """Note one of which it is not known how long it has been decommissioned, or that is from now on."""
        self._untimed.append(address)

    def problems(self) -> Iterator[Problem]:
        """Yield a problem for each that a person stopped, and one for all that wait for the time."""
        yield from self._problems.values()
        if self._untimed:
            yield Problem(
                code=ProblemCode.TIME_UNKNOWN,
                address=min(self._untimed),
                message="NetBox did not say what time it was when it was read, or one before the state was collected; "
                f"nothing is deleted for having been decommissioned long enough ({len(self._untimed)} in doubt)",
                hint="Plan against NetBox itself, let a proxy in front of it keep the header Date, and set its clock.",
            )

    def _report(self, address: Address, message: str, hint: str) -> None:
        self._problems.setdefault(
            address, Problem(code=ProblemCode.REMOVAL_STOPPED, address=address, message=message, hint=hint)
        )
