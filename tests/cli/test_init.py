"""`proxbox init`: sound files for a new repository, from answers, and nothing overwritten."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from proxbox_plan.api.init_files.new_files import CI, Answers, texts
from proxbox_plan.cli.main import run
from proxbox_plan.config import load
from scripts.lint import lint_workflows

Captured = pytest.CaptureFixture[str]
GITHUB = ".github/workflows/netbox-plan.yml"
ANSWERS = [
    "--netbox-url",
    "https://nb.example.org/netbox",
    "--netbox-token",
    "env:NB",
    "--cluster",
    "pve-1",
    "--host",
    "10.0.0.5",
    "--token-id",
    "a@pam!b",
    "--token-secret",
    "env:PVE_SECRET",
    "--site",
    'Hall "2": north',
    "--install",
    "proxbox-plan @ git+https://git.example.org/proxbox-plan@v1",
]


@pytest.mark.parametrize("ci", CI)
def test_without_an_answer_it_writes_what_can_be_filled_in(ci: str, tmp_path: Path, capsys: Captured) -> None:
    """All files, each sound; without a terminal nothing is asked."""
    assert run(["init", str(tmp_path / "new"), "--ci", ci]) == 0
    assert {
        path for path in ("proxbox.yaml", ".gitignore", *CI[ci]) if not (tmp_path / "new" / path).is_file()
    } == set()
    assert run(["validate", "-c", str(tmp_path / "new" / "proxbox.yaml")]) == 0
    assert "Next: fill in proxbox.yaml" in capsys.readouterr().err


def test_answers_are_in_every_file(tmp_path: Path) -> None:
    """In the configuration as they were given, and in the workflows what they need to know of them."""
    assert run(["init", str(tmp_path), *ANSWERS]) == 0
    environ = {"NB": "0123456789012345678901234567890123456789", "PVE_SECRET": "s"}
    settings = load(tmp_path / "proxbox.yaml", environ)
    assert settings.netbox_url == "https://nb.example.org/netbox"
    assert settings.address_of("pve-1") == "10.0.0.5:8006"
    assert settings.policy.clusters[0].site == 'Hall "2": north'
    assert settings.netbox().token.get_secret_value() == environ["NB"]
    workflow = yaml.safe_load((tmp_path / GITHUB).read_text())
    assert workflow["env"]["PROXBOX_SOURCE"].startswith("proxbox-plan @ git+https://")
    steps = workflow["jobs"]["plan"]["steps"]
    (environ,) = (step["env"] for step in steps if step.get("name") == "Plan")
    assert environ["NB"] == "${{ secrets.NETBOX_READ_TOKEN }}"
    assert "secrets.PVE_SECRET" in (tmp_path / ".github/workflows/netbox-collect.yml").read_text()


def test_its_workflows_are_linted(tmp_path: Path) -> None:
    """Whatever was answered: nothing in them is unsafe."""
    assert run(["init", str(tmp_path), *ANSWERS]) == 0
    assert lint_workflows(tmp_path) == ""


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (["--cluster", "my lab"], "clusters[0].name must start with"),
        (["--host", "https://pve"], "bare host name"),
        (["--netbox-token", "hunter2"], "reference to a secret, never the secret itself"),
        (["--netbox-token", "env:no name"], "reference to a secret, never the secret itself"),
        (["--netbox-token", "file:nb.token"], "A pipeline takes a secret from a variable"),
    ],
)
def test_an_answer_that_cannot_be_right(answer: list[str], why: str, tmp_path: Path, capsys: Captured) -> None:
    """It is refused before any file is written, and what may have been a secret is not repeated."""
    assert run(["init", str(tmp_path / "new"), *answer]) == 1
    error = capsys.readouterr().err
    assert why in error
    assert "hunter2" not in error
    assert not (tmp_path / "new").exists()


def test_a_token_in_a_file_needs_no_pipeline(tmp_path: Path) -> None:
    """On a machine of one's own a file is as good as a variable."""
    assert run(["init", str(tmp_path), "--ci", "none", "--netbox-token", "file:nb.token"]) == 0
    assert yaml.safe_load((tmp_path / "proxbox.yaml").read_text())["netbox"]["token"] == {"file": "nb.token"}


def test_the_state_is_kept_where_pipelines_compare_with_it() -> None:
    """Without pipelines it is one of the files that describe the network, and ignored."""
    ignored = {ci: texts(Answers(ci=ci))[".gitignore"].splitlines() for ci in CI}
    assert {ci: "state.json" in lines for ci, lines in ignored.items()} == {
        "github": False,
        "gitlab": False,
        "none": True,
    }


@pytest.mark.covering
def test_it_asks_on_a_terminal(tmp_path: Path) -> None:
    """For what no option says; an empty answer is the default."""
    ours, theirs = pty.openpty()
    asked = ["init", str(tmp_path), *ANSWERS[:-2], "--ci", "none"]  # all but what pip installs
    command = [sys.executable, "-c", "from proxbox_plan.cli.main import main; main()", *asked]
    with subprocess.Popen(
        command,
        stdin=theirs,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
    ) as process:
        os.write(ours, b"\n")
        out, err = process.communicate(timeout=30)
    assert process.returncode == 0, err
    assert "What pip installs" in err
    assert f"Wrote {tmp_path / 'proxbox.yaml'}." in out


def test_init_overwrites_nothing(tmp_path: Path, capsys: Captured) -> None:
    """Not even a link that points to nowhere."""
    (tmp_path / "proxbox.yaml").write_text("mine")
    (tmp_path / ".gitignore").symlink_to(tmp_path / "nowhere")
    assert run(["init", str(tmp_path)]) == 0
    assert (tmp_path / "proxbox.yaml").read_text() == "mine"
    assert not (tmp_path / "nowhere").exists()
    assert "proxbox.yaml exists and is not changed." in capsys.readouterr().err


def test_nothing_is_half_written(tmp_path: Path, capsys: Captured) -> None:
    """When one file cannot be written, those before it are taken away again."""
    (tmp_path / ".github").write_text("a file where a folder should be")
    assert run(["init", str(tmp_path)]) == 1
    assert "Error: " in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == [".github"]


def test_init_where_nothing_can_be_made(tmp_path: Path, capsys: Captured) -> None:
    """An error like any other."""
    (tmp_path / "file").touch()
    assert run(["init", str(tmp_path / "file")]) == 1
    assert "Error: " in capsys.readouterr().err
