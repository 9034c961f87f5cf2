"""Commit: the Git commit this run belongs to, as CI names it or as the folder says."""

from __future__ import annotations

import os
import subprocess

_COMMITS = ("GITHUB_SHA", "CI_COMMIT_SHA", "GIT_COMMIT")


def commit_message() -> str:
    """Return `commit 0123456789ab`, or nothing outside of a repository."""
    found = next((os.environ[name] for name in _COMMITS if os.environ.get(name)), "")
    if not found:
        try:
            command = ["git", "rev-parse", "HEAD"]
            asked = subprocess.run(command, capture_output=True, timeout=5, check=False, env=_for_git())  # noqa: S603 # our own words
        except (OSError, subprocess.SubprocessError):
            return ""
        found = asked.stdout.decode(errors="replace").strip() if asked.returncode == 0 else ""
    return f"commit {found[:12]}" if found else ""


def _for_git() -> dict[str, str]:
    """Return what git needs of the environment: where things are, and none of our secrets."""
    return {name: value for name, value in os.environ.items() if name in ("PATH", "HOME") or name.startswith("GIT_")}
