"""What became of an apply, and what NetBox was sent."""

from __future__ import annotations

from dataclasses import dataclass

from proxbox_plan.demo.netbox import Fault, RequestRecord
from proxbox_plan.model.outcome import ChangeResult, Outcome, Result
from tests.apply.lab import Lab

VMS = "/api/virtualization/virtual-machines/"
DISKS = "/api/virtualization/virtual-disks/"
NICS = "/api/virtualization/interfaces/"


def not_done(outcome: Outcome) -> dict[str, ChangeResult]:
    """Return what did not land, by address."""
    return {result.address: result for result in outcome.results if result.result is not Result.DONE}


def writes(lab: Lab, path: str = "") -> list[RequestRecord]:
    """Return the writes NetBox got, without those of the lock."""
    found = [record for record in lab.netbox.fake.requests if record.method != "GET"]
    return [record for record in found if record.path.startswith(path) and not _is_lock(record)]


@dataclass
class DownAfter:
    """A NetBox that handles so many writes, and answers everything after them with a fault."""

    writes: int
    fault: Fault

    def __call__(self, record: RequestRecord) -> Fault | None:
        """Count what is not about the lock."""
        if self.writes >= 0 and record.method != "GET" and not _is_lock(record):
            self.writes -= 1
        return self.fault if self.writes < 0 else None


def _is_lock(record: RequestRecord) -> bool:
    return "tags" in record.path and not isinstance(record.body, list)
