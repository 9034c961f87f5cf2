"""Clock check: certificates, tickets, locks and the order of changes depend on clocks that agree."""

from __future__ import annotations

from proxbox_plan.doctor.finding import CheckResult, Status

TOLERATED = 60.0  # seconds


def compare_clocks(where: str, server: float | None, ours: float) -> CheckResult:
    """Return the finding for the difference of two clocks (seconds since 1970); null: not reported."""
    if server is None:
        return CheckResult(
            where=where,
            check="clock",
            status=Status.WARNING,
            message="The clock cannot be read",
            hint="Check that both machines synchronize their clocks (NTP).",
        )
    difference = server - ours
    if abs(difference) <= TOLERATED:
        return CheckResult(
            where=where, check="clock", status=Status.OK, message="The clock agrees with the local clock"
        )
    direction = "ahead of" if difference > 0 else "behind"
    return CheckResult(
        where=where,
        check="clock",
        status=Status.WARNING,
        message=f"The clock is {abs(difference):,.0f} seconds {direction} the local clock",
        hint="Synchronize the clocks (NTP): lock leases and the times in reports depend on them.",
    )
