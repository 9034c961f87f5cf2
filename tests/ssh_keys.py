"""SSH keys of people, made by OpenSSH's own ssh-keygen, and approvals that they sign."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Any

from proxbox_plan.clients.ssh.keygen import SshKeygen
from proxbox_plan.model.approval import NAMESPACE, Approval
from proxbox_plan.model.plan import Plan

LONG_AGO = "2020-01-01T00:00:00Z"


def new_key(folder: Path, name: str) -> Path:
    """Make a key without a passphrase and return the private one."""
    key = folder / name
    command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", str(key)]
    subprocess.run(command, check=True, capture_output=True)
    return key


def public(key: Path) -> str:
    """Return type, key and comment."""
    return key.with_name(f"{key.name}.pub").read_text().strip()


def signers(**keys: Path) -> str:
    """Return a file of allowed signers: `alice` is alice@example.com."""
    return "".join(f"{name.rstrip('2')}@example.com {public(key)}\n" for name, key in keys.items())


def unsigned(plan: Plan, approver: str = "alice@example.com", **content: Any) -> Approval:
    """Return an approval of a plan as a person would sign it."""
    sound = {
        "plan_digest": plan.digest,
        "intent_digest": plan.intent_digest(),
        "changes_digest": plan.changes_digest,
        "netbox_url": plan.binding.netbox_url,
        "approver": approver,
        "approved_at": LONG_AGO,
    }
    return Approval.make(**sound | content)


def signed(approval: Approval, key: Path, namespace: str = NAMESPACE) -> Approval:
    """Sign an approval, as anyone can who has a key."""
    keygen = SshKeygen(os.environ)
    return approval.replace(signature=keygen.sign(key, namespace, approval.statement()))
