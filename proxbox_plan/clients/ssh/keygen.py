"""ssh-keygen: signs a text with a person's SSH key, and verifies such a signature. It runs for a bounded time.

No secret is in its arguments, and it gets nothing of our environment but what it needs to find keys and an agent.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from proxbox_plan.core import files
from proxbox_plan.core.errors import UsageError
from proxbox_plan.core.escaping import sanitized

PROGRAM: Final = "ssh-keygen"
VERIFYING: Final = 30.0  # seconds
SIGNING: Final = 300.0  # seconds: a person types a passphrase, or touches a security key
_ENVIRONMENT: Final = (
    *("PATH", "HOME", "USER", "LOGNAME", "TERM", "DISPLAY", "WAYLAND_DISPLAY", "XDG_RUNTIME_DIR"),
    *("SSH_AUTH_SOCK", "SSH_ASKPASS", "SSH_ASKPASS_REQUIRE", "SSH_SK_PROVIDER"),
)


@dataclass(frozen=True, slots=True)
class SshKeygen:
    """OpenSSH's program, and the environment to run it in."""

    environ: Mapping[str, str]

    def sign(self, key: Path, namespace: str, text: bytes) -> str:
        """Return the armored signature of a text; UsageError when the key cannot sign."""
        done = self._run(["-Y", "sign", "-q", "-f", str(key), "-n", namespace], text, SIGNING)
        if done.returncode != 0:
            raise UsageError(
                f"ssh-keygen cannot sign with the key {key}: {_said(done.stderr)}",
                hint="Name a private key, or a public one that the SSH agent has: --key ~/.ssh/id_ed25519",
            )
        return done.stdout.decode("ascii", "replace")

    def is_signed_by(self, principal: str, signature: str, namespace: str, text: bytes, allowed_signers: str) -> bool:
        """Whether a signature of that text is the principal's, by what a file of allowed signers says."""
        with tempfile.TemporaryDirectory(prefix="proxbox-") as folder:
            signers, signed = Path(folder, "allowed_signers"), Path(folder, "signature")
            files.replace(signers, (allowed_signers,), private=True)
            files.replace(signed, (signature,), private=True)
            named = ["-f", str(signers), "-s", str(signed)]
            done = self._run(["-Y", "verify", "-I", principal, "-n", namespace, *named], text, VERIFYING)
        return done.returncode == 0

    def _run(self, arguments: Sequence[str], text: bytes, seconds: float) -> subprocess.CompletedProcess[bytes]:
        environ = {name: self.environ[name] for name in _ENVIRONMENT if name in self.environ}
        program = shutil.which(PROGRAM, path=environ.get("PATH"))
        if program is None:
            raise UsageError(
                "Approvals require ssh-keygen, which is not installed",
                hint="Install OpenSSH 8.2 or newer (Debian: apt-get install openssh-client).",
            )
        try:
            return subprocess.run(  # noqa: S603 # OpenSSH's program, an argument list, no shell
                [program, *arguments], input=text, capture_output=True, check=False, timeout=seconds, env=environ
            )
        except subprocess.TimeoutExpired:
            raise UsageError(
                f"ssh-keygen did not end within {seconds:.0f} s", hint="Run it by hand to see what it waits for."
            ) from None
        except OSError as error:
            raise UsageError(f"ssh-keygen cannot be run: {error.strerror or error}", hint="Check it.") from None


def _said(errors: bytes) -> str:
    """Return the last line that it said."""
    lines = [line.strip() for line in errors.decode("utf-8", "replace").splitlines() if line.strip()]
    return sanitized(lines[-1][:300]) if lines else "it says nothing"
