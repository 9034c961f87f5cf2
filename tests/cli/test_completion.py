"""Completion, as the shells themselves do it."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from proxbox_plan.cli.completion import SHELLS
from proxbox_plan.cli.main import run
from scripts import command

# What a shell is told: the words of a line; it prints what it offers for the last one.
ASK = {
    "bash": 'eval "$(proxbox completion bash)"; COMP_WORDS=({words}); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1));'
    ' _proxbox_completion proxbox; printf "%s\\n" "${{COMPREPLY[@]}}"',
    "fish": "proxbox completion fish | source; complete --do-complete '{words}' | cut -f 1",
}


def _offered(shell: str, words: str, folder: Path) -> list[str]:
    command.install(folder)
    environ = {"PATH": f"{folder}{os.pathsep}{os.environ['PATH']}", "HOME": str(folder)}
    done = subprocess.run(
        [shell, "-c", ASK[shell].format(words=words)],
        cwd=folder,
        env=environ,
        text=True,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


@pytest.mark.parametrize("shell", [shell for shell in ASK if shutil.which(shell)])
@pytest.mark.parametrize(
    ("words", "offered"),
    [
        pytest.param("proxbox sh", ["show"], marks=pytest.mark.slow),
        pytest.param("proxbox plan --keep", ["--keep-going"], marks=pytest.mark.slow),
        pytest.param("proxbox completion b", ["bash"], marks=pytest.mark.slow),
        pytest.param("proxbox show p", ["plan.json"], marks=pytest.mark.slow),
        ("proxbox apply sub/p", ["sub/plan-2.json"]),
        pytest.param("proxbox collect --cluster l", ["lab"], marks=pytest.mark.slow),
        pytest.param("proxbox show --format ju", ["junit"], marks=pytest.mark.slow),
    ],
)
def test_what_is_offered(shell: str, words: str, offered: list[str], tmp_path: Path) -> None:
    """Commands, options, their values, our documents, and clusters of the configuration."""
    (tmp_path / "sub").mkdir()
    for name in ("plan.json", "plan.md", "sub/plan-2.json", "sub/plan-2.txt"):
        (tmp_path / name).touch()
    (tmp_path / "proxbox.yaml").write_text("clusters: [{name: lab}, {name: other}]")
    assert _offered(shell, words, tmp_path) == offered


@pytest.mark.slow
def test_a_broken_configuration_offers_no_cluster(tmp_path: Path) -> None:
    """And says nothing into the line that is being typed."""
    (tmp_path / "proxbox.yaml").write_text("clusters: [{")
    assert _offered("bash", "proxbox collect --cluster l", tmp_path) == []


@pytest.mark.parametrize("shell", SHELLS)
def test_the_script_is_one_that_the_shell_reads(shell: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It names our command, and has no error of syntax where the shell is there to say so."""
    assert run(["completion", shell]) == 0
    script = capsys.readouterr().out
    assert f"_PROXBOX_COMPLETE={shell}_complete" in script
    (tmp_path / "script").write_text(script)
    if path := shutil.which(shell):
        assert subprocess.run([path, "-n", tmp_path / "script"], check=False).returncode == 0
