"""What is declared is what is used, and what is locked is what is declared."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

from tests.cases import Cases

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
DECLARED = [
    Requirement(text)
    for text in (*PROJECT["project"]["dependencies"], *PROJECT["project"]["optional-dependencies"]["notify"])
]
OURS = {"proxbox_plan", "pydantic_core"}  # pydantic asks for one exact version of its core
FOR_WORK = [Requirement(text) for text in [*PROJECT["dependency-groups"]["dev"], *PROJECT["dependency-groups"]["docs"]]]


def _imported() -> set[str]:
    """Return the top-level names of everything the package imports, wherever in a file."""
    names: set[str] = set()
    for file in (ROOT / "proxbox_plan").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                names |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                names.add(node.module)
    return {name.partition(".")[0] for name in names} - sys.stdlib_module_names - OURS


@pytest.mark.slow
def test_every_import_is_a_dependency_and_every_dependency_is_imported() -> None:
    """So that the wheel works in a venv of its own, and installs nothing in vain."""
    distributions = packages_distributions()
    used = {distribution.lower() for name in _imported() for distribution in distributions[name]}
    assert used == {requirement.name.lower() for requirement in DECLARED}


def test_the_lock_satisfies_the_declaration() -> None:
    """If this fails, run `./dev lock`."""
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    with Cases() as case:
        for requirement in (*DECLARED, *FOR_WORK):
            with case(requirement.name):
                locked = re.search(rf"^{re.escape(requirement.name)}==([^\s;]+)", lock, re.MULTILINE | re.IGNORECASE)
                assert locked is not None
                assert Version(locked[1]) in requirement.specifier
