"""Signing: a person signs that a plan may be applied."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from pydantic import ValidationError

from proxbox_plan.api.approvals.given import signers_of
from proxbox_plan.api.approvals.reading import LARGEST, is_signed
from proxbox_plan.api.sources import claims_of
from proxbox_plan.clients.ssh.keygen import SshKeygen
from proxbox_plan.config import Settings
from proxbox_plan.core import files
from proxbox_plan.core.errors import StaleError, UsageError
from proxbox_plan.core.moment import moment_text
from proxbox_plan.documents import read_document
from proxbox_plan.model.approval import NAMESPACE, Approval
from proxbox_plan.model.plan import Plan
from proxbox_plan.policy.allowed_signers import AllowedSigners
from proxbox_plan.policy.permission import check_permission


def approve(  # noqa: PLR0913 # what a person signs, and with what
    settings: Settings,
    plan: Plan | Path | str,
    *,
    key: Path | str,
    approver: str | None = None,
    allowed_signers: Path | str | None = None,
    changes: bool = False,
) -> Approval:
    """Return the approval of a plan, signed with an SSH key by `ssh-keygen`, which may ask for its passphrase.

    `approver` is the name that the file of allowed signers has for the key; without one it is looked up there, by
    `KEY.pub`. With `changes` the approval is of what the plan does, also when it is planned again from the same state
    and configuration: other edits in NetBox make it another plan. Raises StaleError or RefusedError for a plan that no
    apply with this configuration would apply.
    """
    with claims_of(settings) as claims:
        if not isinstance(plan, Plan):
            claims.add(plan, files.Use.READ, "the plan")
        document = plan if isinstance(plan, Plan) else read_document(plan, Plan)
    _check_applicable(settings, document)
    key = Path(key).expanduser()
    signers = signers_of(settings, allowed_signers)
    name = approver or _looked_up(signers, key)
    unsigned = _unsigned(document, name, "changes" if changes else "plan")
    keygen = SshKeygen(settings.environ)
    signed = unsigned.replace(signature=keygen.sign(key, NAMESPACE, unsigned.statement()))
    if signers is not None and not is_signed(keygen, signed, signers):
        raise UsageError(
            f"The key {key} is not one that {name} may approve with, according to the file of allowed signers",
            hint="Name another key or another name, or add a line to that file.",
        )
    return signed


def _check_applicable(settings: Settings, plan: Plan) -> None:
    if plan.binding.config_digest != settings.digest:
        raise StaleError(
            "The configuration changed since the plan was made", hint="Plan again, and approve the new plan."
        )
    check_permission(plan, [hit.label for hit in plan.checks if hit.label])
    if not plan.changes:
        raise UsageError("The plan has no changes, so there is nothing to approve")


def _unsigned(plan: Plan, approver: str, approves: Literal["plan", "changes"]) -> Approval:
    try:
        return Approval.make(
            approves=approves,
            plan_digest=plan.content_digest(),
            intent_digest=plan.intent_digest(),
            changes_digest=plan.changes_digest,
            netbox_url=plan.binding.netbox_url,
            approver=approver,
            approved_at=moment_text(datetime.now(UTC)),
        )
    except ValidationError:
        raise UsageError(
            f"{approver[:60]!r} cannot be the name of an approver",
            hint="Use letters, digits and @ . _ + -, such as alice@example.com.",
        ) from None


def _looked_up(signers: AllowedSigners | None, key: Path) -> str:
    public = key if key.suffix == ".pub" else key.with_name(f"{key.name}.pub")
    try:
        words = files.read_text(public, most=LARGEST).split()
    except (OSError, ValueError):
        words = []
    found = next((name for word in words if (name := signers.name_of(word))), None) if signers is not None else None
    if found is None:
        where = f"no line of the file of allowed signers has the key {public}" if signers else "no signers are known"
        raise UsageError(
            f"It is unknown whose key this is: {where}",
            hint="Name yourself as the file of allowed signers does: --as alice@example.com",
        )
    return found
