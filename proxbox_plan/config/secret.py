"""Secrets: fetched from an environment variable, a file or a command when a connection needs them, and never shown."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from pydantic import SecretStr

from proxbox_plan.config.file import SecretReference
from proxbox_plan.core import files
from proxbox_plan.core.errors import ConfigError
from proxbox_plan.core.redaction import KNOWN

COMMAND_TIMEOUT: Final = 30.0
LONGEST: Final = 8192


def resolve(reference: SecretReference, *, what: str, folder: Path, environ: Mapping[str, str]) -> SecretStr:
    """Return the secret `what` (its name in messages); ConfigError when it cannot be read."""
    if reference.env is not None:
        text = _from_environment(reference.env, what, environ)
    elif reference.file is not None:
        text = _from_file(folder / reference.file.expanduser(), what)
    else:
        text = _from_command(reference.command or (), what, folder, environ)
    secret = text.strip()
    if not secret:
        raise ConfigError(f"{what}: {origin(reference)} is empty", hint="Store the secret there.")
    # It is sent in an HTTP header: a line break in it would end the header.
    if not (secret.isascii() and secret.isprintable()) or len(secret) > LONGEST:
        raise ConfigError(f"{what}: {origin(reference)} must hold one line of printable ASCII characters")
    KNOWN.learn(secret)
    return SecretStr(secret)


def origin(reference: SecretReference) -> str:
    """Return where a secret is taken from, in words that hold nothing of it."""
    if reference.env is not None:
        return f"the environment variable {reference.env}"
    if reference.file is not None:
        return f"the file {reference.file}"
    return f"what the command '{(reference.command or ('',))[0]}' printed"


def _from_environment(name: str, what: str, environ: Mapping[str, str]) -> str:
    if name not in environ:
        hint = f"Set it before you run proxbox: export {name}=..."
        raise ConfigError(f"{what}: the environment variable {name} is not set", hint=hint)
    return environ[name]


def _from_file(path: Path, what: str) -> str:
    try:
        return files.read_text(path, most=4 * LONGEST)
    except OSError as error:
        raise ConfigError(f"{what}: the file {path} cannot be read: {files.reason_of(error)}") from error
    except ValueError:
        raise ConfigError(f"{what}: the file {path} cannot be read: it is not a text file") from None


def _from_command(command: tuple[str, ...], what: str, folder: Path, environ: Mapping[str, str]) -> str:
    program = command[0]
    hint = "Run it by hand to see its output, which is not shown here because it may hold the secret."
    try:
        done = subprocess.run(  # noqa: S603  # the user's own command, an argument list, no shell
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=COMMAND_TIMEOUT,
            cwd=folder,
            env=dict(environ),
        )
    except subprocess.TimeoutExpired:
        raise ConfigError(f"{what}: the command '{program}' took over {COMMAND_TIMEOUT:.0f} s", hint=hint) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "its output is not text"
        raise ConfigError(f"{what}: the command '{program}' cannot be run: {reason.lower()}", hint=hint) from None
    if done.returncode != 0:
        raise ConfigError(f"{what}: the command '{program}' failed (exit {done.returncode})", hint=hint)
    return done.stdout
