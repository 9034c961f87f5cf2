"""What the README says is true."""

from __future__ import annotations

import re
from pathlib import Path

import click
import yaml

from proxbox_plan.cli.main import cli
from proxbox_plan.config import load
from scripts.readme import END, README, START

TEXT = README.read_text(encoding="utf-8")


def test_it_is_short() -> None:
    """Whoever wants more follows a link."""
    assert len(TEXT.splitlines()) < 200


def test_the_demo_stands_in_it_once() -> None:
    """Between its marks; tests/cli/test_generated.py compares it with a run."""
    assert TEXT.count(START) == TEXT.count(END) == 1
    assert "No changes. NetBox agrees with Proxmox." in TEXT.partition(START)[2].partition(END)[0]


def test_the_configuration_is_valid(tmp_path: Path) -> None:
    """It can be copied as it is."""
    text = TEXT.partition("<!-- proxbox.yaml -->\n```yaml\n")[2].partition("```")[0]
    (tmp_path / "proxbox.yaml").write_text(text, encoding="utf-8")
    assert load(tmp_path / "proxbox.yaml", {}).clusters == ("lab",)
    assert len(text.splitlines()) <= 10
    assert yaml.safe_load(text)["netbox"]["token"] == {"env": "NETBOX_TOKEN"}


def test_the_commands_exist() -> None:
    """With the options that are shown."""
    lines = re.findall(r"^proxbox (\w+)([^#\n]*)", TEXT, re.MULTILINE)
    context = click.Context(cli)
    assert len(lines) >= 6
    for name, rest in lines:
        command = cli.get_command(context, name)
        assert command is not None, name
        known = {option for parameter in command.params for option in parameter.opts}
        assert set(re.findall(r"--[\w-]+", rest)) <= known, name
