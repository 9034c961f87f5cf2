"""Reviewing: a plan with its approvals, for a report: which count, which do not, and how many are required."""

from __future__ import annotations

import os
from datetime import UTC, datetime

from proxbox_plan.api.approvals.counting import weighed
from proxbox_plan.api.approvals.given import Approvals, requirement_of, signers_of
from proxbox_plan.api.approvals.reading import read_approvals
from proxbox_plan.clients.ssh.keygen import SshKeygen
from proxbox_plan.config import Settings
from proxbox_plan.core.moment import moment_text
from proxbox_plan.model.plan import Plan
from proxbox_plan.policy.approvals import JudgedApproval, Tally
from proxbox_plan.report.subject import ReviewedPlan

_UNVERIFIED = "cannot be verified: it is unknown who may approve (--allowed-signers FILE, or the configuration)"


def reviewed(
    plan: Plan,
    approvals: Approvals,
    *,
    settings: Settings | None = None,
) -> Plan | ReviewedPlan:
    """Return the plan with its approvals, as an apply would count them now; as it is when there is nothing to say.

    That is when it has no changes, and when no approval is given and none is required. A file that is no approval does
    not count, and is no error. Without `settings` only `approvals` says what is required, and who may approve.
    """
    signers = signers_of(settings, approvals.allowed_signers)
    requirement = requirement_of(settings, signers, approvals)
    read = read_approvals(approvals.files, plan, strict=False)
    if not plan.changes or not (requirement.people or read.found or read.unread or read.elsewhere):
        return plan
    if signers is None:
        unknown = (JudgedApproval(file, approval.approver, _UNVERIFIED) for file, approval in read.found)
        return ReviewedPlan(plan, Tally(requirement, (*read.unread, *unknown), read.elsewhere))
    keygen = SshKeygen(settings.environ if settings else os.environ)
    found = weighed(plan, requirement, read, signers, keygen)
    return ReviewedPlan(plan, found.tally(moment_text(datetime.now(UTC))))
