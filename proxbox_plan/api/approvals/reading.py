"""Approval files: read, looked for in folders, and their signatures verified. Each may be written by anyone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from proxbox_plan.clients.ssh.keygen import SshKeygen
from proxbox_plan.clients.ssh.signature import key_of
from proxbox_plan.core.errors import DocumentError, UsageError
from proxbox_plan.documents import read_document
from proxbox_plan.model.approval import NAMESPACE, Approval
from proxbox_plan.model.plan import Plan
from proxbox_plan.policy.allowed_signers import AllowedSigners
from proxbox_plan.policy.approvals import JudgedApproval, Signed, is_of_changes

LARGEST: Final = 64 * 1024  # bytes of an approval
_MOST: Final = 100  # approvals that are verified for one plan


@dataclass(frozen=True, slots=True)
class ApprovalFiles:
    """The approvals that were given: what was read of each, those that cannot be read, and how many are for others."""

    found: tuple[tuple[str, Approval], ...]
    unread: tuple[JudgedApproval, ...]
    elsewhere: int  # in folders

    def __post_init__(self) -> None:
        """Refuse more than can be verified in a bounded time."""
        if len(self.found) > _MOST:
            raise UsageError(
                f"More than {_MOST} approvals are given", hint="Name those that people gave for this plan."
            )


def read_approvals(paths: Sequence[Path | str], plan: Plan, *, strict: bool) -> ApprovalFiles:
    """Read the files; of a folder those that end in `.json`, without the approvals of other changes.

    `strict`: DocumentError for a file that is named and is no approval. One in a folder is told, and does not count.
    """
    found: list[tuple[str, Approval]] = []
    unread: list[JudgedApproval] = []
    elsewhere = 0
    for path, is_named in _named(paths):
        try:
            approval = read_document(path, Approval, most=LARGEST)
        except DocumentError as error:
            if strict and is_named:
                raise
            unread.append(JudgedApproval(str(path), "", error.message.removeprefix(f"{path}: ")))
            continue
        if is_named or is_of_changes(approval, plan):
            found.append((str(path), approval))
        else:
            elsewhere += 1
    return ApprovalFiles(tuple(found), tuple(unread), elsewhere)


def are_folders(paths: Sequence[Path | str]) -> bool:
    """Whether all of them are folders, which may well hold no approval of a plan."""
    return all(Path(path).is_dir() for path in paths)


def verified(
    keygen: SshKeygen, signers: AllowedSigners, found: Sequence[tuple[str, Approval]]
) -> tuple[tuple[Signed, ...], tuple[JudgedApproval, ...]]:
    """Return the approvals whose signatures are valid, and each other one."""
    signed: list[Signed] = []
    forged: list[JudgedApproval] = []
    for path, approval in found:
        if is_signed(keygen, approval, signers):
            key = key_of(approval.signature)
            names = signers.person_of(key) | {approval.approver.casefold()}
            signed.append(Signed(path, approval, key, names))
        else:
            why = f"is not signed by {approval.approver} with a key that may approve"
            forged.append(JudgedApproval(path, approval.approver, why))
    return tuple(signed), tuple(forged)


def is_signed(keygen: SshKeygen, approval: Approval, signers: AllowedSigners) -> bool:
    """Whether the person whom an approval names signed it, with a key that may approve."""
    try:
        key_of(approval.signature)
    except ValueError:
        return False
    return keygen.is_signed_by(approval.approver, approval.signature, NAMESPACE, approval.statement(), signers.text)


def _named(paths: Sequence[Path | str]) -> Iterator[tuple[Path | str, bool]]:
    """Yield each file, and whether it was named itself; those of a folder in the order of their names."""
    for path in paths:
        if Path(path).is_dir():
            yield from ((inside, False) for inside in sorted(Path(path).glob("*.json")) if inside.is_file())
        else:
            yield path, True
