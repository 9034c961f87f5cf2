"""Signatures by ssh-keygen: what is verified is what was signed, it runs for a bounded time and knows no secret."""

from __future__ import annotations

import base64
import os
from pathlib import Path

import pytest

from proxbox_plan.clients.ssh import keygen
from proxbox_plan.clients.ssh.keygen import SshKeygen
from proxbox_plan.clients.ssh.signature import key_of
from proxbox_plan.core.errors import UsageError
from tests.ssh_keys import new_key, public, signers

TEXT = b"a statement\n"
ARMOR = "-----BEGIN SSH SIGNATURE-----\n{}\n-----END SSH SIGNATURE-----\n"


def test_a_signature_and_its_key(tmp_path: Path) -> None:
    """It is of this text, namespace and person; the key in it is the one of the public file."""
    key, ssh = new_key(tmp_path, "alice"), SshKeygen(os.environ)
    signature = ssh.sign(key, "ours", TEXT)
    assert key_of(signature) == public(key).split()[1]
    allowed = signers(alice=key)
    assert ssh.is_signed_by("alice@example.com", signature, "ours", TEXT, allowed)
    assert not ssh.is_signed_by("bob@example.com", signature, "ours", TEXT, allowed)
    assert not ssh.is_signed_by("alice@example.com", signature, "theirs", TEXT, allowed)
    assert not ssh.is_signed_by("alice@example.com", signature, "ours", TEXT + b" ", allowed)
    assert not ssh.is_signed_by("alice@example.com", signature, "ours", TEXT, signers(alice=new_key(tmp_path, "other")))


def test_a_key_that_cannot_sign(tmp_path: Path) -> None:
    """Its own words, and no traceback."""
    with pytest.raises(UsageError, match=r"ssh-keygen cannot sign with the key .*nowhere: .*No such file"):
        SshKeygen(os.environ).sign(tmp_path / "nowhere", "ours", TEXT)


def test_without_ssh_keygen(tmp_path: Path) -> None:
    """What to install."""
    with pytest.raises(UsageError, match="require ssh-keygen, which is not installed") as refused:
        SshKeygen({"PATH": str(tmp_path)}).sign(tmp_path / "key", "ours", TEXT)
    assert "openssh-client" in refused.value.hint


def _program(folder: Path, script: str) -> SshKeygen:
    program = folder / "ssh-keygen"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o700)
    return SshKeygen({"PATH": f"{folder}:{os.environ['PATH']}", "NETBOX_TOKEN": "hunter2", "HOME": "/home/alice"})


def test_one_that_never_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is stopped."""
    monkeypatch.setattr(keygen, "VERIFYING", 0.05)
    with pytest.raises(UsageError, match="ssh-keygen did not end within"):
        _program(tmp_path, "exec sleep 600").is_signed_by("alice", "x", "ours", TEXT, "")


def test_it_sees_no_secret_of_ours(tmp_path: Path) -> None:
    """Neither in its environment nor in its arguments."""
    said = _program(tmp_path, 'env; echo "$@"').sign(tmp_path / "key", "ours", TEXT)
    assert "HOME=/home/alice" in said
    assert "hunter2" not in said


def test_one_that_cannot_be_run(tmp_path: Path) -> None:
    """Such as a file of another machine."""
    ssh = _program(tmp_path, "")
    (tmp_path / "ssh-keygen").write_bytes(b"\x7fELF nonsense")
    with pytest.raises(UsageError, match="ssh-keygen cannot be run"):
        ssh.sign(tmp_path / "key", "ours", TEXT)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "-----BEGIN SSH SIGNATURE-----",
        ARMOR.format("AAAA"),
        ARMOR.format("AAA"),
        ARMOR.format("!"),
        ARMOR.format(base64.b64encode(b"SSHSIG\0\0\0\1\0\0").decode()),
        ARMOR.format(base64.b64encode(b"SSHSIG\0\0\0\1\0\0\0\x09short").decode()),
        ARMOR.format("A" * 30_000),
    ],
)
def test_what_is_no_signature(text: str) -> None:
    """Cut, of another sort, or endless."""
    with pytest.raises(ValueError, match="is not an SSH signature"):
        key_of(text)


def test_nothing_stands_around_a_signature(tmp_path: Path) -> None:
    """ssh-keygen would take one of two, and we the other."""
    signature = SshKeygen(os.environ).sign(new_key(tmp_path, "alice"), "ours", TEXT)
    for more in (f"x\n{signature}", f"{signature}x", signature + signature):
        with pytest.raises(ValueError, match="is not an SSH signature"):
            key_of(more)
