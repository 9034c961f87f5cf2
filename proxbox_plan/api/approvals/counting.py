"""Counting: whether as many people as are required have approved a plan, before an apply takes a lock."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from proxbox_plan.api.approvals.given import Approvals, requirement_of, signers_of
from proxbox_plan.api.approvals.reading import ApprovalFiles, are_folders, read_approvals, verified
from proxbox_plan.api.events import Reporter
from proxbox_plan.api.sources import claims_of
from proxbox_plan.clients.ssh.keygen import SshKeygen
from proxbox_plan.config import Settings
from proxbox_plan.core import files
from proxbox_plan.core.errors import DocumentError, UsageError
from proxbox_plan.core.moment import moment_text
from proxbox_plan.model.plan import Plan
from proxbox_plan.policy.allowed_signers import AllowedSigners
from proxbox_plan.policy.approvals import JudgedApproval, Requirement, Signed, Tally, check_approvals, tally


@dataclass(frozen=True, slots=True)
class Approved:
    """The approvals of a plan, with valid signatures, and what is required of them."""

    plan: Plan
    requirement: Requirement
    signed: tuple[Signed, ...]
    others: tuple[JudgedApproval, ...]  # that cannot be read, or are not signed as they say
    elsewhere: int = 0

    def tally(self, now: str | None) -> Tally:
        """Count the approvals; without `now` none is too old."""
        found = tally(self.plan, self.signed, self.requirement, now)
        return replace(found, judged=(*self.others, *found.judged), elsewhere=self.elsewhere)

    def check(self, now: str | None) -> tuple[str, ...]:
        """Raise RefusedError when too few people have approved; return why other approvals do not count."""
        found = self.tally(now)
        check_approvals(found)
        return found.ignored

    def check_at(self, date: str, reporter: Reporter) -> None:
        """Check again by the clock of the server, as its answer has it; without one by our own."""
        for line in self.check(_now(date)):
            reporter.warning(f"An approval does not count: {line}")


def approved(settings: Settings, plan: Plan, given: Approvals) -> Approved | None:
    """Verify the approvals of a plan; null when none is required. RefusedError when there are too few."""
    people = max(settings.approvals.require_approvals, given.required)
    if people == 0 or not plan.changes:
        if people == 0 and not are_folders(given.files):
            raise UsageError("Approvals are given, and none is required", hint="Say how many: --require-approvals N")
        return None
    signers = signers_of(settings, given.allowed_signers)
    if signers is None:
        raise UsageError(
            "Approvals are required, and it is unknown who may approve",
            hint="Name the file: --allowed-signers FILE, or `apply: {allowed_signers: FILE}` in the configuration.",
        )
    with claims_of(settings) as claims:
        for path in given.files:
            claims.add(path, files.Use.READ, "the approval")
        read = read_approvals(given.files, plan, strict=True)
    found = weighed(plan, requirement_of(settings, signers, given), read, signers, SshKeygen(settings.environ))
    found.check(None)
    return found


def weighed(
    plan: Plan, requirement: Requirement, read: ApprovalFiles, signers: AllowedSigners, keygen: SshKeygen
) -> Approved:
    """Return the approvals that were read, with their signatures verified; DocumentError for a plan that was edited."""
    if plan.digest != plan.content_digest() or not plan.is_consistent():
        raise DocumentError("The plan is not what its digest says", hint="Plan again; plans must not be edited.")
    signed, forged = verified(keygen, signers, read.found)
    return Approved(plan, requirement, signed, (*read.unread, *forged), read.elsewhere)


def _now(date: str) -> str:
    """Return the moment of a response's date, or of our own clock."""
    try:
        return moment_text(parsedate_to_datetime(date))
    except (TypeError, ValueError):
        return moment_text(datetime.now(UTC))
