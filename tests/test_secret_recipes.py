"""The recipes of docs/secrets.md give the secret: each with a stand-in for the program that it names."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from proxbox_plan.config.file import SecretReference
from proxbox_plan.config.secret import resolve

PAGE = (Path(__file__).parent.parent / "docs" / "secrets.md").read_text(encoding="utf-8")
BLOCKS = [yaml.safe_load(block) for block in re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)]
RECIPES = [block["netbox"]["token"] for block in BLOCKS if "netbox" in block]
COMMANDS = [recipe for recipe in RECIPES if "command" in recipe]


def test_every_program_is_there() -> None:
    """Those that people ask for."""
    assert [recipe["command"][0] for recipe in COMMANDS] == ["vault", "bao", "sops", "op"]


@pytest.mark.covering
@pytest.mark.parametrize("recipe", COMMANDS, ids=lambda recipe: recipe["command"][0])
def test_a_recipe_gives_the_secret(recipe: dict[str, Any], tmp_path: Path) -> None:
    """The program gets its arguments as they stand there, with no shell in between; its line is the secret."""
    name, *arguments = recipe["command"]
    program = tmp_path / name
    program.write_text(
        f'#!/usr/bin/env python3\nimport json, sys\njson.dump(sys.argv[1:], open({str(tmp_path / "got")!r}, "w"))\n'
        'print("s3cret")\n'
    )
    program.chmod(0o755)
    environ = {"PATH": f"{tmp_path}:{os.environ['PATH']}"}
    found = resolve(SecretReference(**recipe), what="netbox.token", folder=tmp_path, environ=environ)
    assert found.get_secret_value() == "s3cret"
    assert json.loads((tmp_path / "got").read_text()) == arguments


def test_the_secret_of_the_pods_has_what_they_read() -> None:
    """The keys of the ExternalSecret are the files that the example's configuration names."""
    (external,) = (block for block in BLOCKS if block.get("kind") == "ExternalSecret")
    base = Path(__file__).parent.parent / "examples" / "kubernetes" / "base"
    config = yaml.safe_load((base / "proxbox.yaml").read_text(encoding="utf-8"))
    files = {config["netbox"]["token"]["file"], *(one["token"]["secret"]["file"] for one in config["clusters"])}
    assert {Path(file).name for file in files} == {item["secretKey"] for item in external["spec"]["data"]}
    pod = yaml.safe_load((base / "drift.yaml").read_text(encoding="utf-8"))
    text = json.dumps(pod)
    assert external["spec"]["target"]["name"] in text
