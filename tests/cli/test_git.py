"""State files in a Git repository: its own commands show them as people read them (docs/reports.md)."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from proxbox_plan.documents import write_document
from tests.builders import cluster, guest, state
from tests.end_to_end.stage import REPOSITORY

_PAGE = (REPOSITORY / "docs" / "reports.md").read_text()


def documented(language: str) -> str:
    """Return the block of the recipe in that language."""
    found = re.search(rf"## In a Git repository.*?```{language}\n(.*?)```", _PAGE, re.DOTALL)
    assert found
    return found[1]


class Repository:
    """A repository that is set up as the documentation says."""

    def __init__(self, folder: Path) -> None:
        """Make it, with `proxbox` on the path of git."""
        self.folder = folder / "work"
        self.folder.mkdir()
        script = folder / "bin" / "proxbox"
        script.parent.mkdir()
        script.write_text(
            f'#!/bin/sh\nexec {sys.executable} -c "from proxbox_plan.cli.main import main; main()" "$@"\n'
        )
        script.chmod(0o755)
        self._environ = {
            "PATH": f"{script.parent}:{os.environ['PATH']}",
            "PYTHONPATH": str(REPOSITORY),
            "HOME": str(folder),
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_AUTHOR_NAME": "a",
            "GIT_AUTHOR_EMAIL": "a@example.com",
            "GIT_COMMITTER_NAME": "a",
            "GIT_COMMITTER_EMAIL": "a@example.com",
        }
        self.git("init", "--quiet")
        with (self.folder / ".git" / "config").open("a") as config:
            config.write(documented("ini"))
        (self.folder / ".gitattributes").write_text(documented("gitattributes"))

    def git(self, *arguments: str) -> str:
        """Run git; return what it printed."""
        done = subprocess.run(["git", *arguments], cwd=self.folder, env=self._environ, check=True, capture_output=True)
        return done.stdout.decode()

    def commit(self) -> None:
        """Commit everything."""
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", "state")


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    """Give a repository whose second commit adds a state, and whose working tree changes it."""
    made = Repository(tmp_path)
    made.commit()
    write_document(state(), made.folder / "state.json")
    made.commit()
    after = state(cluster(guests=(guest(99), guest(100, memory_mib=4096, node="pve2"), guest(101))))
    write_document(after, made.folder / "state.json")
    return made


@pytest.mark.slow
def test_git_diff_shows_values_with_their_guest(repository: Repository) -> None:
    """`textconv`: every changed line says whose it is, and a new guest before the others moves none of them."""
    lines = repository.git("diff", "--unified=0").splitlines()
    changed = [line for line in lines if line.startswith(("-c", "+c")) and "qemu/99" not in line]
    assert changed == [
        "-clusters.lab.guests.qemu/100.memory_mib = 2048",
        "+clusters.lab.guests.qemu/100.memory_mib = 4096",
        '-clusters.lab.guests.qemu/100.node = "pve1"',
        '+clusters.lab.guests.qemu/100.node = "pve2"',
    ]


@pytest.mark.slow
def test_git_difftool_shows_what_happened(repository: Repository) -> None:
    """As `proxbox diff` does, with a file that one side lacks as a state of nothing."""
    assert "> qemu/100 web100  (moved)" in repository.git("difftool", "--tool=proxbox")
    added = repository.git("difftool", "--tool=proxbox", "HEAD~1", "HEAD", "--", "state.json")
    assert "+ cluster lab  (added)" in added
    assert "+ qemu/100 web100  (added)" in added
    (repository.folder / "state.json").unlink()
    assert "? cluster lab  (not seen" in repository.git("difftool", "--tool=proxbox")
