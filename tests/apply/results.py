"""What became of an apply, and what NetBox was sent."""

from __future__ import annotations

from proxbox_plan.demo.netbox import RequestRecord
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


def _is_lock(record: RequestRecord) -> bool:
    return "tags" in record.path and not isinstance(record.body, list)
