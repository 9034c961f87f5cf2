"""Whether a server's clock agrees with ours: certificates, tickets, locks and the order of changes depend on it."""

from __future__ import annotations

from proxbox_plan.doctor.finding import Finding, Status

TOLERATED = 60.0  # seconds


def compare_clocks(where: str, server: float | None, ours: float) -> Finding:
    """Return what the difference of two clocks (seconds since 1970) means; null: the server did not say."""
    if server is None:
        return Finding(
            where=where,
            check="clock",
            status=Status.WARNING,
            message="its clock cannot be read",
            hint="Make sure that both machines keep time (NTP).",
        )
    difference = server - ours
    if abs(difference) <= TOLERATED:
        return Finding(where=where, check="clock", status=Status.OK, message="its clock agrees with ours")
    direction = "ahead of" if difference > 0 else "behind"
    return Finding(
        where=where,
        check="clock",
        status=Status.WARNING,
        message=f"its clock is {abs(difference):,.0f} seconds {direction} ours",
        hint="Make both machines keep time (NTP): leases of locks and the times in reports go wrong.",
    )
