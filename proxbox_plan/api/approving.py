"""Approving: a person signs that a plan may be applied, and an apply counts such approvals before it takes a lock."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Final

from pydantic import ValidationError

from proxbox_plan.api.events import Reporter
from proxbox_plan.api.sources import claims_of
from proxbox_plan.clients.ssh.keygen import SshKeygen
from proxbox_plan.clients.ssh.signature import key_of
from proxbox_plan.config import Settings
from proxbox_plan.core import files
from proxbox_plan.core.errors import ConfigError, DocumentError, RefusedError, StaleError, UsageError
from proxbox_plan.core.moment import moment_text
from proxbox_plan.documents import read_document
from proxbox_plan.model.approval import NAMESPACE, Approval
from proxbox_plan.model.plan import Plan
from proxbox_plan.policy.allowed_signers import AllowedSigners
from proxbox_plan.policy.approvals import Requirement, Signed, check_approvals, tally
from proxbox_plan.policy.permission import check_permission

LARGEST: Final = 64 * 1024  # bytes of an approval
_LARGEST_SIGNERS: Final = 1024 * 1024
_MOST: Final = 100  # approvals of one apply


@dataclass(frozen=True, slots=True)
class Approvals:
    """What an apply is given: the approvals, and what it requires beyond the configuration.

    `required` can only raise what the configuration requires, and `max_age` (hours) only lower it. `authors` are who
    made the plan: their approvals do not count. While none is known, one approval more is required.
    """

    files: Sequence[Path | str] = ()
    required: int = 0
    allowed_signers: Path | str | None = None
    authors: Collection[str] = ()
    max_age: float | None = None


def approve(
    settings: Settings,
    plan: Plan | Path | str,
    *,
    key: Path | str,
    approver: str | None = None,
    allowed_signers: Path | str | None = None,
) -> Approval:
    """Return the approval of a plan, signed with an SSH key by `ssh-keygen`, which may ask for its passphrase.

    `approver` is the name that the file of allowed signers has for the key; without one it is looked up there, by
    `KEY.pub`. Raises StaleError or RefusedError for a plan that no apply with this configuration would apply.
    """
    with claims_of(settings) as claims:
        if not isinstance(plan, Plan):
            claims.add(plan, files.Use.READ, "the plan")
        document = plan if isinstance(plan, Plan) else read_document(plan, Plan)
    _check_applicable(settings, document)
    key = Path(key).expanduser()
    signers = _signers(settings, allowed_signers)
    name = approver or _looked_up(signers, key)
    unsigned = _unsigned(document, name)
    keygen = SshKeygen(settings.environ)
    signed = unsigned.replace(signature=keygen.sign(key, NAMESPACE, unsigned.statement()))
    if signers is not None and not _is_signed(keygen, signed, signers):
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


def _unsigned(plan: Plan, approver: str) -> Approval:
    try:
        return Approval.make(
            plan_digest=plan.content_digest(),
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


@dataclass(frozen=True, slots=True)
class Approved:
    """The approvals of an apply, with valid signatures, and what is required of them."""

    plan: Plan
    requirement: Requirement
    signed: tuple[Signed, ...]
    forged: tuple[str, ...]

    def check(self, now: str | None) -> tuple[str, ...]:
        """Raise RefusedError when too few people have approved; return why other approvals do not count."""
        found = tally(self.plan, self.signed, self.requirement, now)
        found = replace(found, ignored=(*self.forged, *found.ignored))
        check_approvals(found, self.requirement)
        return found.ignored

    def check_at(self, date: str, reporter: Reporter) -> None:
        """Check again by the clock of the server, as its answer has it; without one by our own."""
        for line in self.check(_now(date)):
            reporter.warning(f"An approval does not count: {line}")


def approved(settings: Settings, plan: Plan, given: Approvals) -> Approved | None:
    """Verify the approvals of a plan; null when none is required. RefusedError when there are too few."""
    rules = settings.approvals
    people = max(rules.require_approvals, given.required)
    if people == 0 or not plan.changes:
        if given.files and people == 0:
            raise UsageError("Approvals are given, and none is required", hint="Say how many: --require-approvals N")
        return None
    signers = _signers(settings, given.allowed_signers)
    if signers is None:
        raise UsageError(
            "Approvals are required, and it is unknown who may approve",
            hint="Name the file: --allowed-signers FILE, or `apply: {allowed_signers: FILE}` in the configuration.",
        )
    _check_sealed(plan)
    ages = [age for age in (rules.max_approval_age, given.max_age) if age is not None]
    authors = frozenset(name.casefold() for name in given.authors)
    requirement = Requirement(people, _all_names(signers, authors), _unknown(signers, given.authors), min(ages))
    signed, forged = _verified(settings, signers, given.files)
    found = Approved(plan, requirement, signed, forged)
    found.check(None)
    return found


def _check_sealed(plan: Plan) -> None:
    """Raise DocumentError for a plan that is not what its digests say: approvals are of the digests."""
    if plan.digest != plan.content_digest() or not plan.is_consistent():
        raise DocumentError("The plan is not what its digest says", hint="Plan again; plans must not be edited.")


def _unknown(signers: AllowedSigners, authors: Collection[str]) -> str:
    """Return why it is not known which of the signers made the plan; empty when it is."""
    strangers = [name for name in authors if not signers.knows(name)]
    if strangers:
        meant = signers.suggestion(strangers[0]).removeprefix("; ")
        return f"its author {strangers[0][:60]!r} is not an allowed signer{f' ({meant})' if meant else ''}"
    return "" if authors else "its author is unknown"


def _all_names(signers: AllowedSigners, authors: frozenset[str]) -> frozenset[str]:
    """Return every name of the authors."""
    return authors.union(*(signers.person_of(signer.key) for signer in signers.signers if signer.folded & authors))


def _verified(
    settings: Settings, signers: AllowedSigners, paths: Sequence[Path | str]
) -> tuple[tuple[Signed, ...], tuple[str, ...]]:
    """Return the approvals whose signatures are valid, and a line for each other one."""
    if len(paths) > _MOST:
        raise UsageError(f"More than {_MOST} approvals are given", hint="Name those that people gave for this plan.")
    signed: list[Signed] = []
    forged: list[str] = []
    keygen = SshKeygen(settings.environ)
    for path in paths:
        with claims_of(settings) as claims:
            claims.add(path, files.Use.READ, "the approval")
            approval = read_document(path, Approval, most=LARGEST)
        if _is_signed(keygen, approval, signers):
            key = key_of(approval.signature)
            names = signers.person_of(key) | {approval.approver.casefold()}
            signed.append(Signed(str(path), approval, key, names))
        else:
            forged.append(f"{path}: is not signed by {approval.approver} with a key that may approve")
    return tuple(signed), tuple(forged)


def _is_signed(keygen: SshKeygen, approval: Approval, signers: AllowedSigners) -> bool:
    try:
        key_of(approval.signature)
    except ValueError:
        return False
    return keygen.is_signed_by(approval.approver, approval.signature, NAMESPACE, approval.statement(), signers.text)


def _signers(settings: Settings, given: Path | str | None) -> AllowedSigners | None:
    """Read the allowed signers: those of the configuration, which no option replaces."""
    configured = settings.approvals.allowed_signers
    if configured is not None and given is not None and Path(given).resolve() != configured.resolve():
        raise RefusedError(
            f"The configuration names the allowed signers: {configured}",
            hint="Omit --allowed-signers, or change `apply.allowed_signers` in the configuration.",
        )
    path = configured or given
    if path is None:
        return None
    try:
        text = files.read_text(path, most=_LARGEST_SIGNERS)
    except FileNotFoundError:
        raise ConfigError(f"{path}: the file of allowed signers does not exist", hint="Create it.") from None
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {files.reason_of(error)}", hint=files.hint_of(error, "")) from error
    except ValueError:
        raise ConfigError(f"{path}: is not a text file", hint="Name a file of allowed signers.") from None
    return AllowedSigners.parse(text, str(path))


def _now(date: str) -> str:
    """Return the moment of a response's date, or of our own clock."""
    try:
        return moment_text(parsedate_to_datetime(date))
    except (TypeError, ValueError):
        return moment_text(datetime.now(UTC))
